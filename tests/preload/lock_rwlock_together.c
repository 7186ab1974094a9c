/* Readers hold the lock together: each waits inside for the others. */
#include "t.h"

#define READERS 5
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static int in, fd[2];

static void *reader(void *arg)
{
	char b;

	(void)arg;
	PDO(pthread_rwlock_rdlock(&l));
	if (t_inc(&in) == READERS)
		t_put(fd[1], "12345", READERS);
	t_take(fd[0], &b, 1);
	PDO(pthread_rwlock_unlock(&l));
	return NULL;
}

int main(void)
{
	pthread_t th[READERS];

	DO(pipe(fd));
	for (int i = 0; i < READERS; i++)
		th[i] = t_go(reader, NULL);
	for (int i = 0; i < READERS; i++)
		t_join(th[i]);
	printf("all were in\n");
	PSHOW(pthread_rwlock_wrlock(&l));
	PSHOW(pthread_rwlock_unlock(&l));
	return t_end();
}
