/*
 * stream.c - read, write, recv, send and their relatives
 *
 * Each says what it is as an op and hands it to op_call(); what is not to be
 * waited for here goes straight to libc.  "rest" is the rest of the story
 * that an interposer knows and an op does not: which timeout applies, and
 * that a stream whose peer is gone raises SIGPIPE.
 */
#include "shim/intern.h"

#include <limits.h>

static uint16_t hints_of(const struct fdent *f)
{
	uint16_t h = atomic_load_explicit(&f->drained, memory_order_relaxed);

	if (f->kind == FD_STREAM)
		return h | OP_STREAM | OP_UNTOLD;
	if (f->kind == FD_MESSAGES)
		return h | OP_UNTOLD;
	if (f->kind == FD_PIPE && unlikely(!fd_askable(f)))
		return OP_ASKS;
	return f->kind == FD_TCP ? h | OP_STREAM : h;
}

/* op_call(); what it shows of a pipe is noted. */
static ssize_t call(struct fdent *f, struct op *op, int64_t timeo, by_libc *libc)
{
	uint32_t before = pipes_spliced();
	ssize_t r = op_call(op, timeo, timeo ? NO_RESTART : RESTART, libc);

	/* of nothing, at the end, or if it is not open for that, the kernel does not look */
	if (unlikely(op->hints & OP_ASKS) && r > 0)
		fd_asked(f, before);
	return r;
}

/* A receive: SO_RCVTIMEO, after which a handler always means EINTR. */
static ssize_t receive(struct fdent *f, struct op *op, by_libc *libc)
{
	int64_t timeo = atomic_load_explicit(&f->rcvtimeo,
					     memory_order_relaxed);
	ssize_t r;

	op->events = POLLIN;
	op->hints = hints_of(f);
	if (libc == by_recvmsg)
		op->hints |= OP_CONTROL;
	r = call(f, op, timeo, libc);
	if (f->kind == FD_TCP)
		atomic_store_explicit(&f->drained, op->hints & OP_DRAINED,
				      memory_order_relaxed);
	return r == -ETIMEDOUT && timeo ? -EAGAIN : r;
}

/* Is SIGPIPE owed for op, which has come to r?  A pipe's is also where something had
   been moved before.  The kernel raises it on the kernel thread that writes: on a
   carrier, where signals are blocked, it comes to nothing; send() is told not to. */
static bool owes_sigpipe(const struct fdent *f, const struct op *op, ssize_t r)
{
	if (op->hints & OP_RAISES || f->kind == FD_MESSAGES)
		return false;
	return r == -EPIPE || (f->kind == FD_PIPE && op->hints & OP_BROKEN);
}

/* A UNIX stream that breaks while a send waits: the waiting call has the socket's
   error, and raises nothing; the attempt that has found it broken has not had it.
   Where nothing was sent and io_uring alone has waited there is no telling. */
static bool broke_meanwhile(const struct fdent *f, const struct op *op, ssize_t r)
{
	return f->kind == FD_STREAM && op->hints & OP_BROKEN &&
	       (op->hints & OP_WAITED || r > 0) && !(op->hints & OP_RAISES);
}

static ssize_t take_error(const struct op *op, ssize_t r)
{
	int e = 0, saved = errno;
	socklen_t len = sizeof(e);

	if (own_begin()) {
		getsockopt(op->fd, SOL_SOCKET, SO_ERROR, &e, &len);
		own_end();
	}
	errno = saved;
	return r == -EPIPE && e ? -e : r;
}

/* writev() of nothing is nothing: a message without a byte is not.  r says that the
   kernel has seen the vectors, so they can be looked at. */
static bool is_nothing(const struct op *op, ssize_t r)
{
	if (op->kind != OP_SENDMSG || (r && r != -EPIPE && r != -ENOTCONN))
		return false;
	return !iov_total(op->msg->msg_iov, op->msg->msg_iovlen);
}

