/* shutdown() of a listener ends accept() in another thread with EINVAL. */
#include "t.h"

static void shut(int fd)
{
	DO(shutdown(fd, SHUT_RDWR));
}

static void body(void)
{
	struct sockaddr_in sa;
	struct sockaddr_un un;
	socklen_t unlen = t_unix_name(&un, "shut");
	int l = t_listen(&sa);
	pthread_t th = t_after(shut, l);

	SHOW(accept(l, NULL, NULL));
	t_join(th);
	SHOW(accept(l, NULL, NULL));
	DO(close(l));
	l = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	DO(bind(l, (struct sockaddr *)&un, unlen));
	DO(listen(l, 4));
	th = t_after(shut, l);
	SHOW(accept(l, NULL, NULL));
	t_join(th);
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
