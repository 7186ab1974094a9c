/* Filters for all threads (TSYNC) that the kernel refuses while threads wait:
 * they go on without, and a filter that allows everything comes to all. */
#include "t_seccomp.h"
#include <linux/capability.h>

enum {
	WAITERS = 6,
	TSYNC = SECCOMP_FILTER_FLAG_TSYNC
};

static int fd[2], up;
static sem_t sem;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sock_filter all[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_filter endless[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
};
static struct sock_filter beyond[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(struct seccomp_data)),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Those who wait, and what the kernel says of them then. */

static void *waits(void *arg)
{
	long i = (long)arg;
	char b;

	t_inc(&up);
	if (i % 3 == 0) {
		t_take(fd[0], &b, 1);
	} else if (i % 3 == 1) {
		sem_wait(&sem);
	} else {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return (void *)(long)(10 * prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) +
			      prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static pthread_t th[WAITERS];

static void begin(void)
{
	t_set(&up, 0);
	pthread_mutex_lock(&mutex);
	for (long i = 0; i < WAITERS; i++)
		th[i] = t_go(waits, (void *)i);
	t_await(t_get(&up) == WAITERS);
	t_settle();
}

static void finish(void)
{
	printf("%d waiters:", WAITERS);
	for (int i = 0; i < WAITERS / 3; i++) {
		t_put(fd[1], "f", 1);
		sem_post(&sem);
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < WAITERS; i++)
		printf(" %ld", (long)t_join(th[i]));
	printf("\n");
}

static int has_none(const char *line)
{
	return !strcmp(line, "Seccomp:\t0\n");
}

/* How many kernel threads have no filter? */
static int without(void)
{
	return t_task_lines(has_none);
}

/* What is refused. */

static long program(unsigned flags, struct sock_filter *f, int len)
{
	struct sock_fprog p = { (unsigned short)len, f };

	return s_set(flags, &p);
}

static void no_new_privs(void)
{
	DO(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* Not even root may without this. */
static void unprivileged(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct c[2];

	DO(syscall(SYS_capget, &h, c));
	c[CAP_SYS_ADMIN / 32].effective &= ~(1u << (CAP_SYS_ADMIN % 32));
	DO(syscall(SYS_capset, &h, c));
	SHOW(program(TSYNC, all, 1));
}

static void no_program(void)
{
	no_new_privs();
	SHOW(s_set(TSYNC, NULL));
}

static void no_code(void)
{
	no_new_privs();
	SHOW(program(TSYNC, NULL, 1));
	SHOW(program(TSYNC, (struct sock_filter *)8, 1));
}

static void empty_code(void)
{
	no_new_privs();
	SHOW(program(TSYNC, all, 0));
}

static void endless_code(void)
{
	no_new_privs();
	SHOW(program(TSYNC, endless, 1));
}

static void wild_code(void)
{
	no_new_privs();
	SHOW(program(TSYNC, beyond, 2));
}

static void wrong_flags(void)
{
	no_new_privs();
	SHOW(program(TSYNC | 1u << 30, all, 1));
	SHOW(program(TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER, all, 1));
}

static void other_operations(void)
{
	unsigned action = SECCOMP_RET_KILL_PROCESS;

	SHOW(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	action = 0x12340000;
	SHOW(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	SHOW(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL));
	SHOW(syscall(SYS_seccomp, 99, 0, NULL));
}

static void by_prctl(void)
{
	no_new_privs();
	SHOW(prctl(PR_SET_SECCOMP, 99, NULL, 0, 0));
	SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0));
}

/* A thread with a filter of its own, which the others can't get in its place. */
static int its_tid, its_end[2];

static void *has_own(void *arg)
{
	char b;

	no_new_privs();
	DO(program(0, all, 1));
	t_set(&its_tid, (int)syscall(SYS_gettid));
	t_take(its_end[0], &b, 1);
	return arg;
}

static void diverging(void)
{
	pthread_t other = t_go(has_own, NULL);

	t_await(t_get(&its_tid));
	no_new_privs();
	CHECK(program(TSYNC, all, 1) == its_tid);
	SHOW(program(TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, all, 1));
	CHECK(program(TSYNC, all, 1) == its_tid);
	t_put(its_end[1], "e", 1);
	t_join(other);
}

static void (*const refused[])(void) = {
	unprivileged, no_program,  no_code,	     empty_code, endless_code,
	wild_code,    wrong_flags, other_operations, by_prctl,	 diverging,
};
#define CASES (sizeof(refused) / sizeof(*refused))

static size_t nth;

static void body(void)
{
	begin();
	refused[nth]();
	finish();
	begin();
	no_new_privs();
	/* a thread that is over may be there for a moment yet */
	t_await(!program(TSYNC, all, 1));
	t_await(!without());
	finish();
	begin();
	finish();
}

int main(void)
{
	t_pair(SOCK_STREAM, fd);
	t_pair(SOCK_STREAM, its_end);
	DO(sem_init(&sem, 0, 0));
	for (nth = 0; nth < CASES; nth++)
		s_child(body);
	return t_end();
}
