/*
 * The table of descriptors: what is found out, and what is forgotten.
 *
 * A descriptor made by syscall() is made behind the table's back: the kernel
 * must be asked.  ring_up is set, as ring_start() would; no thread is away.
 */
#include "unit.h"

#include "shim/intern.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int anchor; /* a socket, for base */
static struct fdent *base;

static void setup(void)
{
	fake_up();
	fds_init();
	ring_up = true;
	anchor = socket(AF_INET, SOCK_STREAM, 0);
	base = fd_waits(anchor);
	ck_assert_ptr_nonnull(base);
}

static void teardown(void)
{
	close(anchor);
	fake_down();
}

/* The entry of a small descriptor, untouched: those of the same thousand lie
   side by side. */
static struct fdent *entry_of(int fd)
{
	ck_assert_int_lt(fd, 1024);
	return base + (fd - anchor);
}

static enum fd_kind kind_of(int fd)
{
	return (enum fd_kind)entry_of(fd)->kind;
}

/* fd is waited for, as one of this kind; or not, being of this kind. */
static void expect(int fd, enum fd_kind kind)
{
	bool waits = kind >= FD_TCP, sock = waits && kind < FD_PIPE;

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_eq(fd_waits(fd), waits ? entry_of(fd) : NULL);
	ck_assert_int_eq(kind_of(fd), kind);
	ck_assert_ptr_eq(sock_waits(fd), sock ? entry_of(fd) : NULL);
}

static int raw_socket(int domain, int type)
{
	return (int)syscall(SYS_socket, domain, type, 0);
}

static int raw_close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

static void raw_flags(int fd, int flags)
{
	ck_assert_int_eq(syscall(SYS_fcntl, fd, F_SETFL, flags), 0);
}

/* --- kinds ----------------------------------------------------------- */

START_TEST(sockets)
{
	static const struct {
		int domain, type;
		enum fd_kind kind;
	} t[] = {
		{ AF_INET, SOCK_STREAM, FD_TCP },
		{ AF_INET, SOCK_DGRAM, FD_MESSAGES },
		{ AF_UNIX, SOCK_STREAM, FD_STREAM },
		{ AF_UNIX, SOCK_DGRAM, FD_MESSAGES },
		{ AF_UNIX, SOCK_SEQPACKET, FD_MESSAGES },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		int sv[2], type = t[i].type | SOCK_CLOEXEC;
		int fd = socket(t[i].domain, type, 0);

		/* known at once, without a question */
		ck_assert_int_eq(kind_of(fd), t[i].kind);
		expect(fd, t[i].kind);
		fd = raw_socket(t[i].domain, type);
		ck_assert_int_eq(kind_of(fd), FD_UNKNOWN);
		expect(fd, t[i].kind);
		if (t[i].domain != AF_UNIX)
			continue;
		ck_assert_int_eq(socketpair(AF_UNIX, type, 0, sv), 0);
		ck_assert_int_eq(kind_of(sv[0]), t[i].kind);
		ck_assert_int_eq(kind_of(sv[1]), t[i].kind);
	}
}
END_TEST

START_TEST(pipes)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(kind_of(p[0]), FD_PIPE);
	expect(p[1], FD_PIPE);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	ck_assert_int_eq(kind_of(p[0]), FD_PIPE);
	expect(p[1], FD_PIPE);
	ck_assert_int_eq(syscall(SYS_pipe2, p, 0), 0);
	expect(p[0], FD_PIPE);
	expect(p[1], FD_PIPE);
}
END_TEST

START_TEST(not_waited_for)
{
	expect(memfd_create("x", 0), FD_PLAIN);
	expect(open("/", O_RDONLY), FD_PLAIN);
	expect(open("/dev/null", O_RDWR), FD_DEVICE);
	expect(open("/dev/zero", O_RDWR), FD_DEVICE);
	expect(epoll_create1(0), FD_HOME);
}
END_TEST

START_TEST(events)
{
	expect(eventfd(0, 0), FD_COUNTER);
	expect(timerfd_create(CLOCK_MONOTONIC, 0), FD_EVENTS);
}
END_TEST

/* Whoever comes with one that only blocks at home is there afterwards, with
   what was waiting for it attended to. */
