/* Readers and writers: readers see whole states, no write is lost. */
#include "t.h"

static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static long a, b;
static int torn;

static void *writer(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		PDO(pthread_rwlock_wrlock(&l));
		a++;
		if (i % 500 == 0)
			t_settle();
		b++;
		PDO(pthread_rwlock_unlock(&l));
	}
	return NULL;
}

static void *reader(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		PDO(pthread_rwlock_rdlock(&l));
		if (a != b)
			t_inc(&torn);
		if (i % 500 == 0)
			t_settle();
		PDO(pthread_rwlock_unlock(&l));
	}
	return NULL;
}

int main(void)
{
	pthread_t th[6];

	for (int i = 0; i < 6; i++)
		th[i] = t_go(i < 2 ? writer : reader, NULL);
	for (int i = 0; i < 6; i++)
		t_join(th[i]);
	printf("%ld %ld torn %d\n", a, b, torn);
	return t_end();
}
