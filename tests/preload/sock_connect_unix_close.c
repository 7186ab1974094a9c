/* The full unix listener is closed: waiting connect() gets ECONNREFUSED. */
#include "t.h"

static struct sockaddr_un un;
static socklen_t unlen;

static void shut(int fd)
{
	DO(close(fd));
}

static void body(void)
{
	int l = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	int s = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	int s2 = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	char b[4];
	pthread_t th;

	unlen = t_unix_name(&un, "close");
	DO(bind(l, (struct sockaddr *)&un, unlen));
	DO(listen(l, 0));
	SHOW(connect(s, (struct sockaddr *)&un, unlen));
	th = t_after(shut, l);
	SHOW(connect(s2, (struct sockaddr *)&un, unlen));
	t_join(th);
	SHOW(read(s, b, 4));
	DO(close(s));
	DO(close(s2));
}

int main(void)
{
	t_both(body);
	return t_end();
}
