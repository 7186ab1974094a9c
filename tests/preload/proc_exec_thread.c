/* exec from a worker while others wait: the new image is alone, its standard
 * descriptors, its signal mask and its status are as they should be.  By
 * execl(), then by execveat(). */
#include "t.h"

static void *execs(void *arg)
{
	t_settle();
	if (arg)
		execl("/proc/self/exe", "proc_exec_thread", (char *)arg, NULL);
	else
		execveat(DO(open("/proc/self", O_PATH | O_CLOEXEC)), "exe",
			 (char *[]){ (char *)"proc_exec_thread", (char *)"x",
				     (char *)"y", NULL },
			 environ, 0);
	t_die("exec");
}

static void feed(int fd)
{
	t_put(fd, "y", 1);
}

static int worker_execs(void *arg)
{
	static int fd[2];
	char b;
	int s[2];

	for (int i = 0; i < 4; i++) {
		DO(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
		t_go(t_idle, &s[0]);
		t_settle();
	}
	DO(pipe2(fd, O_CLOEXEC));
	printf("before\n");
	t_go(execs, arg);
	SHOW(read(fd[0], &b, 1));
	return 5;
}

static int blocks(int sig)
{
	sigset_t set;

	DO(sigprocmask(SIG_SETMASK, NULL, &set));
	return sigismember(&set, sig);
}

static int image(int argc)
{
	char b[4];
	int fd[2];
	pthread_t th;

	printf("exec ok, %d arguments, %d%d blocked\n", argc,
	       blocks(SIGUSR1), blocks(SIGTERM));
	CHECK(getpid() == gettid());
	printf("%#x %#x\n", DO(fcntl(0, F_GETFL)) & O_NONBLOCK,
	       DO(fcntl(1, F_GETFL)) & O_NONBLOCK);
	DO(pipe(fd));
	printf("first free %d\n", fd[0]);
	th = t_after(feed, fd[1]);
	SHOW(read(fd[0], b, 4));
	t_join(th);
	if (argc == 2)
		return worker_execs(NULL);
	return t_end();
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return image(argc);
	return worker_execs((void *)"again");
}
