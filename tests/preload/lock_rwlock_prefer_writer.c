/* A lock that prefers writers, without recursion: a waiting writer keeps new
 * readers out, so readers that overlap for ever do not starve it. */
#include "t.h"

enum { READERS = 4 };
static pthread_rwlock_t l;
static int reads, wrote, waiting;

static void *reader(void *arg)
{
	(void)arg;
	while (!t_get(&wrote)) {
		PDO(pthread_rwlock_rdlock(&l));
		t_inc(&reads);
		t_msleep(5);
		PDO(pthread_rwlock_unlock(&l));
	}
	return NULL;
}

static void *late(void *arg)
{
	(void)arg;
	t_set(&waiting, 1);
	PDO(pthread_rwlock_rdlock(&l));
	printf("late reader: %s\n", t_get(&wrote) ? "after" : "before");
	PDO(pthread_rwlock_unlock(&l));
	return NULL;
}

static void *writer(void *arg)
{
	(void)arg;
	t_set(&waiting, 1);
	PDO(pthread_rwlock_wrlock(&l));
	t_set(&wrote, 1);
	PDO(pthread_rwlock_unlock(&l));
	return NULL;
}

static void *timed_writer(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 200);

	(void)arg;
	t_set(&waiting, 1);
	PSHOW(pthread_rwlock_timedwrlock(&l, &ts));
	return NULL;
}

static void *plain_reader(void *arg)
{
	(void)arg;
	PDO(pthread_rwlock_rdlock(&l));
	PDO(pthread_rwlock_unlock(&l));
	return NULL;
}

/* While a writer waits, who only tries to read is refused. */
static int writer_waits(void)
{
	if (pthread_rwlock_tryrdlock(&l))
		return 1;
	PDO(pthread_rwlock_unlock(&l));
	return 0;
}

static void body(void)
{
	pthread_t th[READERS], w, r;

	/* one reader holds it, a writer waits, another reader comes */
	t_set(&wrote, 0);
	t_set(&waiting, 0);
	PDO(pthread_rwlock_rdlock(&l));
	w = t_go(writer, NULL);
	t_await(writer_waits());
	t_settle();
	t_set(&waiting, 0);
	r = t_go(late, NULL);
	t_await(t_get(&waiting));
	t_msleep(20);
	PDO(pthread_rwlock_unlock(&l));
	t_join(w);
	t_join(r);

	/* a crowd */
	t_set(&wrote, 0);
	for (int i = 0; i < READERS; i++) {
		th[i] = t_go(reader, NULL);
		t_msleep(1);
	}
	t_await(t_get(&reads) > 20);
	PDO(pthread_rwlock_wrlock(&l));
	t_set(&wrote, 1);
	PSHOW(pthread_rwlock_unlock(&l));
	for (int i = 0; i < READERS; i++)
		t_join(th[i]);

	/* a writer that gives up lets the readers in that wait for it */
	t_set(&waiting, 0);
	PDO(pthread_rwlock_rdlock(&l));
	w = t_go(timed_writer, NULL);
	t_await(t_get(&waiting));
	t_msleep(20);
	r = t_go(plain_reader, NULL);
	t_join(w);
	t_join(r);
	PSHOW(pthread_rwlock_unlock(&l));
}

int main(void)
{
	pthread_rwlockattr_t a;

	PDO(pthread_rwlockattr_init(&a));
	PDO(pthread_rwlockattr_setkind_np(
		&a, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP));
	PDO(pthread_rwlock_init(&l, &a));
	t_both(body);
	return t_end();
}
