/* Rounding mode: inherited at creation, each thread's own over its waits. */
#include "t.h"

#if defined(__x86_64__)
static void set_up(int up)
{
	__builtin_ia32_ldmxcsr(up ? 0x1f80 | 0x4000 : 0x1f80);
}
#elif defined(__aarch64__)
static void set_up(int up)
{
	unsigned long v = up ? 1UL << 22 : 0;

	__asm__ volatile("msr fpcr, %0" : : "r"(v));
}
#else
#error "say here how to set the rounding mode"
#endif

static int is_up(void)
{
	volatile double one = 1, three = 3;

	return one / three > 0x1.5555555555555p-2;
}

static int fd[2], back[2];

static void *worker(void *arg)
{
	long ok = is_up() == ((int)(intptr_t)arg & 1);
	int mine = (int)(intptr_t)arg >> 1;
	char b;

	set_up(mine);
	for (int i = 0; i < 20; i++) {
		t_put(back[1], "x", 1);
		t_take(fd[0], &b, 1);
		ok = ok && is_up() == mine;
	}
	return (void *)ok;
}

int main(void)
{
	pthread_t th[4];
	long good = 0;
	char b;

	DO(pipe(fd));
	DO(pipe(back));
	for (long i = 0; i < 4; i++) {
		set_up(i & 1);
		th[i] = t_go(worker, (void *)i);
	}
	set_up(1);
	for (int i = 0; i < 80; i++) {
		t_take(back[0], &b, 1);
		t_put(fd[1], "x", 1);
	}
	CHECK(is_up());
	set_up(0);
	for (int i = 0; i < 4; i++)
		good += (long)t_join(th[i]);
	printf("%ld good\n", good);
	/* And once more, in threads that may be used ones. */
	for (long i = 0; i < 4; i++) {
		set_up(i & 1);
		th[i] = t_go(worker, (void *)i);
		for (int j = 0; j < 20; j++) {
			t_take(back[0], &b, 1);
			t_put(fd[1], "x", 1);
		}
		good += (long)t_join(th[i]);
	}
	set_up(0);
	printf("%ld good\n", good);
	return t_end();
}