/* The kernel has raised it here, where it stays if it is blocked. */
static void had_sigpipe(void)
{
	struct sthread *s = sthread_self();

	if (s && sigismember(&s->mask, SIGPIPE))
		thread_takes(pthread_self(), SIGPIPE);
}

static ssize_t transmit(struct fdent *f, struct op *op, int flags,
			by_libc *libc)
{
	int64_t timeo = atomic_load_explicit(&f->sndtimeo,
					     memory_order_relaxed);
	ssize_t r;

	op->events = POLLOUT;
	op->hints = hints_of(f);
	r = call(f, op, timeo, libc);
	if (unlikely(r <= 0 && libc == by_writev) && is_nothing(op, r))
		return 0;
	if (unlikely(broke_meanwhile(f, op, r)))
		r = take_error(op, r);
	else if (unlikely(owes_sigpipe(f, op, r)) && !(flags & MSG_NOSIGNAL))
		send_sigpipe();
	else if (unlikely(r == -EPIPE || op->hints & OP_BROKEN) &&
		 op->hints & OP_RAISES)
		had_sigpipe();
	return r == -ETIMEDOUT && timeo ? -EAGAIN : r;
}

ssize_t piped(int fd, ssize_t r, int flags)
{
	if (likely(r >= 0) || errno != EPIPE || flags & MSG_NOSIGNAL)
		return r;
	if (!fd_raises(fd))
		return r;
	if (!thread_is_away()) {
		had_sigpipe();
		return r;
	}
	send_sigpipe();
	errno = EPIPE;
	return r;
}

bool too_big(ssize_t r)
{
	if (likely(r >= 0) || errno != EFBIG || !thread_is_away())
		return false;
	shim_go_home();
	return true;
}

/* More than a call moves is for libc, at home, to be refused or cut short. */
static struct fdent *unless_huge(struct fdent *f, size_t len)
{
	if (likely(!f || len <= OP_MAX))
		return f;
	shim_go_home();
	return NULL;
}

/*
 * Is the call to be made anew?  A handler restarts it; or the entry was stale: what
 * read() and write() can't mean.  Or it is a pipe on a kernel before 6.4, which can't
 * be asked without waiting.
 */
static bool anew(struct fdent *f, ssize_t r)
{
	if (r == -ERESTART)
		return true;
	if (r != -ENOTSOCK && r != -EOPNOTSUPP)
		return false;
	f->kind = f->kind == FD_PIPE	? FD_HOME :
		  f->kind == FD_COUNTER ? FD_EVENTS :
					  FD_UNKNOWN;
	return true;
}

/* --- receiving ---------------------------------------------------------------- */

static ssize_t recv_(struct fdent *f, int fd, void *buf, size_t len, int flags,
		     by_libc *libc)
{
	struct op op = { .kind = OP_RECV, .fd = fd, .flags = flags };
	ssize_t r;

	op.buf = buf;
	op.len = len;
	r = receive(f, &op, libc);
	/* TCP has received its nothing, whatever has woken it */
	return unlikely(!len) && r == -EINTR && f->kind == FD_TCP ? 0 : r;
}

static ssize_t readv_(struct fdent *f, int fd, const struct iovec *v, int n,
		      by_libc *libc)
{
	struct op op = { .kind = OP_READV, .fd = fd };

	op.iov = v;
	op.len = (size_t)n;
	return receive(f, &op, libc);
}

static ssize_t recvmsg_(struct fdent *f, int fd, struct msghdr *m, int flags,
			by_libc *libc)
{
	struct op op = { .kind = OP_RECVMSG, .fd = fd, .flags = flags };

	op.msg = m;
	return receive(f, &op, libc);
}

ssize_t fd_ready(struct fdent *f, int fd, int events, enum restart restart,
		 bool later)
{
	int64_t timeo = events & POLLIN ? f->rcvtimeo : f->sndtimeo;
	struct op op = { .kind = OP_POLL, .fd = fd, .later = later };
	ssize_t r;

	op.events = (uint16_t)events;
	r = op_call(&op, timeo, timeo ? NO_RESTART : restart, by_nothing);
	return r == -ETIMEDOUT && timeo ? -EAGAIN : r;
}

