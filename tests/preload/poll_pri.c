/* Urgent TCP data: POLLPRI and select()'s exceptions. */
#include "t.h"

static void urgent(int fd)
{
	DO(send(fd, "!", 1, MSG_OOB));
}

static void body(void)
{
	int fd[2];
	struct pollfd p;
	fd_set e;
	pthread_t th;

	t_tcp(fd);
	p = (struct pollfd){ fd[0], POLLPRI, 0 };
	SHOW(poll(&p, 1, 0));
	th = t_after(urgent, fd[1]);
	SHOW(poll(&p, 1, -1));
	printf("%#x\n", p.revents);
	t_join(th);
	FD_ZERO(&e);
	FD_SET(fd[0], &e);
	SHOW(select(fd[0] + 1, NULL, NULL, &e, NULL));
	printf("%d\n", !!FD_ISSET(fd[0], &e));
	t_close2(fd);
}

int main(void)
{
	t_both(body);
	return t_end();
}
