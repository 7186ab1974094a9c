/* Read-write locks: what each call answers in each state. */
#include "t.h"

static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;

static void *other(void *arg)
{
	(void)arg;
	PSHOW(pthread_rwlock_tryrdlock(&l) ? EBUSY : pthread_rwlock_unlock(&l));
	PSHOW(pthread_rwlock_trywrlock(&l) ? EBUSY : pthread_rwlock_unlock(&l));
	return NULL;
}

static void body(void)
{
	t_join(t_go(other, NULL));
	PSHOW(pthread_rwlock_rdlock(&l));
	PSHOW(pthread_rwlock_rdlock(&l));
	t_join(t_go(other, NULL));
	PSHOW(pthread_rwlock_trywrlock(&l));
	PSHOW(pthread_rwlock_unlock(&l));
	PSHOW(pthread_rwlock_unlock(&l));
	PSHOW(pthread_rwlock_wrlock(&l));
	PSHOW(pthread_rwlock_tryrdlock(&l));
	PSHOW(pthread_rwlock_rdlock(&l));
	PSHOW(pthread_rwlock_wrlock(&l));
	t_join(t_go(other, NULL));
	PSHOW(pthread_rwlock_unlock(&l));
}

int main(void)
{
	t_both(body);
	PSHOW(pthread_rwlock_destroy(&l));
	return t_end();
}