/*
 * What is ready is read at once, unless somebody else was quicker: then it is
 * asked for again, or if it can't be asked without waiting, waited for there.
 * Too short a buffer is refused before anything is waited for, or not, as libc's
 * call finds out at home.
 */
static ssize_t read_held(struct fdent *f, int fd, int own, void *buf,
			 size_t len)
{
	struct iovec v = { .iov_base = buf, .iov_len = len };
	bool later = false;
	ssize_t r;

	do {
		r = fd_ready(f, own, POLLIN, RESTART_ANEW, later);
		if (r < 0)
			return r;
		later = true;
		if (unlikely(!own_begin())) {
			shim_go_home();
			return result(real(read)(fd, buf, len));
		}
		r = result(real(preadv2)(own, &v, 1, -1, RWF_NOWAIT));
		own_end();
		if (r == -EOPNOTSUPP)
			r = result(real(read)(own, buf, len));
	} while (r == -EAGAIN);
	return r;
}

static ssize_t read_events(struct fdent *f, int fd, void *buf, size_t len)
{
	int saved = errno;
	struct op_held h;
	ssize_t r;

	if (unlikely(len < sizeof(uint64_t))) {
		shim_go_home();
		return result(real(read)(fd, buf, len));
	}
	if (hold(&h, fd) < 0)
		return result(real(read)(fd, buf, len));
	r = read_held(f, fd, h.fd, buf, len);
	let_go_of(&h);
	errno = saved;
	return r;
}

EXPORT ssize_t read(int fd, void *buf, size_t len)
{
	struct iovec v = { .iov_base = buf, .iov_len = len };
	struct fdent *f;
	ssize_t r;

	do {
		f = unless_huge(len ? fd_waits(fd) : NULL, len);
		if (!f) {
			fd_long_read(fd, len);
			return real(read)(fd, buf, len);
		}
		r = unlikely(f->kind == FD_EVENTS) ?
			    read_events(f, fd, buf, len) :
		    f->kind >= FD_PIPE ?
			    readv_(f, fd, &v, 1, by_read) :
			    recv_(f, fd, buf, len, 0, by_read);
	} while (unlikely(anew(f, r)));
	return edge(r);
}

EXPORT ssize_t __read(int fd, void *buf, size_t len)
{
	return read(fd, buf, len);
}

EXPORT ssize_t __read_chk(int fd, void *buf, size_t len, size_t room)
{
	if (len > room)
		return real(__read_chk)(fd, buf, len, room);
	return read(fd, buf, len);
}

/* Vectors of what is none of pipes and sockets: at home. */
static struct fdent *vec_waits(int fd, int n)
{
	struct fdent *f = n > 0 ? fd_waits(fd) : NULL;

	if (likely(!f || f->kind <= FD_PIPE))
		return f;
	shim_go_home();
	return NULL;
}

EXPORT ssize_t readv(int fd, const struct iovec *v, int n)
{
	struct fdent *f;
	ssize_t r;

	do {
		f = vec_waits(fd, n);
		if (!f) {
			fd_long_read(fd, OP_MAX);
			return real(readv)(fd, v, n);
		}
		r = readv_(f, fd, v, n, by_readv);
	} while (unlikely(anew(f, r)));
	return edge(r);
}

/* At position -1 it is readv(); else it is for what has positions. */
#define PREADV2(name, off)                                                 \
	EXPORT ssize_t name(int fd, const struct iovec *v, int n, off at,  \
			    int flags)                                     \
	{                                                                  \
		if (at == -1 && !flags)                                    \
			return readv(fd, v, n);                            \
		if (at == -1 && !(flags & RWF_NOWAIT) && fd_waits(fd))     \
			shim_go_home();                                    \
		cancel_point();                                            \
		fd_long_read(fd, OP_MAX);                                  \
		return real(name)(fd, v, n, at, flags);                    \
	}