START_TEST(home)
{
	int fd = epoll_create1(0), calm = eventfd(0, EFD_NONBLOCK);

	thread_self()->attention = 1;
	ck_assert_ptr_nonnull(fd_waits(anchor));
	ck_assert_ptr_null(fd_waits(open("/dev/null", O_RDWR)));
	ck_assert_ptr_null(fd_waits(calm));
	ck_assert_int_eq(fake.attends, 0);
	ck_assert_ptr_null(fd_waits(fd));
	ck_assert_int_eq(fake.attends, 1);
}
END_TEST

/* A receive that is to wait for so much can't be tried. */
START_TEST(lowat)
{
	int one = 1, ten = 10, fd = raw_socket(AF_INET, SOCK_STREAM);

	setsockopt(anchor, SOL_SOCKET, SO_RCVLOWAT, &ten, sizeof(ten));
	expect(anchor, FD_HOME);
	setsockopt(anchor, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	expect(anchor, FD_TCP);
	ck_assert_int_eq(syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVLOWAT,
				 &ten, sizeof(ten)),
			 0);
	expect(fd, FD_HOME);
}
END_TEST

/* Not one, and errno is nobody's business. */
START_TEST(bad_numbers)
{
	static const int bad[] = { -1, -77, 1 << 20, INT32_MAX, INT32_MIN };
	int p[2];

	for (size_t i = 0; i < COUNT(bad); i++) {
		fd_new(bad[i]);
		fd_touch(bad[i]);
		ck_assert_ptr_null(fd_waits(bad[i]));
		ck_assert_ptr_null(sock_waits(bad[i]));
	}
	ck_assert_int_eq(pipe(p), 0);
	close(p[0]);
	errno = EXDEV;
	ck_assert_ptr_null(fd_waits(p[0]));
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(kind_of(p[0]), FD_UNKNOWN);
	/* a high one that is none, in a thousand of its own */
	ck_assert_ptr_null(fd_waits((1 << 20) - 1));
}
END_TEST

START_TEST(not_up)
{
	int fd;

	ring_up = false;
	ck_assert_ptr_null(fd_waits(anchor));
	ck_assert_ptr_null(sock_waits(anchor));
	fake.forgets = 0;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(kind_of(fd), FD_UNKNOWN);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(fake.forgets, 0);
	ring_up = true;
	expect(anchor, FD_TCP);
}
END_TEST

/* --- O_NONBLOCK ------------------------------------------------------ */

/* fd is nonblocking for the program, or is not. */
static void expect_nonblock(int fd, bool on)
{
	ck_assert_ptr_eq(fd_waits(fd), on ? NULL : entry_of(fd));
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, on ? O_NONBLOCK : 0);
}

START_TEST(nonblock_made)
{
	int sv[2], p[2];

	expect_nonblock(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), true);
	expect_nonblock(raw_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK), true);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, sv),
			 0);
	expect_nonblock(sv[0], true);
	expect_nonblock(sv[1], true);
	ck_assert_int_eq(pipe2(p, O_NONBLOCK), 0);
	expect_nonblock(p[0], true);
	expect_nonblock(p[1], true);
	expect_nonblock(anchor, false);
}
END_TEST

START_TEST(nonblock_fcntl)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(fcntl(anchor, F_SETFL, O_NONBLOCK), 0);
		expect_nonblock(anchor, true);
		ck_assert_int_eq(fcntl(anchor, F_SETFL, 0), 0);
		expect_nonblock(anchor, false);
	}
	/* another flag, another command, and a change that is refused */
	ck_assert_int_eq(fcntl(anchor, F_SETFL, O_ASYNC), 0);
	expect_nonblock(anchor, false);
	ck_assert_int_eq(fcntl(anchor, F_SETFD, O_NONBLOCK), 0);
	expect_nonblock(anchor, false);
	ck_assert_int_eq(fcntl(1000, F_SETFL, O_NONBLOCK), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_uint_eq(entry_of(1000)->nonblock, 0);
}
END_TEST

START_TEST(nonblock_ioctl)
{
	int on = 2, off = 0;

	ck_assert_int_eq(ioctl(anchor, FIONBIO, &on), 0);
	expect_nonblock(anchor, true);
	ck_assert_int_eq(ioctl(anchor, FIONREAD, &on), 0);
	expect_nonblock(anchor, true);
	ck_assert_int_eq(ioctl(anchor, FIONBIO, &off), 0);
	expect_nonblock(anchor, false);
}
END_TEST

