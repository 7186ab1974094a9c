/*
 * doctor_uring.c - does the kernel grant an io_uring, and if not, why
 *
 * A ring is set up as src/ring/engine_uring.c does it, with the best flags
 * first and the same size.  The kernel says only an errno; what stands behind
 * it is looked for: the sysctl, a seccomp filter, a limit.
 */
#include "doctor.h"
#include "launch.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IORING_SETUP_COOP_TASKRUN
#define IORING_SETUP_COOP_TASKRUN (1U << 8)
#endif
#ifndef IORING_SETUP_TASKRUN_FLAG
#define IORING_SETUP_TASKRUN_FLAG (1U << 9)
#endif
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

#define NEEDED \
	(IORING_FEAT_EXT_ARG | IORING_FEAT_FAST_POLL | IORING_FEAT_NODROP)

static const struct {
	unsigned int flags;
	const char *says;
} tries[] = {
	{ IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		  IORING_SETUP_TASKRUN_FLAG,
	  "a ring, with DEFER_TASKRUN" },
	{ IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
	  "a ring, with COOP_TASKRUN (DEFER_TASKRUN from Linux 6.1 on)" },
	{ 0, "a ring, without COOP_TASKRUN (from Linux 5.19 on)" },
};

/* 0 and what was granted, or an errno. */
static int set_up(const char **says)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		struct io_uring_params p = {
			.flags = tries[i].flags | IORING_SETUP_CLAMP |
				 IORING_SETUP_CQSIZE,
			.cq_entries = 8192,
		};
		long fd = syscall(SYS_io_uring_setup, 512, &p);

		if (fd < 0 && errno == EINVAL)
			continue;
		if (fd < 0)
			return errno;
		close((int)fd);
		*says = tries[i].says;
		return (p.features & NEEDED) == NEEDED ? 0 : EINVAL;
	}
	return EINVAL;
}

static void try_it(void)
{
	const char *says;

	set_up(&says);
}

static const char *not_permitted(void)
{
	long off = read_number("/proc/sys/kernel/io_uring_disabled", 0);

	if (off == 2)
		return "switched off by a sysctl: as root, sysctl -w "
		       "kernel.io_uring_disabled=0";
	if (off == 1)
		return "for privileged processes and one group alone: as root, "
		       "sysctl -w kernel.io_uring_disabled=0, or join the group "
		       "in kernel.io_uring_group";
	if (strtol(status_line("Seccomp"), NULL, 10))
		return "a seccomp filter refuses it (Docker's and Podman's do): "
		       "give the container a profile that allows "
		       "io_uring_setup, io_uring_enter and io_uring_register";
	return "a security module may refuse it: see the kernel's log";
}

static const char *why(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return not_permitted();
	case ENOSYS:
		if (strtol(status_line("Seccomp"), NULL, 10))
			return "a seccomp filter hides it (or the kernel is "
			       "without): allow io_uring_setup, io_uring_enter "
			       "and io_uring_register";
		return "this kernel is built without it (CONFIG_IO_URING)";
	case EINVAL:
		return "the kernel is too old: it takes 5.11";
	case EMFILE:
		return "no descriptor is left: ulimit -n, more";
	case ENFILE:
		return "the system has no file left: sysctl fs.file-max";
	case ENOMEM:
		if (!kernel_since(5, 12))
			return "rings count against RLIMIT_MEMLOCK before "
			       "Linux 5.12: ulimit -l, more";
		return "no memory for it: see the memory limit of the control "
		       "group";
	default:
		return NULL;
	}
}

void look_at_io_uring(struct report *r)
{
	const char *says = "";
	int error;

#ifndef WITH_URING
	report_add(r, NOTE, "io_uring", "configure with liburing to have it",
		   "the library was built without it");
	return;
#endif
	if (is_killed(try_it)) {
		report_add(r, WARN, "io_uring",
			   "allow io_uring_setup, io_uring_enter and "
			   "io_uring_register; else it is epoll",
			   "a seccomp filter kills for it");
		return;
	}
	error = set_up(&says);
	if (error)
		report_add(r, WARN, "io_uring", why(error), "refused: %s",
			   strerror(error));
	else
		report_add(r, OK, "io_uring", NULL, "%s", says);
}
