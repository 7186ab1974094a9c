/* A filter that kills for gettid() and getpid(), set where there have been no
 * threads: what forks, signal masks, handlers and cancellation do afterwards
 * needs neither, in threads made later, too. */
#include "t_seccomp.h"

static int all[2];

static void filter(void)
{
	static struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_gettid, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(*f), f };

	s_for_me(&p);
}

static void forks(void)
{
	pid_t pid = DO(fork());

	if (!pid)
		_exit(7);
	t_reap(pid);
}

static void vforks(void)
{
	pid_t pid = DO(vfork());

	if (!pid)
		_exit(8);
	t_reap(pid);
}

static void masks(void)
{
	sigset_t set, was;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, &was));
	CHECK(!sigismember(&was, SIGUSR1));
	PDO(pthread_sigmask(SIG_SETMASK, &was, &set));
	CHECK(sigismember(&set, SIGUSR1));
}

static void handlers(void)
{
	struct sigaction was;

	t_handle(SIGUSR2, s_nothing, SA_RESTART);
	DO(sigaction(SIGUSR2, NULL, &was));
	CHECK(was.sa_handler == s_nothing);
}

static void stacks(void)
{
	stack_t ss;

	SHOW(sigaltstack(NULL, &ss));
}

static void tests(void)
{
	pthread_testcancel();
	printf("not cancelled\n");
}

static void states(void)
{
	int was;

	PSHOW(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &was));
	CHECK(was == PTHREAD_CANCEL_ENABLE);
	PSHOW(pthread_setcancelstate(was, NULL));
}

static void streams(void)
{
	char b[4];

	t_put(all[1], "ping", 4);
	t_take(all[0], b, 4);
	printf("%.4s\n", b);
}

static void talks(void)
{
	t_talk();
	printf("talked\n");
}

static void (*what)(void);

static void in_main(void)
{
	filter();
	what();
}

static void in_thread(void)
{
	filter();
	t_in_thread(what);
}

static void in_childs_thread(void)
{
	pid_t pid;

	filter();
	pid = DO(fork());
	if (!pid) {
		t_in_thread(what);
		fflush(stdout);
		_exit(9);
	}
	t_reap(pid);
}

static const struct {
	const char *name;
	void (*body)(void);
} cases[] = {
	{ "fork", forks },	    { "vfork", vforks },
	{ "mask", masks },	    { "handler", handlers },
	{ "stack", stacks },	    { "testcancel", tests },
	{ "cancel state", states }, { "stream", streams },
	{ "threads", talks },
};

int main(void)
{
	t_pair(SOCK_STREAM, all);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		what = cases[i].body;
		printf("-- %s, in main\n", cases[i].name);
		s_child(in_main);
		printf("-- %s, in a thread\n", cases[i].name);
		s_child(in_thread);
		printf("-- %s, in a child's thread\n", cases[i].name);
		s_child(in_childs_thread);
	}
	return t_end();
}
