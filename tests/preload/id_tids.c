/* gettid(), by libc and by number, is a thread's own over its waits, unique,
 * and names it in /proc. */
#include "t.h"
#include <sys/syscall.h>

#define COUNT 20
static int fd[2], end[2], up, tid[COUNT];

static void *worker(void *arg)
{
	long i = (long)(intptr_t)arg, same = 1;
	char b, path[64];

	tid[i] = gettid();
	for (int n = 0; n < 5; n++) {
		t_inc(&up);
		t_take(fd[0], &b, 1);
		t_settle();
		same &= gettid() == tid[i];
		same &= (int)syscall(SYS_gettid) == tid[i];
		t_put(fd[1], "x", 1);
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid[i]);
	same &= access(path, F_OK) == 0;
	t_inc(&up);
	t_take(end[0], &b, 1);
	return (void *)same;
}

int main(void)
{
	pthread_t th[COUNT];
	long same = 0, twice = 0;

	DO(pipe(fd));
	DO(pipe(end));
	for (long i = 0; i < COUNT; i++)
		th[i] = t_go(worker, (void *)i);
	t_put(fd[1], "xxxx", 4);
	t_await(t_get(&up) == 6 * COUNT);
	for (int i = 0; i < COUNT; i++)
		for (int j = 0; j < i; j++)
			twice += tid[i] == tid[j];
	for (int i = 0; i < COUNT; i++)
		t_put(end[1], "x", 1);
	for (int i = 0; i < COUNT; i++)
		same += (long)t_join(th[i]);
	printf("%ld steady, %ld twice, main %d\n", same, twice,
	       gettid() == getpid());
	return t_end();
}