PREADV2(preadv2, off_t)
PREADV2(preadv64v2, off64_t)

EXPORT int eventfd_read(int fd, eventfd_t *v)
{
	return read(fd, v, sizeof(*v)) == sizeof(*v) ? 0 : -1;
}

/* A receive that must be whole and leaves everything where it is has no form
   that can be waited for piece by piece; and one of urgent data or of errors waits
   where the socket has no such thing. */
struct fdent *recv_waits(int fd, int flags)
{
	struct fdent *f = sock_waits(flags & MSG_DONTWAIT ? -1 : fd);

	if (likely(!f || (!(flags & (MSG_ERRQUEUE | MSG_OOB)) &&
			  (flags & (MSG_PEEK | MSG_WAITALL)) !=
				  (MSG_PEEK | MSG_WAITALL))))
		return f;
	shim_go_home();
	return NULL;
}

EXPORT ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	struct fdent *f = unless_huge(recv_waits(fd, flags), len);

	return f ? edge(recv_(f, fd, buf, len, flags, by_recv)) :
		   real(recv)(fd, buf, len, flags);
}

EXPORT ssize_t __recv_chk(int fd, void *buf, size_t len, size_t room,
			  int flags)
{
	if (len > room)
		return real(__recv_chk)(fd, buf, len, room, flags);
	return recv(fd, buf, len, flags);
}

/* Can *alen be read?  It is looked at here, not in the kernel.  What lies close above
   us is the caller's stack. */
static bool has_length(const socklen_t *alen)
{
	return alen && (likely((uintptr_t)alen -
			       (uintptr_t)__builtin_frame_address(0) < 4096) ||
			readable(alen, sizeof(*alen)));
}

EXPORT ssize_t recvfrom(int fd, void *buf, size_t len, int flags,
			struct sockaddr *addr, socklen_t *alen)
{
	struct fdent *f = unless_huge(recv_waits(fd, flags), len);
	struct iovec v = { .iov_base = buf, .iov_len = len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t r;

	if (f && addr && (!has_length(alen) || (int)*alen < 0)) {
		shim_go_home();
		f = NULL;
	}
	if (!f)
		return real(recvfrom)(fd, buf, len, flags, addr, alen);
	if (!addr)
		return edge(recv_(f, fd, buf, len, flags, by_recv));
	m.msg_name = addr;
	m.msg_namelen = *alen;
	r = recvmsg_(f, fd, &m, flags, by_recvfrom);
	if (r >= 0)
		*alen = m.msg_namelen;
	return edge(r);
}

EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t len, size_t room,
			      int flags, struct sockaddr *addr,
			      socklen_t *alen)
{
	if (len > room)
		return real(__recvfrom_chk)(fd, buf, len, room, flags, addr,
					    alen);
	return recvfrom(fd, buf, len, flags, addr, alen);
}

/* Descriptors that came in a message are new. */
void took_rights(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		fds_shared();
		for (size_t i = CMSG_LEN(0); i + sizeof(fd) <= c->cmsg_len;
		     i += sizeof(fd)) {
			memcpy(&fd, (char *)c + i, sizeof(fd));
			fd_new(fd);
		}
	}
}

/* Control data comes with any piece of a message that must be whole. */
static struct fdent *recvmsg_waits(int fd, int flags)
{
	struct fdent *f = recv_waits(fd, flags);

	if (f && f->kind != FD_MESSAGES && flags & MSG_WAITALL) {
		shim_go_home();
		return NULL;
	}
	return f;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	struct fdent *f = m ? recvmsg_waits(fd, flags) : NULL;
	ssize_t r = f ? edge(recvmsg_(f, fd, m, flags, by_recvmsg)) :
			real(recvmsg)(fd, m, flags);

	if (r >= 0 && m->msg_controllen && ring_up)
		took_rights(m);
	return r;
}

/* --- sending -------------------------------------------------------------------- */

