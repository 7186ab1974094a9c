/* A seccomp filter set before there are threads, which kills at what is not on
 * a short list of a server's calls: threads, locks and I/O go on. */
#include "t.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define ALLOW(nr)                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1),       \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int fd[2];
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void filter(void)
{
	static struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_futex),
		ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mprotect),
		ALLOW(SYS_madvise), ALLOW(SYS_brk), ALLOW(SYS_clone),
		ALLOW(SYS_clone3), ALLOW(SYS_exit), ALLOW(SYS_exit_group),
		ALLOW(SYS_set_robust_list), ALLOW(SYS_rseq),
		ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_nanosleep), ALLOW(SYS_clock_nanosleep),
		ALLOW(SYS_close), ALLOW(SYS_rt_sigaction), ALLOW(SYS_newfstatat), ALLOW(SYS_prctl),
		ALLOW(SYS_getrandom), ALLOW(SYS_gettid), ALLOW(SYS_getpid),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(*f), f };

#ifdef BY_NUMBER
	DO(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DO(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p));
#else
	DO(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DO(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p, 0, 0));
#endif
}

static void *worker(void *arg)
{
	long sum = 0;
	char b;

	for (int i = 0; i < 5; i++) {
		(void)!read(fd[0], &b, 1);
		pthread_mutex_lock(&m);
		sum += b;
		pthread_mutex_unlock(&m);
		t_settle();
	}
	(void)arg;
	return (void *)sum;
}

int main(void)
{
	pthread_t th[4];
	long sum = 0;

	DO(pipe(fd));
	filter();
	for (int i = 0; i < 4; i++)
		th[i] = t_go(worker, NULL);
	for (int i = 0; i < 20; i++)
		t_put(fd[1], "\1", 1);
	for (int i = 0; i < 4; i++)
		sum += (long)t_join(th[i]);
	printf("%ld\n", sum);
	return t_end();
}
