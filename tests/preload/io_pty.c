/* A terminal: read() waits for a line, writes come out at the master. */
#include "t.h"
#include <termios.h>

static void type(int fd)
{
	t_put(fd, "half", 4);
	t_settle();
	t_put(fd, " line\n", 6);
}

static void body(void)
{
	int m = DO(posix_openpt(O_RDWR | O_NOCTTY)), s;
	struct termios tio;
	char b[64];
	pthread_t th;
	long n;

	DO(grantpt(m));
	DO(unlockpt(m));
	s = DO(open(ptsname(m), O_RDWR | O_NOCTTY));
	DO(tcgetattr(s, &tio));
	tio.c_lflag &= ~(tcflag_t)ECHO;
	tio.c_oflag &= ~(tcflag_t)OPOST;
	DO(tcsetattr(s, TCSANOW, &tio));
	th = t_after(type, m);
	n = SHOW(read(s, b, sizeof(b)));
	printf("%.*s", (int)n, b);
	t_join(th);
	t_put(s, "answer", 6);
	t_take(m, b, 6);
	printf("%.6s\n", b);
	DO(close(s));
	SHOW(read(m, b, sizeof(b)));
	DO(close(m));
}

int main(void)
{
	t_both(body);
	return t_end();
}
