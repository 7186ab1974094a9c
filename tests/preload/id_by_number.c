/* What is set for the kernel thread by a system call's number: it holds for
 * what its thread does after it has waited. */
#include "t.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#define NOBODY 65534

static int fd[2];
static char file[] = "/tmp/id_by_number.XXXXXX";

static void waits(void)
{
	char b;

	for (int i = 0; i < 3; i++) {
		t_settle();
		t_take(fd[0], &b, 1);
	}
}

/* libc's own uname() is refused. */
static void filter(void)
{
	static struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(*f), f };

	DO(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	DO(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p));
}

static void *filtered(void *arg)
{
	struct utsname u;

	(void)arg;
	waits();
	filter();
	waits();
	SHOW(uname(&u));
	return NULL;
}

static void *other(void *arg)
{
	struct utsname u;

	(void)arg;
	waits();
	SHOW(uname(&u));
	return NULL;
}

/* Of root's own file; who is not root reads it anyway. */
static void *owned(void *arg)
{
	int r;

	(void)arg;
	waits();
	syscall(SYS_setfsuid, NOBODY);
	waits();
	r = open(file, O_RDONLY);
	printf("open: %s\n", r < 0 ? strerrorname_np(errno) : "yes");
	if (r >= 0)
		close(r);
	return NULL;
}

static void *writer(void *arg)
{
	(void)arg;
	for (int i = 0; i < 15; i++) {
		t_put(fd[1], "x", 1);
		t_settle();
	}
	return NULL;
}

int main(void)
{
	pthread_t w;

	DO(pipe(fd));
	close(mkstemp(file));
	t_background();
	w = t_go(writer, NULL);
	t_join(t_go(filtered, NULL));
	t_join(t_go(other, NULL));
	t_join(t_go(owned, NULL));
	t_join(w);
	unlink(file);
	return t_end();
}
