/*
 * bulk.c - calls that move several messages, or much, at a time
 *
 * recvmmsg() is asked of the kernel without waiting, for what is there and
 * for its handling of time limits and errors; in between it is waited until
 * there is more.  sendmmsg() sends what goes at once, and the rest one by
 * one.  sendfile() and splice() have no form that can be waited for, for they
 * wait in the middle: they are made at home, unless neither end can block.
 */
#include "shim/intern.h"

#include <limits.h>

/* --- recvmmsg -------------------------------------------------------------------- */

struct span {
	struct timespec *left; /* of the caller; NULL: no limit */
	int64_t end;
};

/* How much time is left, as the kernel would have it when it has received. */
static void update(const struct span *s)
{
	int64_t ns;

	if (!s->left)
		return;
	ns = s->end - now_ns();
	if (ns < 0)
		ns = 0;
	s->left->tv_sec = ns / 1000000000;
	s->left->tv_nsec = ns % 1000000000;
}

static bool used_up(const struct span *s)
{
	return s->left && !s->left->tv_sec && !s->left->tv_nsec;
}

/*
 * One round: what is there now, at most n.  Returns how many, or -errno.
 * With no time left the kernel takes the one that it has waited for, and no
 * more.
 */
static int take_now(int fd, struct mmsghdr *v, unsigned n, int flags,
		    const struct span *s)
{
	int r;

	update(s);
	r = real(recvmmsg)(fd, v, n, flags | MSG_DONTWAIT, s->left);
	return (int)result(r);
}

#define SHUT 1
/* Wait for more; got have been received.  0, or -errno; SHUT: no more will come, or
   something else has, of which the kernel tells who waits alone. */
static int await_more(struct fdent *f, int fd, unsigned got, bool later)
{
	ssize_t r = fd_ready(f, fd, POLLIN | POLLRDHUP,
			     got ? NO_RESTART : RESTART_ANEW, later);

	if (r < 0)
		return (int)r;
	if (r & (POLLRDHUP | POLLHUP))
		return SHUT;
	/* an error is for the next call to tell; or it is none of the call's, and is
	   there for as long as nobody reads the queue of errors */
	return !(r & POLLERR) ? 0 : got ? -EIO : SHUT;
}

/* Everybody goes home: the rest is libc's. */
static int by_recvmmsg(int fd, struct mmsghdr *v, unsigned n, int flags,
		       const struct span *s)
{
	int r;

	shim_go_home();
	update(s);
	r = real(recvmmsg)(fd, v, n, flags, s->left);
	return (int)result(r);
}

/* got have been received: go on, as with by_recvmmsg(). */
static int rest_of_recvmmsg(int fd, struct mmsghdr *v, unsigned n, int flags,
			    const struct span *s, unsigned got)
{
	int r = by_recvmmsg(fd, v + got, n - got, flags, s);

	return got ? (int)got + (r > 0 ? r : 0) : r;
}

/* Wait for more, round by round; own is what is held of fd. */
static int more_messages(struct fdent *f, int fd, int own, struct mmsghdr *v,
			 unsigned n, int flags, const struct span *s,
			 unsigned got)
{
	bool later = got;
	int r, vain = 0;

	do {
		r = await_more(f, own, got, later);
		later = true;
		if (r < 0)
			break;
		/* ready, and nothing there, again and again: it is peeked at */
		if (unlikely(r == SHUT || vain == VAIN))
			return rest_of_recvmmsg(atomic_load(&ring_over) ? fd : own,
						v, n, flags, s, got);
		if (unlikely(!own_begin()))
			return rest_of_recvmmsg(fd, v, n, flags, s, got);
		r = take_now(own, v + got, n - got, flags & ~MSG_WAITFORONE, s);
		own_end();
		if (r > 0)
			got += (unsigned)r;
		else
			vain++;
		if (got && (flags & MSG_WAITFORONE || used_up(s)))
			break;
	} while ((r >= 0 || r == -EAGAIN) && got < n);
	return got ? (int)got : r;
}

