/*
 * op.h - an op: one blocking call in flight
 *
 * The one noun that travels from an interposer to the kernel and back.  It
 * lives on the blocked thread's own stack, so nothing is allocated, and its
 * memory is free again only when its engine has let go of it (OP_DONE).
 *
 * An op says what the blocking call would do, not how: the io_uring engine
 * submits it whole, the epoll engine tries it without blocking, arms the
 * descriptor, and tries again.  A result is what the system call returns:
 * a count, or -errno.
 */
#ifndef RING_OP_H
#define RING_OP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

struct thread;
struct carrier;

enum op_kind {
	OP_POLL,	/* fd is ready for .events: result is the revents */
	OP_RECV,	/* .buf .len .flags */
	OP_SEND,	/* .buf .len .flags */
	OP_RECVMSG,	/* .msg .flags */
	OP_SENDMSG,	/* .msg .flags */
	OP_READV,	/* .iov .len vectors, at the file position */
	OP_WRITEV,	/* .iov .len vectors, at the file position */
	OP_ACCEPT,	/* .addr .addrlen .flags (SOCK_*) */
	OP_CONNECT,	/* .addr .len */
	OP_KINDS
};

enum op_state {
	OP_NEW,		/* belongs to its thread */
	OP_ARMED,	/* belongs to the engine */
	OP_FIRED,	/* readiness seen: its thread is to try again */
	OP_DONE,	/* belongs to its thread; .res is the result */
};

/* What the caller knows of the descriptor (op.hints). */
#define OP_STREAM	0x01	/* a byte stream: a send must be whole */
#define OP_DRAINED	0x02	/* the last receive left nothing behind */
#define OP_MORE		0x04	/* out: there is more to receive */
#define OP_POLLED	0x10	/* what is under way only waits for readiness */
#define OP_OWNFD	0x08	/* .fd is a duplicate of ours, of .given; out, with
				   OP_LIBCS: libc's call is for that, see op_adopt() */
#define OP_CUT		0x40	/* out: an interrupt has ended it before it was
				   whole: .done can go on */
#define OP_RAISES	0x80	/* out: the last of it was a call that raises SIGPIPE by
				   itself: write() at home, or libc's own */
#define OP_REFUSED	0x20	/* the engine can't wait for it (memory, limits):
				   .res is -EAGAIN, .done what was moved */
#define OP_BROKEN	0x100	/* out: nobody reads any more, or there is an error,
				   though .res may be what was moved before */
#define OP_WAITED	0x200	/* out: it could not be done at once */
#define OP_LIBCS	0x400	/* out: what is left can't be waited for here: it
				   is for libc's call to do, at home */

#define OP_LOOK		0x4000	/* it is to be tried once more when it is given up */
#define OP_SEEN		0x8000	/* out: that has ended it, and .res is the result */

#define OP_CONTROL	0x800	/* .msg may have room for control data */
#define OP_UNTOLD	0x1000	/* not every end of a send shows: look again */
#define OP_ASKS		0x2000	/* a pipe that may not be asked without waiting, and
				   that io_uring would wait for first */

/* Rounds in which poll() says that it is ready, and it is not (there is an error that
   nobody fetches, a queue that may not be peeked at, a hang-up that select() does not
   count): then libc's call waits, which knows.  Also for a peer's shutdown of which
   poll() does not tell. */
#define VAIN 3

/* What one call moves at most: the kernel's MAX_RW_COUNT. */
#define OP_MAX 0x7ffff000UL

struct op {
	uint8_t kind;
	uint16_t hints;
	uint16_t events;	/* POLLIN...: what readiness it waits for */
	int fd;
	int flags;
	union {
		void *buf;
		struct msghdr *msg;
		const struct iovec *iov;
		struct sockaddr *addr;
	};
	size_t len;
	socklen_t *addrlen;
	size_t done;		/* bytes moved so far */
	ssize_t res;

	/* the engine's and the scheduler's own, while armed */
	_Atomic int state;
	uint32_t seq;		/* uring: it is on a cancel list */
	struct thread *thread;
	struct carrier *carrier;
	struct op *next, *prev;
	uint32_t closes;	/* fd_closes() when it began */
	int given;		/* OP_OWNFD: what .fd was before */
	bool later;		/* a further wait of one call: what has come since
				   its first is its business */
	int held;		/* .fd is a duplicate (op_keep()) of this, plus 1 */
};

/*
 * Try op without blocking, from any kernel thread.  Returns true when it is
 * finished (op->res is the result), false when it would block.
 */
bool op_try(struct op *op);

/* For an engine that gives op up: what has come before the reason for that counts. */
void op_look(struct op *op);

/*
 * Take the result of one attempt, a count or -errno.  Returns true if op is
 * finished, false if the rest of it is still to be done.
 */
bool op_took(struct op *op, ssize_t res);

/* libc's, of old, which its headers have no more: unlike what they have a jump runs
   it, too. */
void _pthread_cleanup_push(struct _pthread_cleanup_buffer *b, void (*fn)(void *),
			   void *arg);
void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *b, int run);

/*
 * A call that waits keeps its file when its descriptor is closed, or becomes
 * another file's; and so does a duplicate, for what goes on by number after a wait.
 * op_keep(): true with one in h->fd; there are not to be many.  op_let_go() is due in
 * any case, and done also where the call is left by a jump or unwound.  A child of
 * fork() has none.
 */
struct op_held {
	int fd;
	uint32_t forks;
	struct _pthread_cleanup_buffer left;
};

bool op_keep(struct op_held *h, int fd);
/* Take over the duplicate that op has come with (OP_OWNFD), until op_let_go(). */
void op_adopt(struct op_held *h, struct op *op);
void op_let_go(struct op_held *h);

/* End op unfinished, for libc's call to go on with.  Returns true. */
bool op_to_libc(struct op *op);

/* The engine can't wait for op, which is not the program's to know: its thread
   waits at home.  Returns true. */
bool op_refuse(struct op *op);

/* More than one vector is left to be written to a pipe. */
bool op_vectors_left(const struct op *op);

/* Of a connect under way whose descriptor shows POLLHUP: its -errno. */
ssize_t op_hung_up(const struct op *op);

/*
 * Op's descriptor has been shut down for reading, and nothing was there.  True if
 * it is a receive that gives 0 then where it waits, but without waiting EAGAIN:
 * op is finished (OP_LIBCS).
 */
bool op_shut(struct op *op);

/* End op unfinished: what was moved so far, or -err. */
void op_abandon(struct op *op, int err);

/* The bytes in n vectors. */
size_t iov_total(const struct iovec *v, size_t n);

/* The bytes still to be moved of what is no vectors. */
static inline size_t op_left(const struct op *op)
{
	return (op->len < OP_MAX ? op->len : OP_MAX) - op->done;
}

/* The vectors still to be moved: fills v (room for n), returns how many. */
int op_rest(const struct op *op, struct iovec *v, int n);

#endif
