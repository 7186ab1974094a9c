/* A file that would grow past RLIMIT_FSIZE raises SIGXFSZ, wherever it is written. */
#include "t.h"

#include <sys/sendfile.h>

#define LIMIT (1 << 20)

static int came, code;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	came++;
	code = info->si_code;
}

#define TOO_BIG(e)                                             \
	do {                                                   \
		came = 0;                                      \
		SHOW(e);                                       \
		printf("signals: %d, code %d\n", came, code);  \
	} while (0)

static void body(void)
{
	char name[] = "/tmp/t-xfsz-XXXXXX", b[8] = "x";
	struct iovec v = { b, 1 };
	char name_in[] = "/tmp/t-xfsz-XXXXXX";
	int fd = DO(mkstemp(name)), in = DO(mkstemp(name_in)), sk[2], d;
	off_t from;
	FILE *f;

	DO(unlink(name));
	DO(unlink(name_in));
	t_put(in, b, 8);
	DO(lseek(fd, LIMIT - 1, SEEK_SET));
	SHOW(write(fd, b, 8));
	TOO_BIG(write(fd, b, 8));
	TOO_BIG(writev(fd, &v, 1));
	TOO_BIG(pwrite(fd, b, 1, LIMIT));
	TOO_BIG(pwritev(fd, &v, 1, LIMIT));
	TOO_BIG(ftruncate(fd, LIMIT + 1));
	TOO_BIG(posix_fallocate(fd, 0, LIMIT + 1));
	from = 0;
	TOO_BIG(sendfile(fd, in, &from, 1));
	TOO_BIG(copy_file_range(in, &from, fd, NULL, 1, 0));
	DO(close(in));
	f = fdopen(fd, "w");
	DO(fputs("abc", f));
	TOO_BIG(fflush(f));
	fclose(f);
	/* a SIGPIPE, too, is as the kernel's own */
	t_pair(SOCK_SEQPACKET, sk);
	d = DO(dup(sk[0]));
	DO(close(sk[1]));
	TOO_BIG(send(d, b, 1, MSG_DONTWAIT));
	TOO_BIG(send(d, b, 1, 0));
	DO(close(d));
	DO(close(sk[0]));
	t_pair(SOCK_STREAM, sk);
	DO(close(sk[1]));
	TOO_BIG(send(sk[0], b, 1, 0));
	TOO_BIG(write(sk[0], b, 1));
	DO(close(sk[0]));
}

int main(void)
{
	struct rlimit l = { LIMIT, RLIM_INFINITY };
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_signal;
	sa.sa_flags = SA_SIGINFO;
	DO(sigaction(SIGXFSZ, &sa, NULL));
	DO(sigaction(SIGPIPE, &sa, NULL));
	DO(setrlimit(RLIMIT_FSIZE, &l));
	t_both(body);
	return t_end();
}
