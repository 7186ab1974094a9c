/*
 * without.c - run a command with system calls refused
 *
 *	without ERROR CALL... -- COMMAND [ARGUMENT]...
 *
 * ERROR and CALL are numbers. A seccomp filter, as containers have one, has
 * each of the calls fail with that errno.  No privilege is needed.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CALLS_MAX 32

static int usage(void)
{
	fputs("usage: without ERRNO CALL... -- COMMAND [ARGUMENT]...\n",
	      stderr);
	return 125;
}

/* Each call's number is compared, and the verdict lies behind the rest. */
static int refuse(unsigned int error, char **calls, int n)
{
	struct sock_filter f[CALLS_MAX + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog prog = { .len = (unsigned short)(n + 3),
				   .filter = f };

	for (int i = 0; i < n; i++)
		f[i + 1] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)atoi(calls[i]),
			(__u8)(n - i), 0);
	f[n + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						SECCOMP_RET_ALLOW);
	f[n + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						SECCOMP_RET_ERRNO | error);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

int main(int argc, char **argv)
{
	int n = 0;

	while (n + 2 < argc && strcmp(argv[n + 2], "--") != 0)
		n++;
	if (n < 1 || n > CALLS_MAX || n + 3 >= argc)
		return usage();
	if (refuse((unsigned int)atoi(argv[1]), argv + 2, n)) {
		perror("without: seccomp");
		return 125;
	}
	execvp(argv[n + 3], argv + n + 3);
	perror(argv[n + 3]);
	return 127;
}
