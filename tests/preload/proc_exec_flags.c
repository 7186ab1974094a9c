/* Descriptors inherited over exec: no flag has changed, CLOEXEC ones are gone,
 * and nothing more is open than natively. */
#include "t.h"

static int kept[2], gone[2];

static void feed(int fd)
{
	t_put(fd, "x", 1);
}

static int image(char **argv)
{
	int a = atoi(argv[1]), b = atoi(argv[2]);
	int open = 0;

	printf("kept %#x %d\n", DO(fcntl(a, F_GETFL)), DO(fcntl(a, F_GETFD)));
	SHOW(fcntl(b, F_GETFL));
	/* Of the numbers a program would use. */
	for (int i = 3; i < 60; i++)
		open += fcntl(i, F_GETFD) >= 0;
	printf("%d open\n", open);
	return 0;
}

int main(int argc, char **argv)
{
	char a1[16], a2[16], b[4];
	pthread_t th;

	if (argc > 1)
		return image(argv);
	t_pair(SOCK_STREAM, kept);
	DO(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gone));
	for (int i = 0; i < 3; i++) {
		th = t_after(feed, kept[1]);
		SHOW(read(kept[0], b, 1));
		t_join(th);
		th = t_after(feed, gone[1]);
		SHOW(read(gone[0], b, 1));
		t_join(th);
	}
	snprintf(a1, sizeof(a1), "%d", kept[0]);
	snprintf(a2, sizeof(a2), "%d", gone[0]);
	execl("/proc/self/exe", "proc_exec_flags", a1, a2, NULL);
	t_die("exec");
}
