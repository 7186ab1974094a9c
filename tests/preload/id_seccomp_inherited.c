/* A process that has had its seccomp filter from the beginning, as a service
 * manager sets one before exec: what the program calls natively is allowed,
 * with and without this and that besides, and all the rest is its end. */
#include "t_seccomp.h"

enum {
	WORKERS = 6,
	ROUNDS = 50
};

/* What exec, the loader and libc's own beginning and end need; and gettid()
 * and getpid(), which are in every list, and the shim calls before it has asked. */
#define LOADER                                                               \
	{ SYS_execve, 0, 0 }, { SYS_brk, 0, 0 }, { SYS_arch_prctl, 0, 0 },   \
		{ SYS_access, 0, 0 }, { SYS_openat, 0, 0 },                  \
		{ SYS_read, 0, 0 }, { SYS_pread64, 0, 0 },                   \
		{ SYS_close, 0, 0 }, { SYS_newfstatat, 0, 0 },               \
		{ SYS_fstat, 0, 0 }, { SYS_set_tid_address, 0, 0 },          \
		{ SYS_prlimit64, 0, 0 }, { SYS_getrandom, 0, 0 },            \
		{ SYS_readlink, 0, 0 }, { SYS_rt_sigaction, 0, 0 },          \
		{ SYS_alarm, 0, 0 },                                         \
		{ SYS_ioctl, 0, 0 }, { SYS_gettid, 0, 0 },                   \
		{ SYS_getpid, 0, 0 },                                        \
	{                                                                    \
		SYS_write, 0, 0                                              \
	}

/* What the body below calls. */
#define BODY                                                    \
	{ SYS_pipe2, 0, 0 }, { SYS_pipe, 0, 0 },                \
		{ SYS_socketpair, 0, 0 }, { SYS_sendto, 0, 0 }, \
		{ SYS_recvfrom, 0, 0 }, { SYS_poll, 0, 0 },     \
	{                                                       \
		SYS_clock_nanosleep, 0, 0                       \
	}

static const struct s_rule alone[] = { S_THREADS, LOADER, BODY };

/* Natively it needs none of these; one that allows them all comes last. */
static const struct s_rule some[] = {
	S_THREADS,
	LOADER,
	BODY,
	{ SYS_prctl, 0, 0 },
	{ SYS_epoll_create1, 0, 0 },
	{ SYS_epoll_ctl, 0, 0 },
	{ SYS_io_uring_setup, 0, 0 },
	{ SYS_io_uring_enter, 0, 0 },
};

#define COMMON                                                               \
	{ SYS_prctl, 0, 0 }, { SYS_nanosleep, 0, 0 }, { SYS_wait4, 0, 0 },   \
		{ SYS_sched_yield, 0, 0 },                                   \
		{ SYS_sched_getaffinity, 0, 0 },                             \
		{ SYS_clock_gettime, 0, 0 }, { SYS_getrlimit, 0, 0 },        \
		{ SYS_sigaltstack, 0, 0 }, { SYS_tgkill, 0, 0 },             \
		{ SYS_rt_tgsigqueueinfo, 0, 0 }, { SYS_rt_sigreturn, 0, 0 }, \
		{ SYS_fcntl, 0, 0 }, { SYS_eventfd2, 0, 0 },                 \
		{ SYS_ppoll, 0, 0 }, { SYS_recvmsg, 0, 0 },                  \
		{ SYS_sendmsg, 0, 0 }, { SYS_preadv2, 0, 0 },                \
		{ SYS_pwritev2, 0, 0 }, { SYS_accept4, 0, 0 },               \
	{                                                                    \
		SYS_getsockopt, 0, 0                                         \
	}

static const struct s_rule one_engine[] = {
	S_THREADS,
	LOADER,
	BODY,
	COMMON,
	{ SYS_epoll_create1, 0, 0 },
	{ SYS_epoll_ctl, 0, 0 },
	{ SYS_epoll_pwait2, 0, 0 },
};

static const struct s_rule other_engine[] = {
	S_THREADS,
	LOADER,
	BODY,
	COMMON,
	{ SYS_io_uring_setup, 0, 0 },
	{ SYS_io_uring_enter, 0, 0 },
	{ SYS_io_uring_register, 0, 0 },
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int fd[WORKERS][2], there;

static void meet(int n)
{
	pthread_mutex_lock(&mutex);
	if (++there == n)
		pthread_cond_broadcast(&cond);
	while (there < n)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void *serves(void *arg)
{
	int own = fd[(long)arg][1];
	char b;

	meet(WORKERS);
	for (int i = 0; i < ROUNDS; i++) {
		struct pollfd p = { own, POLLIN, 0 };

		if (i % 2)
			DO(poll(&p, 1, -1));
		t_take(own, &b, 1);
		b++;
		DO(send(own, &b, 1, 0));
	}
	t_msleep(1);
	return arg;
}

/* A socket pair and a thread for each: bytes go and come back, one more. */
static int image(void)
{
	pthread_t th[WORKERS];
	long sum = 0;

	for (int i = 0; i < WORKERS; i++)
		DO(socketpair(AF_UNIX, SOCK_STREAM, 0, fd[i]));
	for (long i = 0; i < WORKERS; i++)
		th[i] = t_go(serves, (void *)i);
	for (int i = 0; i < ROUNDS; i++) {
		char b = (char)i;

		for (int w = 0; w < WORKERS; w++)
			DO(send(fd[w][0], &b, 1, 0));
		for (int w = 0; w < WORKERS; w++) {
			DO(recv(fd[w][0], &b, 1, 0));
			sum += b;
		}
	}
	for (int i = 0; i < WORKERS; i++)
		sum += (long)t_join(th[i]);
	printf("sum %ld\n", sum);
	return t_end();
}

static void under(const char *what, struct sock_fprog *p)
{
	pid_t pid;

	printf("%s\n", what);
	fflush(stdout);
	pid = DO(fork());
	if (!pid) {
		alarm(14);
		s_for_me(p);
		execl("/proc/self/exe", "id_seccomp_inherited", "image", NULL);
		_exit(99);
	}
	t_reap(pid);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return image();
	under("what it calls", S_PROGRAM(alone));
	under("and some more", S_PROGRAM(some));
	under("and epoll", S_PROGRAM(one_engine));
	under("and io_uring", S_PROGRAM(other_engine));
	return t_end();
}
