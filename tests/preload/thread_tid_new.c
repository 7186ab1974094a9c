/* A thread that asks for its id gets one that none before it has had. */
#include "t.h"
#include <sys/syscall.h>

#define COUNT 40
static pid_t tid[COUNT];

static void *asks(void *arg)
{
	long i = (long)(intptr_t)arg;

	tid[i] = i % 2 ? gettid() : (pid_t)syscall(SYS_gettid);
	return NULL;
}

int main(void)
{
	int again = 0;

	for (long i = 0; i < COUNT; i++) {
		t_join(t_go(asks, (void *)i));
		for (int j = 0; j < i; j++)
			again += tid[i] == tid[j];
	}
	printf("%d again\n", again);
	return t_end();
}
