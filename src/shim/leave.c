/*
 * leave.c - calls that are under way when all becomes libc's again
 *
 * See src/ring/retreat.c for why.  A call that waits as an op comes home with
 * -EINTR, and what it has moved so far stays moved.  It goes on here, at home, as
 * the very call that the program has made, for no other may be allowed in a
 * moment: each interposer says with its op which of these that is.  They do the
 * rest of the op, without a record of their own, and return as libc does.
 */
#include "shim/intern.h"

/* The part of a buffer, or of one vector, that is left. */
static struct iovec rest(const struct op *op)
{
	struct iovec v = { .iov_base = NULL };

	if (op->kind == OP_RECV || op->kind == OP_SEND)
		return (struct iovec){ (char *)op->buf + op->done,
				       op->len - op->done };
	op_rest(op, &v, 1);
	return v;
}

ssize_t by_read(struct op *op)
{
	struct iovec v = rest(op);

	return real(read)(op->fd, v.iov_base, v.iov_len);
}

ssize_t by_write(struct op *op)
{
	struct iovec v = rest(op);

	return real(write)(op->fd, v.iov_base, v.iov_len);
}

ssize_t by_recv(struct op *op)
{
	struct iovec v = rest(op);

	return real(recv)(op->fd, v.iov_base, v.iov_len, op->flags);
}

ssize_t by_send(struct op *op)
{
	struct iovec v = rest(op);

	return real(send)(op->fd, v.iov_base, v.iov_len, op->flags);
}

ssize_t by_recvfrom(struct op *op)
{
	struct iovec v = rest(op);

	return real(recvfrom)(op->fd, v.iov_base, v.iov_len, op->flags,
			      op->msg->msg_name, &op->msg->msg_namelen);
}

ssize_t by_sendto(struct op *op)
{
	struct iovec v = rest(op);

	return real(sendto)(op->fd, v.iov_base, v.iov_len, op->flags,
			    op->msg->msg_name, op->msg->msg_namelen);
}

ssize_t by_readv(struct op *op)
{
	return real(readv)(op->fd, op->iov, (int)op->len);
}

/* To a pipe they are vectors, to a socket a message. */
ssize_t by_writev(struct op *op)
{
	size_t n = op->kind == OP_WRITEV ? op->len : op->msg->msg_iovlen;
	struct iovec *v = __builtin_alloca(n * sizeof(*v));

	return real(writev)(op->fd, v, op_rest(op, v, (int)n));
}

/* Make m, a copy of op's, what is left of it, with room in v for as many vectors.
   What has begun to move has had name and control data with it. */
static void rest_of_msg(const struct op *op, struct msghdr *m, struct iovec *v)
{
	if (!op->done)
		return;
	*m = (struct msghdr){ .msg_iov = v };
	m->msg_iovlen = (size_t)op_rest(op, v, (int)op->msg->msg_iovlen);
}

ssize_t by_recvmsg(struct op *op)
{
	struct msghdr m = *op->msg;

	if (!op->done)
		return real(recvmsg)(op->fd, op->msg, op->flags);
	rest_of_msg(op, &m, __builtin_alloca(m.msg_iovlen * sizeof(struct iovec)));
	return real(recvmsg)(op->fd, &m, op->flags);
}

ssize_t by_sendmsg(struct op *op)
{
	struct msghdr m = *op->msg;

	rest_of_msg(op, &m, __builtin_alloca(m.msg_iovlen * sizeof(struct iovec)));
	return real(sendmsg)(op->fd, &m, op->flags);
}

/* One of several messages. */
ssize_t by_sendmmsg(struct op *op)
{
	struct mmsghdr m = { .msg_hdr = *op->msg };

	rest_of_msg(op, &m.msg_hdr,
		    __builtin_alloca(m.msg_hdr.msg_iovlen * sizeof(struct iovec)));
	if (real(sendmmsg)(op->fd, &m, 1, op->flags) < 0)
		return -1;
	return m.msg_len;
}

ssize_t by_accept(struct op *op)
{
	return real(accept)(op->fd, op->addr, op->addrlen);
}

ssize_t by_accept4(struct op *op)
{
	return real(accept4)(op->fd, op->addr, op->addrlen, op->flags);
}

/* One that has begun goes on. */
ssize_t by_connect(struct op *op)
{
	op->done = 0;
	return real(connect)(op->fd, op->addr, (socklen_t)op->len);
}

/* Whoever has asked for readiness makes the call that it is for. */
ssize_t by_nothing(struct op *op)
{
	return op->events;
}