static ssize_t send_(struct fdent *f, int fd, const void *buf, size_t len,
		     int flags, by_libc *libc)
{
	struct op op = { .kind = OP_SEND, .fd = fd, .flags = flags };

	op.buf = (void *)buf;
	op.len = len;
	return transmit(f, &op, flags, libc);
}

int hold(struct op_held *h, int fd)
{
	bool kept = false;

	if (own_begin()) {
		kept = op_keep(h, fd);
		if (!kept)
			op_let_go(h);
		own_end();
	}
	if (kept)
		return h->fd;
	shim_go_home();
	return -1;
}

void let_go_of(struct op_held *h)
{
	int saved = errno;

	op_let_go(h);
	errno = saved;
}

/* Up to a page goes at once; the rest of more, when a part has gone, must not go to
   what has the number by then.  What may be a FIFO, which may bear locks that end
   when any descriptor of it is closed, is for home. */
static ssize_t write_pipe(struct fdent *f, int fd, const struct iovec *v, int n,
			  by_libc *libc)
{
	struct op op = { .kind = OP_WRITEV, .fd = fd };
	bool whole = libc == by_write && v->iov_len <= PIPE_BUF;
	struct op_held h;
	ssize_t r;

	op.iov = v;
	op.len = (size_t)n;
	if (!whole)
		op.fd = fd_askable(f) ? hold(&h, fd) : -1;
	if (op.fd < 0) {
		shim_go_home();
		r = real(writev)(fd, v, n);
		return result(r);
	}
	op.held = whole ? 0 : fd + 1;
	r = transmit(f, &op, 0, libc);
	if (!whole)
		let_go_of(&h);
	return r;
}

/* To a stream it is a message: only so can it be said that no signal is to be
   raised.  What is no stream is asked for it first: of nothing the kernel makes
   nothing there, io_uring an empty datagram. */
static ssize_t writev_(struct fdent *f, int fd, const struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = (struct iovec *)v };
	ssize_t r = -EAGAIN;

	if (f->kind == FD_PIPE)
		return write_pipe(f, fd, v, n, by_writev);
	m.msg_iovlen = (size_t)n;
	if (f->kind == FD_MESSAGES && own_begin()) {
		int saved = errno;

		r = real(pwritev2)(fd, v, n, -1, RWF_NOWAIT);
		r = result(r);
		errno = saved;
		own_end();
		if (r != -EAGAIN && r != -EOPNOTSUPP)
			return r;
	}
	return sendmsg_op(f, fd, &m, 0, by_writev);
}

ssize_t sendmsg_held(struct fdent *f, int fd, int own, const struct msghdr *m,
		     int flags, by_libc *libc, bool later)
{
	struct op op = { .kind = OP_SENDMSG, .fd = own, .flags = flags };

	op.later = later;
	op.held = own == fd ? 0 : fd + 1;
	op.msg = (struct msghdr *)m;
	return transmit(f, &op, flags, libc);
}

ssize_t sendmsg_op(struct fdent *f, int fd, const struct msghdr *m, int flags,
		   by_libc *libc)
{
	return sendmsg_held(f, fd, fd, m, flags, libc, false);
}

/* To an eventfd, which hardly ever blocks: if it is writable there is room for 1,
   and perhaps for no more.  What else there is of its kind refuses. */
static ssize_t write_counter(int fd, const void *buf, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (thread_is_away() &&
	    (len < sizeof(uint64_t) || !buf ||
	     !readable(buf, sizeof(uint64_t)) ||
	     *(const uint64_t *)buf > 1 || poll_once(&p, 1) == 0))
		shim_go_home();
	return real(write)(fd, buf, len);
}

EXPORT ssize_t write(int fd, const void *buf, size_t len)
{
	struct iovec v = { .iov_base = (void *)buf, .iov_len = len };
	struct fdent *f;
	ssize_t r;

	do {
		f = unless_huge(len ? fd_waits(fd) : NULL, len);
		if (!f) {
			r = real(write)(fd, buf, len);
			return too_big(r) ? real(write)(fd, buf, len) :
					    piped(fd, r, 0);
		}
		if (unlikely(f->kind > FD_PIPE))
			return write_counter(fd, buf, len);
		r = f->kind == FD_PIPE ? write_pipe(f, fd, &v, 1, by_write) :
					 send_(f, fd, buf, len, 0, by_write);
	} while (unlikely(anew(f, r)));
	return edge(r);
}