static int recvmmsg_(struct fdent *f, int fd, struct mmsghdr *v, unsigned n,
		     int flags, const struct span *s)
{
	unsigned got;
	struct op_held h;
	int r;

	shim_testcancel();
	if (unlikely(!own_begin()))
		return by_recvmmsg(fd, v, n, flags, s);
	r = take_now(fd, v, n, flags & ~MSG_WAITFORONE, s);
	own_end();
	if (r < 0 && r != -EAGAIN)
		return r;
	got = r > 0 ? (unsigned)r : 0;
	if (got == n || (got && (flags & MSG_WAITFORONE || used_up(s))))
		return r;
	if (hold(&h, fd) < 0)
		return rest_of_recvmmsg(fd, v, n, flags, s, got);
	r = more_messages(f, fd, h.fd, v, n, flags, s, got);
	let_go_of(&h);
	return r;
}

static bool bad_span(const struct timespec *ts)
{
	return ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec > 999999999;
}

static int64_t end_of(const struct timespec *ts)
{
	if (ts->tv_sec > INT_MAX)
		return FOREVER;
	return now_ns() + ts->tv_sec * INT64_C(1000000000) + ts->tv_nsec;
}

/* -errno; -ERESTART: to be begun anew, with all the time there was. */
static int recvmmsg_begun(int fd, struct mmsghdr *v, unsigned n, int flags,
			  struct timespec *left)
{
	struct fdent *f = n && v ? recv_waits(fd, flags) : NULL;
	struct timespec kept;
	struct span s = { left ? &kept : NULL, FOREVER };
	int r;

	if (f && (flags & MSG_WAITALL || f->kind != FD_MESSAGES)) {
		shim_go_home();
		f = NULL;
	}
	if (!f || !readable(left, sizeof(*left)) || (left && bad_span(left))) {
		r = real(recvmmsg)(fd, v, n, flags, left);
		return (int)result(r);
	}
	if (left)
		s.end = end_of(left);
	r = recvmmsg_(f, fd, v, n > IOV_MAX ? IOV_MAX : n, flags, &s);
	if (left && r > 0)
		*left = kept;
	return r;
}

EXPORT int recvmmsg(int fd, struct mmsghdr *v, unsigned n, int flags,
		    struct timespec *left)
{
	int saved = errno, r;

	do
		r = recvmmsg_begun(fd, v, n, flags, left);
	while (unlikely(r == -ERESTART));
	errno = saved;
	for (int i = 0; i < r; i++)
		took_rights(&v[i].msg_hdr);
	return (int)edge(r);
}

/* --- sendmmsg ----------------------------------------------------------------------- */

/* sendmmsg() has stopped short: because it would have had to wait?  An error that
   stopped it has been told to nobody, and is over.  A UNIX socket has none such, but
   may be writable when the receiver's queue is full. */
static bool stopped_full(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int domain = 0, r = 1;
	socklen_t len = sizeof(domain);

	if (!own_begin())
		return false;
	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	if (domain != AF_UNIX)
		r = poll_once(&p, 1);
	own_end();
	return domain == AF_UNIX || r == 0;
}

/* Message by message; sent are the first; own is what is held of fd, if it is. */
static int send_rest(struct fdent *f, int fd, int own, struct mmsghdr *v,
		     unsigned n, int flags, unsigned sent)
{
	ssize_t r;

	for (; sent < n; sent++) {
		r = sendmsg_held(f, fd, own, &v[sent].msg_hdr, flags,
				 by_sendmmsg, sent);
		if (r < 0)
			return sent ? (int)sent : (int)r;
		v[sent].msg_len = (unsigned)r;
		if (f->kind != FD_MESSAGES &&
		    (size_t)r < iov_total(v[sent].msg_hdr.msg_iov,
					  v[sent].msg_hdr.msg_iovlen))
			return (int)sent + 1;
	}
	return (int)sent;
}

