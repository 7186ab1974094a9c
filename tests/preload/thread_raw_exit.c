/* A thread ends by exit() the system call, by number: it is joined nonetheless. */
#include "t.h"
#include <sys/syscall.h>

static void *ends(void *arg)
{
	(void)arg;
	t_settle();
	syscall(SYS_exit, 0);
	return NULL;
}

int main(void)
{
	for (int i = 0; i < 20; i++) {
		pthread_t th = t_go(ends, NULL);

		PSHOW(pthread_join(th, NULL));
	}
	return t_end();
}