/* Through another number of the same description. */
START_TEST(nonblock_shared)
{
	int fd = _i == 0   ? dup(anchor)
		 : _i == 1 ? fcntl(anchor, F_DUPFD, 3)
		 : _i == 2 ? dup2(anchor, anchor + 5)
		 : _i == 3 ? dup3(anchor, anchor + 5, O_CLOEXEC)
			   : (int)syscall(SYS_dup, anchor);

	if (_i == 4)
		fds_shared();
	expect_nonblock(anchor, false);
	expect_nonblock(fd, false);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	expect_nonblock(anchor, true);
	expect_nonblock(fd, true);
	ck_assert_int_eq(fcntl(anchor, F_SETFL, 0), 0);
	expect_nonblock(anchor, false);
	expect_nonblock(fd, false);
	/* what is behind the other's back is looked at when one changes */
	raw_flags(anchor, O_NONBLOCK);
	ck_assert_int_eq(fcntl(eventfd(0, 0), F_SETFL, 0), 0);
	expect_nonblock(fd, true);
}
END_TEST

/* By a child, through the description that it has from us. */
START_TEST(nonblock_child)
{
	pid_t pid;
	int status = -1;

	fds_shared();
	expect_nonblock(anchor, false);
	pid = fork();
	if (pid == 0)
		_exit(fcntl(anchor, F_SETFL, O_NONBLOCK) ? 1 : 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	expect_nonblock(anchor, true);
}
END_TEST

/* --- closed, and made again ------------------------------------------ */

/* fd is forgotten, here and by the engine. */
static void expect_forgotten(int fd)
{
	ck_assert_int_eq(kind_of(fd), FD_UNKNOWN);
	ck_assert_int_eq(fake.forgot, fd);
}

/* The number of a socket comes back as a pipe's, by the kernel's doing. */
static void again_as_pipe(int fd)
{
	int p[2];

	expect_forgotten(fd);
	ck_assert_int_eq(syscall(SYS_pipe2, p, 0), 0);
	if (p[0] != fd)
		ck_assert_int_eq(syscall(SYS_dup3, p[0], fd, 0), fd);
	expect(fd, FD_PIPE);
	raw_close(p[1]);
	if (p[0] != fd)
		raw_close(p[0]);
	raw_close(fd);
}

START_TEST(closed)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (_i == 0)
		ck_assert_int_eq(close(fd), 0);
	else if (_i == 1)
		ck_assert_int_eq(__close(fd), 0);
	else
		ck_assert_int_eq(close_range((unsigned)fd, (unsigned)fd, 0), 0);
	ck_assert_int_eq(syscall(SYS_fcntl, fd, F_GETFD), -1);
	again_as_pipe(fd);
}
END_TEST

