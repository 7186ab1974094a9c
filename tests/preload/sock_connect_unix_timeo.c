/* SO_SNDTIMEO limits a connect() to a full unix listener: EAGAIN. */
#include "t.h"

static void body(void)
{
	struct sockaddr_un un;
	socklen_t unlen = t_unix_name(&un, "timeo");
	struct timeval tv = { 0, 60000 };
	int l = DO(socket(AF_UNIX, SOCK_STREAM, 0)), s[3];
	double t;

	DO(bind(l, (struct sockaddr *)&un, unlen));
	DO(listen(l, 0));
	for (int i = 0; i < 3; i++)
		s[i] = DO(socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW(connect(s[0], (struct sockaddr *)&un, unlen));
	DO(setsockopt(s[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	t = t_now();
	SHOW(connect(s[1], (struct sockaddr *)&un, unlen));
	CHECK(t_now() - t >= 0.055);
	for (int i = 0; i < 3; i++)
		DO(close(s[i]));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
