/* Threads made and joined where a filter was set before there were any, that
 * have signal masks and cancel states: they leave no memory behind. */
#include "t_seccomp.h"

enum {
	FEW = 500,
	MANY = 6000
};

static void *worker(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	PDO(pthread_sigmask(SIG_BLOCK, &set, NULL));
	PDO(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL));
	pthread_testcancel();
	return arg;
}

static void threads(int n)
{
	while (n--)
		t_join(t_go(worker, NULL));
}

/* In KiB: what is mapped, or what is there of it. */
static long size(int there)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all, some;

	if (!f || fscanf(f, "%ld %ld", &all, &some) != 2)
		t_die("statm");
	fclose(f);
	return (there ? some : all) * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(void)
{
	static struct sock_filter f =
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog p = { 1, &f };
	long mapped, there;

	s_for_me(&p);
	threads(FEW);
	mapped = size(0);
	there = size(1);
	threads(MANY);
	CHECK(size(0) - mapped < 40000);
	CHECK(size(1) - there < 10000);
	return t_end();
}
