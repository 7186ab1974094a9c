/*
 * Filters of system calls for the oracle tests: a short list of what the
 * program itself calls from then on, as the native run shows it, and death (or
 * what ELSE says) for all the rest.
 */
#ifndef T_SECCOMP_H
#define T_SECCOMP_H

#include "t.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A call that may be made, where below is not 0: with argument arg below it. */
struct s_rule {
	int nr;
	int arg;
	unsigned below;
};

/* A program's descriptors are low, and there are no others. */
#define S_OWN_FD 0, 200

/* What all threads need to run, wait for locks, be made and end. */
#define S_THREADS                                                       \
	{ SYS_futex, 0, 0 }, { SYS_clone, 0, 0 }, { SYS_clone3, 0, 0 }, \
		{ SYS_mmap, 0, 0 }, { SYS_munmap, 0, 0 },               \
		{ SYS_mprotect, 0, 0 }, { SYS_madvise, 0, 0 },          \
		{ SYS_brk, 0, 0 }, { SYS_set_robust_list, 0, 0 },       \
		{ SYS_rseq, 0, 0 }, { SYS_rt_sigprocmask, 0, 0 },       \
		{ SYS_exit, 0, 0 },                                     \
	{                                                               \
		SYS_exit_group, 0, 0                                    \
	}

/* Reading and writing, without flags. */
#define S_STREAMS                                        \
	{ SYS_read, S_OWN_FD }, { SYS_write, S_OWN_FD }, \
		{ SYS_recvfrom, 3, 1 },                  \
	{                                                \
		SYS_close, S_OWN_FD                      \
	}

/* Sleeping; as t_await() does. */
#define S_SLEEPS                          \
	{                                 \
		SYS_clock_nanosleep, 0, 0 \
	}

/* Sending a signal to another thread, whose handler returns. */
#define S_SIGNALS                                   \
	{ SYS_getpid, 0, 0 }, { SYS_tgkill, 0, 0 }, \
	{                                           \
		SYS_rt_sigreturn, 0, 0              \
	}

#ifndef ELSE
#define ELSE SECCOMP_RET_KILL_PROCESS
#endif

#define S_MAX	   256
#define S_PUT(...) (f[n++] = (struct sock_filter)__VA_ARGS__)

/* The program that allows n rules, in memory that stays. */
static inline struct sock_fprog *s_program(const struct s_rule *r, int rules)
{
	static struct sock_filter f[S_MAX];
	static struct sock_fprog p;
	unsigned n = 0;

	S_PUT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		       offsetof(struct seccomp_data, arch)));
	S_PUT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
	S_PUT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	S_PUT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		       offsetof(struct seccomp_data, nr)));
	for (int i = 0; i < rules; i++, r++) {
		unsigned at = (unsigned)offsetof(struct seccomp_data, args) +
			      8 * (unsigned)r->arg;

		S_PUT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)r->nr, 0,
			       r->below ? 4 : 1));
		if (r->below) {
			S_PUT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at));
			S_PUT(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, r->below, 0,
				       1));
			S_PUT(BPF_STMT(BPF_RET | BPF_K, ELSE));
		}
		S_PUT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	}
	S_PUT(BPF_STMT(BPF_RET | BPF_K, ELSE));
	p.len = (unsigned short)n;
	p.filter = f;
	return &p;
}

#define S_PROGRAM(list) s_program(list, (int)(sizeof(list) / sizeof(*(list))))

static inline void s_unexpected(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	printf("unexpected: system call %d\n", si->si_syscall);
	_exit(90);
}

/* Where ELSE is SECCOMP_RET_TRAP, tell what it was that is not allowed. */
static inline void s_watch(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = s_unexpected;
	sa.sa_flags = SA_SIGINFO;
	DO(sigaction(SIGSYS, &sa, NULL));
}

/* As seccomp(2): there is no function of libc's for it. */
static inline long s_set(unsigned flags, struct sock_fprog *p)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, p);
}