START_TEST(closed_twice)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(close(fd), 0);
	errno = 0;
	ck_assert_int_eq(close(fd), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(close(-1), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

/* A range: to its ends, and not beyond; not at all if they are to stay. */
START_TEST(range)
{
	int first = 200, n = 5;

	for (int i = 0; i < n; i++)
		ck_assert_int_eq(syscall(SYS_dup3, anchor, first + i, 0),
				 first + i);
	for (int i = 0; i < n; i++)
		expect(first + i, FD_TCP);
	ck_assert_int_eq(close_range((unsigned)first, (unsigned)first + 4,
				     CLOSE_RANGE_CLOEXEC),
			 0);
	for (int i = 0; i < n; i++) {
		ck_assert_int_eq(kind_of(first + i), FD_TCP);
		ck_assert_int_eq(fcntl(first + i, F_GETFD), FD_CLOEXEC);
	}
	ck_assert_int_eq(
		close_range((unsigned)first + 1, (unsigned)first + 3, 0), 0);
	for (int i = 0; i < n; i++) {
		bool gone = i > 0 && i < n - 1;

		ck_assert_int_eq(kind_of(first + i),
				 gone ? FD_UNKNOWN : FD_TCP);
		ck_assert_int_eq(fcntl(first + i, F_GETFD) < 0, gone);
	}
	errno = 0;
	ck_assert_int_eq(close_range(9, 8, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* The number's old use is void when it is seen made, however it was closed. */
START_TEST(made_over)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), now;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	raw_close(fd);
	now = _i == 0	? dup(p[0])
	      : _i == 1 ? dup2(p[0], fd)
	      : _i == 2 ? dup3(p[0], fd, O_CLOEXEC)
	      : _i == 3 ? fcntl(p[0], F_DUPFD, fd)
			: fcntl(p[0], F_DUPFD_CLOEXEC, fd);
	ck_assert_int_eq(now, fd);
	expect_forgotten(fd);
	expect(fd, FD_PIPE);
}
END_TEST

#define WAYS 5

/* Over one that is open: it is forgotten; if it is refused, it is not. */
START_TEST(dup_over)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), p[2];

	ck_assert_int_eq(pipe(p), 0);
	fake.forgets = 0;
	ck_assert_int_eq(dup2(1000, fd), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(dup3(1000, fd, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(kind_of(fd), FD_TCP);
	ck_assert_int_eq(fake.forgets, 0);
	ck_assert_int_eq(_i ? dup2(p[1], fd) : dup3(p[1], fd, 0), fd);
	expect_forgotten(fd);
	expect(fd, FD_PIPE);
}
END_TEST

/* --- the ring's own -------------------------------------------------- */

static int owned;

static void setup_owned(void)
{
	setup();
	owned = fd_to_high(eventfd(0, 0));
	ck_assert(ring_owns_fd(owned));
}

static void teardown_owned(void)
{
	fd_high_close(owned);
	teardown();
}

static void expect_refused(long r)
{
	ck_assert_int_eq(r, -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_ge(syscall(SYS_fcntl, owned, F_GETFD), 0);
	errno = 0;
}

/* For the program there is no such descriptor. */
START_TEST(owned_refused)
{
	int off = 0;

	errno = 0;
	expect_refused(close(owned));
	expect_refused(__close(owned));
	expect_refused(dup(owned));
	expect_refused(dup2(owned, anchor));
	expect_refused(dup2(anchor, owned));
	expect_refused(dup3(owned, anchor, 0));
	expect_refused(dup3(anchor, owned, 0));
	expect_refused(fcntl(owned, F_GETFD));
	expect_refused(fcntl(owned, F_DUPFD, 0));
	expect_refused(ioctl(owned, FIONBIO, &off));
	expect(anchor, FD_TCP);
	ck_assert_int_eq(fcntl(anchor, F_GETFD), 0);
}
END_TEST

START_TEST(owned_in_range)
{
	int below = owned - 1, above = owned + 1;
	unsigned first = (unsigned)below;

	ck_assert_int_eq(syscall(SYS_dup3, anchor, below, 0), below);
	ck_assert_int_eq(syscall(SYS_dup3, anchor, above, 0), above);
	if (_i)
		closefrom(below);
	else
		ck_assert_int_eq(close_range(first, first + 2, 0), 0);
	ck_assert_int_ge(syscall(SYS_fcntl, owned, F_GETFD), 0);
	ck_assert_int_eq(syscall(SYS_fcntl, below, F_GETFD), -1);
	ck_assert_int_eq(syscall(SYS_fcntl, above, F_GETFD), -1);
	ck_assert(ring_owns_fd(owned));
}
END_TEST

START_TEST(owned_next)
{
	ck_assert_int_eq(ring_next_owned(0), owned);
	ck_assert_int_eq(ring_next_owned((unsigned)owned), owned);
	ck_assert_int_eq(ring_next_owned((unsigned)owned + 1), -1);
	ck_assert(!ring_owns_fd(owned - 1));
	ck_assert(!ring_owns_fd(owned + 1));
	ck_assert(!ring_owns_fd(-1));
}
END_TEST

/* --- what goes with a socket ----------------------------------------- */

#define MS 1000000LL

static void set_timeo(int fd, int name, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
			      .tv_usec = ms % 1000 * 1000 };

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)), 0);
}

static void expect_timeo(int fd, int64_t rcv, int64_t snd)
{
	struct fdent *f = fd_waits(fd);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->rcvtimeo, rcv);
	ck_assert_int_eq(f->sndtimeo, snd);
}