static int sendmmsg_(struct fdent *f, int fd, struct mmsghdr *v, unsigned n,
		     int flags)
{
	unsigned sent = 0;
	struct op_held h;
	ssize_t r;

	shim_testcancel();
	/* datagrams go whole or not at all */
	if (f->kind == FD_MESSAGES && own_begin()) {
		r = real(sendmmsg)(fd, v, n, flags | MSG_DONTWAIT);
		own_end();
		if (r < 0 && errno != EAGAIN)
			return -errno;
		sent = r < 0 ? 0 : (unsigned)r;
		if (sent == n || (sent && !stopped_full(fd)))
			return (int)sent;
	}
	if (n == 1)
		return send_rest(f, fd, fd, v, n, flags, sent);
	if (hold(&h, fd) < 0) {
		r = real(sendmmsg)(fd, v + sent, n - sent, flags);
		return r >= 0 ? (int)sent + (int)r : sent ? (int)sent : -errno;
	}
	r = send_rest(f, fd, h.fd, v, n, flags, sent);
	let_go_of(&h);
	return (int)r;
}

/* -errno; -ERESTART: to be begun anew. */
static int sendmmsg_begun(int fd, struct mmsghdr *v, unsigned n, int flags)
{
	struct fdent *f = n && v ? send_waits(fd, flags) : NULL;
	ssize_t r;

	/* a second message's SIGPIPE would not show */
	if (!f && n > 1 && thread_is_away() && !(flags & MSG_NOSIGNAL) &&
	    fd_raises(fd))
		shim_go_home();
	if (f && readable(v, n * sizeof(*v)))
		return sendmmsg_(f, fd, v, n > IOV_MAX ? IOV_MAX : n, flags);
	r = piped(fd, real(sendmmsg)(fd, v, n, flags), flags);
	return (int)result(r);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *v, unsigned n, int flags)
{
	int saved = errno, r;

	do
		r = sendmmsg_begun(fd, v, n, flags);
	while (unlikely(r == -ERESTART));
	errno = saved;
	return (int)edge(r);
}

/* --- from file to file ----------------------------------------------------------------- */

/* Go home, if fd is one that may block. */
static void home_for(int fd)
{
	if (fd_may_wait(fd))
		shim_go_home();
}

/* A signal, also one of ours to a carrier, ends a copy between two pieces of 16
   pages (fs/splice.c). */
static void home_to_copy(int out, int in, size_t n)
{
	home_for(out);
	home_for(in);
	if (n > 16 * 4096)
		shim_go_home();
}

EXPORT ssize_t sendfile(int out, int in, off_t *at, size_t n)
{
	ssize_t r;

	home_to_copy(out, in, n);
	r = real(sendfile)(out, in, at, n);
	return too_big(r) ? real(sendfile)(out, in, at, n) : piped(out, r, 0);
}

EXPORT ssize_t sendfile64(int out, int in, off64_t *at, size_t n)
{
	ssize_t r;

	home_to_copy(out, in, n);
	r = real(sendfile64)(out, in, at, n);
	return too_big(r) ? real(sendfile64)(out, in, at, n) :
			    piped(out, r, 0);
}

EXPORT ssize_t splice(int in, off64_t *in_at, int out, off64_t *out_at,
		      size_t n, unsigned flags)
{
	ssize_t r;

	cancel_point();
	home_for(in);
	home_for(out);
	r = real(splice)(in, in_at, out, out_at, n, flags);
	fd_spliced();
	return piped(out, r, 0);
}

EXPORT ssize_t tee(int in, int out, size_t n, unsigned flags)
{
	ssize_t r;

	if (!(flags & SPLICE_F_NONBLOCK))
		shim_go_home();
	r = real(tee)(in, out, n, flags);
	fd_spliced();
	return piped(out, r, 0);
}

EXPORT ssize_t vmsplice(int fd, const struct iovec *v, size_t n, unsigned flags)
{
	ssize_t r;

	if (!(flags & SPLICE_F_NONBLOCK))
		shim_go_home();
	r = real(vmsplice)(fd, v, n, flags);
	fd_spliced();
	return piped(fd, r, 0);
}