EXPORT ssize_t __write(int fd, const void *buf, size_t len)
{
	return write(fd, buf, len);
}

EXPORT ssize_t writev(int fd, const struct iovec *v, int n)
{
	struct fdent *f;
	ssize_t r;

	do {
		f = vec_waits(fd, n > IOV_MAX ? -1 : n);
		if (!f) {
			r = real(writev)(fd, v, n);
			return too_big(r) ? real(writev)(fd, v, n) :
					    piped(fd, r, 0);
		}
		r = writev_(f, fd, v, n);
	} while (unlikely(anew(f, r)));
	return edge(r);
}

#define PWRITEV2(name, off)                                                \
	EXPORT ssize_t name(int fd, const struct iovec *v, int n, off at,  \
			    int flags)                                     \
	{                                                                  \
		ssize_t r;                                                 \
                                                                           \
		if (at == -1 && !flags)                                    \
			return writev(fd, v, n);                           \
		if (at == -1 && !(flags & RWF_NOWAIT) && fd_waits(fd))     \
			shim_go_home();                                    \
		cancel_point();                                            \
		r = real(name)(fd, v, n, at, flags);                       \
		return too_big(r) ? real(name)(fd, v, n, at, flags) :      \
				    piped(fd, r, 0);                       \
	}

PWRITEV2(pwritev2, off_t)
PWRITEV2(pwritev64v2, off64_t)

EXPORT int eventfd_write(int fd, eventfd_t v)
{
	return write(fd, &v, sizeof(v)) == sizeof(v) ? 0 : -1;
}

/* A send that begins a connection waits for that, and urgent data for room. */
struct fdent *send_waits(int fd, int flags)
{
	struct fdent *f;

	f = sock_waits(flags & MSG_DONTWAIT ? -1 : fd);
	if (likely(!f || !(flags & (MSG_FASTOPEN | MSG_OOB))))
		return f;
	shim_go_home();
	return NULL;
}

EXPORT ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	struct fdent *f = unless_huge(send_waits(fd, flags), len);

	return f ? edge(send_(f, fd, buf, len, flags, by_send)) :
		   piped(fd, real(send)(fd, buf, len, flags), flags);
}

EXPORT ssize_t __send(int fd, const void *buf, size_t len, int flags)
{
	return send(fd, buf, len, flags);
}

/* Lengths of an address that sendmsg() takes otherwise than sendto(): none, which is
   not no address, and more than there can be, which it cuts short. */
static bool odd_length(socklen_t alen)
{
	return !alen || alen > sizeof(struct sockaddr_storage);
}

EXPORT ssize_t sendto(int fd, const void *buf, size_t len, int flags,
		      const struct sockaddr *addr, socklen_t alen)
{
	struct fdent *f = unless_huge(send_waits(fd, flags), len);
	struct iovec v = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (f && addr && odd_length(alen)) {
		shim_go_home();
		f = NULL;
	}
	if (!f)
		return piped(fd,
			     real(sendto)(fd, buf, len, flags, addr, alen),
			     flags);
	if (!addr)
		return edge(send_(f, fd, buf, len, flags, by_send));
	m.msg_name = (void *)addr;
	m.msg_namelen = alen;
	return edge(sendmsg_op(f, fd, &m, flags, by_sendto));
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct fdent *f = m ? send_waits(fd, flags) : NULL;

	return f ? edge(sendmsg_op(f, fd, m, flags, by_sendmsg)) :
		   piped(fd, real(sendmsg)(fd, m, flags), flags);
}

/* --- connections ------------------------------------------------------------------ */