/* For the calling thread alone; or for all. */
static inline void s_for_me(struct sock_fprog *p)
{
	DO(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DO(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, p, 0, 0));
}

static inline void s_for_me_by_number(struct sock_fprog *p)
{
	DO(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DO(s_set(0, p));
}

static inline void s_for_all(struct sock_fprog *p)
{
	DO(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DO(s_set(SECCOMP_FILTER_FLAG_TSYNC, p));
}

/* Do it in a child, which a filter may kill, and print how that ended. */
static inline void s_child(void (*body)(void))
{
	pid_t pid;

	fflush(stdout);
	alarm(t_seconds() / 2);
	pid = DO(fork());
	if (!pid) {
		alarm(t_seconds() / 2 - 1);
		body();
		exit(t_end());
	}
	t_reap(pid);
}

/* One byte, as a number. */
static inline long s_take(int fd)
{
	char b = 0;

	t_take(fd, &b, 1);
	return b;
}

/* What a wait for a connection has given: what came on it. */
static inline long s_accepted(int fd)
{
	long r = s_take(DO(fd));

	DO(close(fd));
	return r;
}

static inline void s_connect(struct sockaddr_in *where, const char *byte)
{
	int fd = t_connect(where);

	t_put(fd, byte, 1);
	DO(close(fd));
}

static inline void s_nothing(int sig)
{
	(void)sig;
}

/* One way to wait, by which a filter is to find threads. */
struct s_kind {
	const char *name;
	long (*wait)(void);
	void (*wake)(void);  /* may be NULL: it ends by itself */
	void (*ready)(void); /* may be NULL: before it begins */
	void (*begun)(void); /* may be NULL: it has, or is about to */
	pthread_t th;
	int up;
};

static struct s_kind *s_now; /* whose wake() or begun() is called */

static inline void *s_run(void *arg)
{
	struct s_kind *k = (struct s_kind *)arg;

	t_set(&k->up, 1);
	return (void *)k->wait();
}

static inline void s_begin(struct s_kind *k)
{
	s_now = k;
	k->up = 0;
	if (k->ready)
		k->ready();
	k->th = t_go(s_run, k);
	t_await(t_get(&k->up));
	if (k->begun)
		k->begun();
}

static inline void s_finish(struct s_kind *k)
{
	void *r;

	s_now = k;
	if (k->wake)
		k->wake();
	r = t_join(k->th);
	if (r == PTHREAD_CANCELED)
		printf("%s: cancelled\n", k->name);
	else
		printf("%s: %ld\n", k->name, (long)r);
}

/* Who sets the filter, for all: a worker, that has waited, or else main. */
static int s_setter_fd[2];

static inline void *s_setter(void *arg)
{
	char b;

	t_take(s_setter_fd[0], &b, 1);
	s_for_all((struct sock_fprog *)arg);
	return NULL;
}

static inline void s_by_worker(struct sock_fprog *p)
{
	pthread_t th = t_go(s_setter, p);

	t_settle();
	t_put(s_setter_fd[1], "s", 1);
	t_join(th);
}

/* The filter comes while threads wait in n ways; and then they do again. */
static inline void s_waits(struct s_kind *k, size_t n, struct sock_fprog *p)
{
	DO(pipe(s_setter_fd));
	printf("waits that are under way\n");
	for (size_t i = 0; i < n; i++)
		s_begin(&k[i]);
	t_settle();
#ifdef BY_WORKER
	s_by_worker(p);
#else
	s_for_all(p);
#endif
	for (size_t i = 0; i < n; i++)
		s_finish(&k[i]);
	printf("new ones\n");
	for (size_t i = 0; i < n; i++)
		s_begin(&k[i]);
	t_settle();
	for (size_t i = 0; i < n; i++)
		s_finish(&k[i]);
	printf("one by one\n");
	for (size_t i = 0; i < n; i++) {
		s_begin(&k[i]);
		s_finish(&k[i]);
	}
}

#define S_WAITS(kinds, list) \
	s_waits(kinds, sizeof(kinds) / sizeof(*(kinds)), S_PROGRAM(list))

#endif
