/* unshare(CLONE_FS) and CLONE_FILES by a thread that has waited: its directory
 * and its descriptors are its own from then on. */
#include "t.h"

static int fd[2], priv;

static void wait_a_bit(void)
{
	char b;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_settle();
}

static void *worker(void *arg)
{
	char dir[PATH_MAX];

	(void)arg;
	wait_a_bit();
	SHOW(unshare(CLONE_FS | CLONE_FILES));
	wait_a_bit();
	SHOW(chdir("/proc"));
	priv = DO(open("/dev/null", O_RDONLY));
	wait_a_bit();
	printf("worker in %s\n", getcwd(dir, sizeof(dir)));
	CHECK(fcntl(priv, F_GETFD) == 0);
	return NULL;
}

int main(void)
{
	char dir[PATH_MAX];

	DO(pipe(fd));
	DO(chdir("/"));
	t_background();
	t_join(t_go(worker, NULL));
	wait_a_bit();
	printf("main in %s\n", getcwd(dir, sizeof(dir)));
	SHOW(fcntl(priv, F_GETFD));
	return t_end();
}
