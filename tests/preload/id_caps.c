/* Capabilities that a thread gives up, and personality, are its own: kept over
 * its waits, inherited by what it makes, and not lost by others. */
#include "t.h"
#include <linux/capability.h>
#include <sys/personality.h>
#include <sys/syscall.h>

static int fd[2];

static void wait_a_bit(void)
{
	char b;

	t_put(fd[1], "x", 1);
	t_take(fd[0], &b, 1);
	t_settle();
}

static int has(int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2];

	DO(syscall(SYS_capget, &head, data));
	return data[cap / 32].effective >> (cap % 32) & 1;
}

static void drop(int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2];

	DO(syscall(SYS_capget, &head, data));
	data[cap / 32].effective &= ~(1u << (cap % 32));
	data[cap / 32].permitted &= ~(1u << (cap % 32));
	data[cap / 32].inheritable &= ~(1u << (cap % 32));
	SHOW(syscall(SYS_capset, &head, data));
}

/* What needs CAP_SYS_CHROOT, which only root has. */
static void show(const char *who)
{
	int r = chroot("/");

	printf("%s: chroot %s, as its set says %d, short inodes %d\n", who,
	       r == 0 ? "done" : strerrorname_np(errno),
	       (r == 0) == has(CAP_SYS_CHROOT),
	       (personality(0xffffffff) & SHORT_INODE) != 0);
}

static void *inherits(void *arg)
{
	wait_a_bit();
	show(arg);
	return NULL;
}

static void *drops(void *arg)
{
	(void)arg;
	wait_a_bit();
	show("before");
	CHECK(personality(PER_LINUX | SHORT_INODE) == PER_LINUX);
	show("after");
	wait_a_bit();
	drop(CAP_SYS_CHROOT);
	for (int i = 0; i < 3; i++) {
		wait_a_bit();
		show("later");
	}
	t_join(t_go(inherits, "its child"));
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	t_background();
	t_join(t_go(inherits, "another"));
	t_join(t_go(drops, NULL));
	wait_a_bit();
	show("main");
	t_join(t_go(inherits, "another"));
	return t_end();
}
