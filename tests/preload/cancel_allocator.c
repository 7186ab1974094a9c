/* A thread is cancelled, and the next thing that it does is to allocate memory,
 * from an allocator behind an ordinary mutex: what cancelling loads allocates,
 * too, and not while that mutex is held. */
#include "t.h"
#include <stdint.h>

#define HEAP ((size_t)16 << 20)

static pthread_mutex_t arena = PTHREAD_MUTEX_INITIALIZER;
static char heap[HEAP] __attribute__((aligned(64)));
static size_t used;
static int ready, go;

struct head {
	size_t size;
} __attribute__((aligned(16)));

void *aligned_alloc(size_t align, size_t size)
{
	struct head *h;
	uintptr_t p;

	PDO(pthread_mutex_lock(&arena));
	p = (uintptr_t)heap + used + sizeof(*h);
	p = (p + align - 1) / align * align;
	used = p + size - (uintptr_t)heap;
	if (used > HEAP)
		_exit(98);
	PDO(pthread_mutex_unlock(&arena));
	h = (struct head *)p - 1;
	h->size = size;
	return (void *)p;
}

void *malloc(size_t size)
{
	return aligned_alloc(16, size);
}

void free(void *p)
{
	(void)p;
}

/* The heap is used once, so it is zero. */
void *calloc(size_t n, size_t size)
{
	return malloc(n * size);
}

void *realloc(void *old, size_t size)
{
	size_t had = old ? ((struct head *)old - 1)->size : 0;
	char *p = malloc(size);

	if (had)
		memcpy(p, old, had < size ? had : size);
	return p;
}

static void *body(void *arg)
{
	t_msleep(1);
	t_set(&ready, 1);
	while (!t_get(&go))
		;
	for (int i = 0; i < 100; i++) {
		void *volatile p = malloc(10);

		free(p);
	}
	t_msleep(100000);
	return arg;
}

int main(void)
{
	for (int i = 0; i < 5; i++) {
		pthread_t th;

		t_set(&go, 0);
		t_set(&ready, 0);
		th = t_go(body, NULL);
		t_await(t_get(&ready));
		PSHOW(pthread_cancel(th));
		t_set(&go, 1);
		printf("cancelled %d\n", t_join(th) == PTHREAD_CANCELED);
	}
	return t_end();
}
