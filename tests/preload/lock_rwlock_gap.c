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

static int most;

static void body(void)
{
	pthread_t th;

	t_set(&done, 0);
	th = t_go(reader, NULL);
	for (int i = 0; i < WRITES; i++) {
		int before = t_get(&reads);

		t_await(t_get(&reads) > before);
		before = t_get(&reads);
		PDO(pthread_rwlock_wrlock(&l));
		if (t_get(&reads) - before > most)
			most = t_get(&reads) - before;
		PDO(pthread_rwlock_unlock(&l));
	}
	t_set(&done, 1);
	t_join(th);
	CHECK(most <= 3);
}

int main(void)
{
	t_both(body);
	return t_end();
}
