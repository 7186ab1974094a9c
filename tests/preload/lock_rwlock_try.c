/* Who only tries to read sees a writer that waits and is preferred. */
#include "t.h"

static pthread_rwlock_t strict =
	PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_rwlock_t usual = PTHREAD_RWLOCK_INITIALIZER;

static void *writer(void *arg)
{
	PDO(pthread_rwlock_wrlock(arg));
	PDO(pthread_rwlock_unlock(arg));
	return NULL;
}

static int try_read(pthread_rwlock_t *l)
{
	int r = pthread_rwlock_tryrdlock(l);

	if (r == 0)
		PDO(pthread_rwlock_unlock(l));
	return r;
}

static void body(void)
{
	pthread_t th;

	PDO(pthread_rwlock_rdlock(&strict));
	PSHOW(try_read(&strict));
	th = t_go(writer, &strict);
	t_await(try_read(&strict) == EBUSY);
	PDO(pthread_rwlock_unlock(&strict));
	t_join(th);
	PSHOW(try_read(&strict));

	PDO(pthread_rwlock_rdlock(&usual));
	th = t_go(writer, &usual);
	t_settle();
	PSHOW(try_read(&usual));
	PDO(pthread_rwlock_unlock(&usual));
	t_join(th);
}

int main(void)
{
	t_both(body);
	return t_end();
}