START_TEST(timeouts)
{
	struct timeval tv = { .tv_sec = -1 };
	int fd;

	expect_timeo(anchor, 0, 0);
	set_timeo(anchor, SO_RCVTIMEO, 2500);
	expect_timeo(anchor, 2500 * MS, 0);
	set_timeo(anchor, SO_SNDTIMEO, 3000);
	expect_timeo(anchor, 2500 * MS, 3000 * MS);
	/* another number's entry finds out */
	fd = (int)syscall(SYS_dup, anchor);
	expect_timeo(fd, 2500 * MS, 3000 * MS);
	set_timeo(anchor, SO_RCVTIMEO, 0);
	expect_timeo(anchor, 0, 3000 * MS);
	/* a negative time is over at once; it is not "none" */
	ck_assert_int_eq(setsockopt(anchor, SOL_SOCKET, SO_RCVTIMEO, &tv,
				    sizeof(tv)),
			 0);
	ck_assert_int_gt(fd_waits(anchor)->rcvtimeo, 0);
	ck_assert_int_lt(fd_waits(anchor)->rcvtimeo, MS);
	/* of another level, or refused */
	tv.tv_usec = 9999999;
	ck_assert_int_eq(setsockopt(anchor, SOL_SOCKET, SO_SNDTIMEO, &tv,
				    sizeof(tv)),
			 -1);
	ck_assert_int_eq(fd_waits(anchor)->sndtimeo, 3000 * MS);
	close(fd);
}
END_TEST

START_TEST(accepted)
{
	int fd = 300, other;
	struct fdent *from;

	set_timeo(anchor, SO_RCVTIMEO, 2500);
	set_timeo(anchor, SO_SNDTIMEO, 3000);
	ck_assert_int_eq(syscall(SYS_dup3, anchor, fd, 0), fd);
	fd_accepted(fd, fd_waits(anchor), 0);
	ck_assert_int_eq(fake.forgot, fd);
	ck_assert_int_eq(kind_of(fd), FD_TCP);
	expect_timeo(fd, 2500 * MS, 3000 * MS);
	fd_accepted(fd, fd_waits(anchor), SOCK_NONBLOCK);
	ck_assert_ptr_null(fd_waits(fd));
	ck_assert_uint_eq(entry_of(fd)->nonblock, 1);
	/* of the kinds only TCP takes after its listener */
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	set_timeo(other, SO_RCVTIMEO, 2500);
	from = fd_waits(other);
	ck_assert_int_eq(from->rcvtimeo, 2500 * MS);
	fd_accepted(fd, from, SOCK_CLOEXEC);
	ck_assert_int_eq(kind_of(fd), FD_STREAM);
	expect_timeo(fd, 0, 0);
}
END_TEST

/* What was left behind in the old socket is none of the new one's. */
START_TEST(drained_reset)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	fd_waits(fd)->drained = 1;
	close(fd);
	ck_assert_int_eq(_i ? raw_socket(AF_INET, SOCK_STREAM)
			    : socket(AF_INET, SOCK_STREAM, 0),
			 fd);
	ck_assert_uint_eq(fd_waits(fd)->drained, 0);
}
END_TEST

Suite *fd_suite(void)
{
	Suite *s = suite_create("fd");
	TCase *c = tcase_create("fd"), *o = tcase_create("owned");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, sockets);
	tcase_add_test(c, pipes);
	tcase_add_test(c, not_waited_for);
	tcase_add_test(c, events);
	tcase_add_test(c, home);
	tcase_add_test(c, lowat);
	tcase_add_test(c, bad_numbers);
	tcase_add_test(c, not_up);
	tcase_add_test(c, nonblock_made);
	tcase_add_test(c, nonblock_fcntl);
	tcase_add_test(c, nonblock_ioctl);
	tcase_add_loop_test(c, nonblock_shared, 0, 5);
	tcase_add_test(c, nonblock_child);
	tcase_add_loop_test(c, closed, 0, 3);
	tcase_add_test(c, closed_twice);
	tcase_add_test(c, range);
	tcase_add_loop_test(c, made_over, 0, WAYS);
	tcase_add_loop_test(c, dup_over, 0, 2);
	tcase_add_test(c, timeouts);
	tcase_add_test(c, accepted);
	tcase_add_loop_test(c, drained_reset, 0, 2);
	suite_add_tcase(s, o);
	tcase_set_timeout(o, LIMIT);
	tcase_add_checked_fixture(o, setup_owned, teardown_owned);
	tcase_add_test(o, owned_refused);
	tcase_add_loop_test(o, owned_in_range, 0, 2);
	tcase_add_test(o, owned_next);
	return s;
}
