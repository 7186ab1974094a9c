/* F_GETFL shows what the program set and nothing else, before, during and
 * after waiting on the descriptor, here and in another process. */
#include "t.h"

static int watch;

static void look(int fd)
{
	int st;
	pid_t pid;

	printf("during %#x\n", DO(fcntl(watch, F_GETFL)) & ~O_LARGEFILE);
	pid = DO(fork());
	if (!pid)
		_exit(DO(fcntl(watch, F_GETFL)) & O_NONBLOCK ? 1 : 0);
	DO(waitpid(pid, &st, 0));
	printf("in a child: %d\n", WEXITSTATUS(st));
	t_put(fd, "x", 1);
}

static void one(int fd[2])
{
	char b[4];
	pthread_t th;

	for (int i = 0; i < 2; i++)
		printf("%#x\n", DO(fcntl(fd[i], F_GETFL)));
	watch = fd[0];
	th = t_after(look, fd[1]);
	SHOW(read(fd[0], b, 4));
	t_join(th);
	for (int i = 0; i < 2; i++)
		printf("%#x\n", DO(fcntl(fd[i], F_GETFL)));
}

static struct sockaddr_in sa;

static void visit(int l)
{
	printf("listener during %#x\n", DO(fcntl(l, F_GETFL)));
	DO(close(t_connect(&sa)));
}

static void body(void)
{
	int l = t_listen(&sa), a;
	pthread_t th;

	t_streams(one);
	th = t_after(visit, l);
	a = DO(accept(l, NULL, NULL));
	t_join(th);
	printf("listener %#x\n", DO(fcntl(l, F_GETFL)));
	printf("accepted %#x\n", DO(fcntl(a, F_GETFL)));
	DO(close(a));
	DO(close(l));
}

int main(void)
{
	t_both(body);
	return t_end();
}
