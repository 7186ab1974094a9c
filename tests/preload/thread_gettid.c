/* gettid() is unique among live threads, steady over waits, and the same from
 * syscall(); main's is the pid. */
#include "t.h"
#include <sys/syscall.h>

#define COUNT 50
static int fd[2], up;
static pid_t tid[COUNT];

static void *worker(void *arg)
{
	long i = (long)(intptr_t)arg, ok = 1;
	char b;

	tid[i] = gettid();
	t_inc(&up);
	for (int r = 0; r < 5; r++) {
		t_take(fd[0], &b, 1);
		ok = ok && gettid() == tid[i];
		ok = ok && syscall(SYS_gettid) == tid[i];
		usleep(100);
		ok = ok && gettid() == tid[i];
	}
	return (void *)ok;
}

int main(void)
{
	pthread_t th[COUNT];
	long steady = 0, same = 0;

	DO(pipe(fd));
	for (long i = 0; i < COUNT; i++)
		th[i] = t_go(worker, (void *)i);
	t_await(t_get(&up) == COUNT);
	for (int i = 0; i < COUNT; i++) {
		same += tid[i] == getpid();
		for (int j = 0; j < i; j++)
			same += tid[i] == tid[j];
	}
	for (int i = 0; i < COUNT * 5; i++)
		t_put(fd[1], "x", 1);
	for (int i = 0; i < COUNT; i++)
		steady += (long)t_join(th[i]);
	printf("%ld same, %ld steady\n", same, steady);
	CHECK(gettid() == getpid());
	return t_end();
}
