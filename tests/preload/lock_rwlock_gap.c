/* The default lock: a writer that waits gets it when there is no reader for
 * a moment, though one comes back at once. */
#include "t.h"

enum { WRITES = 20 };
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static int reads, done;

static void *reader(void *arg)
{
	(void)arg;
	while (!t_get(&done)) {
		PDO(pthread_rwlock_rdlock(&l));
		t_inc(&reads);
		t_msleep(2);
		PDO(pthread_rwlock_unlock(&l));
	}
	return NULL;
}

static int late;

static void body(void)
{
	pthread_t th;

	t_set(&done, 0);
	late = 0;
	th = t_go(reader, NULL);
	for (int i = 0; i < WRITES; i++) {
		int before = t_get(&reads);

		t_await(t_get(&reads) > before);
		before = t_get(&reads);
		PDO(pthread_rwlock_wrlock(&l));
		late += t_get(&reads) - before > 3;
		PDO(pthread_rwlock_unlock(&l));
	}
	t_set(&done, 1);
	t_join(th);
	/* not all: it may be kept from its CPU before it waits */
	CHECK(late <= WRITES / 4);
}

int main(void)
{
	t_both(body);
	return t_end();
}