static int accept_(int fd, struct sockaddr *addr, socklen_t *alen, int flags,
		   struct fdent *f, by_libc *libc)
{
	struct op op = { .kind = OP_ACCEPT, .fd = fd, .flags = flags };
	int64_t timeo = f->rcvtimeo;
	ssize_t r;

	op.addr = addr;
	op.addrlen = alen;
	op.events = POLLIN;
	r = op_call(&op, timeo, timeo ? NO_RESTART : RESTART, libc);
	if (r >= 0)
		fd_accepted((int)r, f, flags);
	return (int)edge(r == -ETIMEDOUT && timeo ? -EAGAIN : r);
}

EXPORT int accept4(int fd, struct sockaddr *addr, socklen_t *alen, int flags)
{
	struct fdent *f = sock_waits(
		flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC) ? -1 : fd);
	int r;

	if (f)
		return accept_(fd, addr, alen, flags, f, by_accept4);
	r = real(accept4)(fd, addr, alen, flags);
	fd_new(r);
	return r;
}

EXPORT int accept(int fd, struct sockaddr *addr, socklen_t *alen)
{
	struct fdent *f = sock_waits(fd);
	int r;

	if (f)
		return accept_(fd, addr, alen, 0, f, by_accept);
	r = real(accept)(fd, addr, alen);
	fd_new(r);
	return r;
}

/* A connect that has begun before, and was interrupted: a second one waits for its
   outcome, and has it.  0 or -errno. */
static ssize_t connect_on(struct fdent *f, int fd, const struct sockaddr *addr,
			  socklen_t alen)
{
	struct op op = { .kind = OP_CONNECT, .fd = fd, .len = alen };
	ssize_t r = fd_ready(f, fd, POLLOUT, RESTART, false);

	if (r == -EAGAIN)
		return -EALREADY;	/* SO_SNDTIMEO */
	if (r < 0)
		return r;
	/* (what has woken a poll of io_uring's may not be all there is) */
	if (r & (POLLERR | POLLHUP) && own_begin()) {
		op.addr = (struct sockaddr *)addr;
		r = op_hung_up(&op);
		own_end();
		return r;
	}
	return real(connect)(fd, addr, alen) < 0 ? -errno : 0;
}

/* The kernel's own connect() takes back what has failed, so that another can be
   tried, or listen(); io_uring's leaves it halfway. */
static void unconnect(int fd, ssize_t r)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int saved = errno;

	if (r != -ECONNREFUSED && r != -ETIMEDOUT && r != -EHOSTUNREACH &&
	    r != -ENETUNREACH && r != -ECONNRESET)
		return;
	if (own_begin()) {
		real(connect)(fd, &none, sizeof(none));
		own_end();
	}
	errno = saved;
}

/*
 * Of what can be connected only TCP waits for the network.  A UNIX stream
 * may wait for a place in the listener's backlog, of which nothing tells
 * when it comes: that is done at home.
 */
EXPORT int connect(int fd, const struct sockaddr *addr, socklen_t alen)
{
	struct op op = { .kind = OP_CONNECT, .fd = fd, .events = POLLOUT };
	struct fdent *f = sock_waits(fd);
	int64_t timeo;
	ssize_t r;

	if (f && f->kind == FD_STREAM)
		shim_go_home();
	if (!f || f->kind != FD_TCP || !addr)
		return real(connect)(fd, addr, alen);
	op.addr = (struct sockaddr *)addr;
	op.len = alen;
	timeo = f->sndtimeo;
	r = op_call(&op, timeo, timeo ? NO_RESTART : RESTART, by_connect);
	if (r == -ETIMEDOUT && op.res == -ECANCELED && timeo)
		r = -EINPROGRESS;
	if (unlikely(r < 0))
		unconnect(fd, r);
	/* unless it is libc's, for a handler has made it not wait any more */
	if (r == -EALREADY && !(op.hints & OP_RAISES))
		r = connect_on(f, fd, addr, alen);
	return (int)edge(r);
}

EXPORT int __connect(int fd, const struct sockaddr *addr, socklen_t alen)
{
	return connect(fd, addr, alen);
}
