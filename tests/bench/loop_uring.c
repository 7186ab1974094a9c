/*
 * loop_uring.c - the HTTP work of http_threads as a hand-written io_uring loop
 *
 * The other baseline that the shim is compared with: what a good engineer gets
 * by rewriting the server around completions, with the freedom that the shim
 * does not have (it may receive into buffers that the program did not name).
 * What is used, each because it was measured to be faster or as fast:
 *
 *  - SINGLE_ISSUER and DEFER_TASKRUN: completions are worked off in the one
 *    enter per round that also submits what the round before asked for;
 *  - one multishot accept, straight into the table of registered files;
 *  - one multishot receive per connection, into a small pool of provided
 *    buffers that stays in the cache; a connection that is waiting holds none;
 *  - with --close a receive of one shot, and then the send with the close
 *    linked behind it, neither of which is reported unless it fails.
 *
 * A connection is known by its slot in the table of files, which indexes one
 * array.  It is closed when nothing of its own is in flight any more: a
 * receive that is still armed is cancelled first.  (Not shut down: io_uring
 * does that on a worker thread, which might find the slot's next connection.)
 *
 * Order.  At most one send is in flight per connection, because two could
 * overtake each other; requests that arrive meanwhile are held, up to
 * PLAIN_REQUEST bytes, and a client that sends more is dropped.
 *
 * With --udp it does the work of udp_echo instead: WAITING receives are in
 * flight, and each becomes the send of what it has received, and a receive
 * again.
 *
 * Kernels before 6.1 are refused by the set-up of the ring.
 */
#include "../programs/plain.h"

#include <liburing.h>

#define SLOTS		16384
#define ENTRIES		1024
#define COMPLETIONS	32768
#define BUFFERS		1024	/* a power of two */
#define BUFFER		1024
#define GROUP		0
#define WAITING		64
#define DATAGRAM	65536

enum op { OP_ACCEPT, OP_RECV, OP_SEND, OP_OTHER };

struct conn {
	char *held;			/* unfinished requests, or NULL */
	unsigned int len;		/* bytes held */
	bool armed;			/* a receive is in flight */
	bool ended;			/* no more is received or answered */
	const struct answer *sending;	/* the send in flight, or NULL */
};

static struct server server;
static struct conn conns[SLOTS];
static struct io_uring ring;
static int from;

/* The provided buffers; @back counts those to be given back this round. */
static struct {
	struct io_uring_buf_ring *ring;
	char *data;
	int back;
} pool;

/* Room for @count entries that are to be submitted together. */
static void room(unsigned int count)
{
	while (io_uring_sq_space_left(&ring) < count)
		io_uring_submit(&ring);
}

static struct io_uring_sqe *next(void)
{
	room(1);
	return io_uring_get_sqe(&ring);
}

static uint64_t data_of(enum op op, unsigned int slot)
{
	return (uint64_t)slot << 2 | op;
}

static void tag(struct io_uring_sqe *sqe, enum op op, unsigned int slot,
		unsigned int flags)
{
	io_uring_sqe_set_data64(sqe, data_of(op, slot));
	io_uring_sqe_set_flags(sqe, flags);
}

static void start_accept(void)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_multishot_accept_direct(sqe, from, NULL, NULL, 0);
	tag(sqe, OP_ACCEPT, 0, 0);
}

static void start_recv(unsigned int slot)
{
	struct io_uring_sqe *sqe = next();

	if (server.close_each)
		io_uring_prep_recv(sqe, (int)slot, NULL, BUFFER, 0);
	else
		io_uring_prep_recv_multishot(sqe, (int)slot, NULL, 0, 0);
	tag(sqe, OP_RECV, slot, IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT);
	sqe->buf_group = GROUP;
	conns[slot].armed = true;
}

/* Close the connection and forget it; its slot may come back at once. */
static void start_close(unsigned int slot)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_close_direct(sqe, slot);
	tag(sqe, OP_OTHER, slot, IOSQE_CQE_SKIP_SUCCESS);
	free(conns[slot].held);
	conns[slot] = (struct conn){ 0 };
}

/* End the receive that is armed; it completes with -ECANCELED, or has. */
static void start_cancel(unsigned int slot)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_cancel64(sqe, data_of(OP_RECV, slot), 0);
	tag(sqe, OP_OTHER, slot, 0);
}

/* Make an end of the connection as soon as nothing of it is in flight. */
static void end(unsigned int slot)
{
	struct conn *c = &conns[slot];

	if (!c->ended && c->armed)
		start_cancel(slot);
	c->ended = true;
	if (!c->armed && !c->sending)
		start_close(slot);
}

static void prep_answer(struct io_uring_sqe *sqe, unsigned int slot,
			const struct answer *a)
{
	io_uring_prep_send(sqe, (int)slot, a->data, a->len,
			   MSG_NOSIGNAL | MSG_WAITALL);
}

static void start_send(unsigned int slot, const struct answer *a)
{
	struct io_uring_sqe *sqe = next();

	prep_answer(sqe, slot, a);
	tag(sqe, OP_SEND, slot, IOSQE_FIXED_FILE);
	conns[slot].sending = a;
}

/* The whole of --close: nothing else of this connection is in flight. */
static void start_send_and_close(unsigned int slot)
{
	struct io_uring_sqe *sqe;

	room(2);
	sqe = next();
	prep_answer(sqe, slot, &server.last);
	tag(sqe, OP_OTHER, slot, IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK |
	    IOSQE_CQE_SKIP_SUCCESS);
	start_close(slot);
}

/* Keep @len bytes for later, or make an end if it becomes too much. */
static void hold(unsigned int slot, const char *data, size_t len)
{
	struct conn *c = &conns[slot];

	if (c->len + len > PLAIN_REQUEST) {
		end(slot);
		return;
	}
	if (!c->held)
		c->held = malloc(PLAIN_REQUEST);
	if (!c->held)
		die("malloc");
	memmove(c->held + c->len, data, len);
	c->len += (unsigned int)len;
}

/* Answer the first request in @data if it is whole, and hold what is left. */
static void answer(unsigned int slot, const char *data, size_t len)
{
	size_t size = request_end(data, len);

	if (size && server.close_each) {
		start_send_and_close(slot);
		return;
	}
	if (size)
		start_send(slot, answer_to(&server, data, size));
	if (len > size)
		hold(slot, data + size, len - size);
}

static void answer_held(unsigned int slot)
{
	struct conn *c = &conns[slot];
	size_t len = c->len;

	c->len = 0;
	answer(slot, c->held, len);
}

static void take(unsigned int slot, const char *data, size_t len)
{
	struct conn *c = &conns[slot];

	if (!c->len && !c->sending) {
		answer(slot, data, len);
		return;
	}
	hold(slot, data, len);
	if (!c->ended && !c->sending)
		answer_held(slot);
}

/* The buffer that a completion names goes back to the kernel's pool. */
static void give_back(unsigned int id)
{
	io_uring_buf_ring_add(pool.ring, pool.data + id * BUFFER, BUFFER,
			      (unsigned short)id, BUFFERS - 1, pool.back++);
}

static void accepted(const struct io_uring_cqe *cqe)
{
	if (cqe->res >= 0)
		start_recv((unsigned int)cqe->res);
	else
		fprintf(stderr, "accept: %s\n", strerror(-cqe->res));
	if (!(cqe->flags & IORING_CQE_F_MORE))
		start_accept();
}

/* Does a connection whose receive has run out need another? */
static bool wants_more(const struct conn *c, int res)
{
	return !server.close_each || c->len || res == -ENOBUFS;
}

static void received(const struct io_uring_cqe *cqe, unsigned int slot)
{
	struct conn *c = &conns[slot];
	unsigned int id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	bool over = !(cqe->flags & IORING_CQE_F_MORE);

	if (cqe->res > 0 && !c->ended)
		take(slot, pool.data + id * BUFFER, (size_t)cqe->res);
	if (cqe->flags & IORING_CQE_F_BUFFER)
		give_back(id);
	if (!over)
		return;
	c->armed = false;
	if (c->ended || (cqe->res <= 0 && cqe->res != -ENOBUFS))
		end(slot);
	else if (wants_more(c, cqe->res))
		start_recv(slot);
}

static void sent(const struct io_uring_cqe *cqe, unsigned int slot)
{
	struct conn *c = &conns[slot];
	const struct answer *a = c->sending;

	c->sending = NULL;
	if (c->ended || a == &server.last || cqe->res != (int)a->len)
		end(slot);
	else if (c->len)
		answer_held(slot);
}

static void completed(const struct io_uring_cqe *cqe)
{
	unsigned int slot = (unsigned int)(cqe->user_data >> 2);
	enum op op = cqe->user_data & 3;

	if (op == OP_ACCEPT)
		accepted(cqe);
	else if (op == OP_RECV)
		received(cqe, slot);
	else if (op == OP_SEND)
		sent(cqe, slot);
}

/*
 * Datagrams: the slot is one of WAITING, and no ring of buffers is needed.
 */

static struct datagram {
	struct sockaddr_in from;
	struct iovec data;
	struct msghdr msg;
} datagrams[WAITING];

static void start_datagram(enum op op, unsigned int slot, size_t len)
{
	struct datagram *d = &datagrams[slot];
	struct io_uring_sqe *sqe = next();

	d->data.iov_len = len;
	d->msg = (struct msghdr){
		.msg_name = &d->from, .msg_namelen = sizeof(d->from),
		.msg_iov = &d->data, .msg_iovlen = 1,
	};
	if (op == OP_RECV)
		io_uring_prep_recvmsg(sqe, from, &d->msg, 0);
	else
		io_uring_prep_sendmsg(sqe, from, &d->msg, 0);
	tag(sqe, op, slot, 0);
}

static void datagram_done(const struct io_uring_cqe *cqe)
{
	unsigned int slot = (unsigned int)(cqe->user_data >> 2);

	if ((cqe->user_data & 3) == OP_RECV && cqe->res >= 0)
		start_datagram(OP_SEND, slot, (size_t)cqe->res);
	else
		start_datagram(OP_RECV, slot, DATAGRAM);
}

static void start_datagrams(void)
{
	from = bound_to(server.port, SOCK_DGRAM);
	for (unsigned int slot = 0; slot < WAITING; slot++) {
		datagrams[slot].data.iov_base = malloc(DATAGRAM);
		if (!datagrams[slot].data.iov_base)
			die("malloc");
		start_datagram(OP_RECV, slot, DATAGRAM);
	}
	say_port(from);
}

static void must(int err, const char *what)
{
	if (err >= 0)
		return;
	errno = -err;
	die(what);
}

static void make_pool(void)
{
	struct io_uring_buf_reg reg = {
		.ring_entries = BUFFERS, .bgid = GROUP,
	};

	pool.ring = aligned_alloc(4096, BUFFERS * sizeof(struct io_uring_buf));
	pool.data = malloc(BUFFERS * BUFFER);
	if (!pool.ring || !pool.data)
		die("malloc");
	reg.ring_addr = (uintptr_t)pool.ring;
	must(io_uring_register_buf_ring(&ring, &reg, 0), "provided buffers");
	io_uring_buf_ring_init(pool.ring);
	for (unsigned int id = 0; id < BUFFERS; id++)
		give_back(id);
}

static void make_ring(void)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_CQSIZE |
			 IORING_SETUP_DEFER_TASKRUN,
		.cq_entries = COMPLETIONS,
	};

	must(io_uring_queue_init_params(ENTRIES, &ring, &p), "io_uring_setup");
	must(io_uring_register_ring_fd(&ring), "registered ring");
	must(io_uring_register_files_sparse(&ring, SLOTS), "registered files");
}

static void give_all_back(void)
{
	io_uring_buf_ring_advance(pool.ring, pool.back);
	pool.back = 0;
}

static void run(void)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen;

	for (;;) {
		seen = 0;
		io_uring_submit_and_wait(&ring, 1);
		io_uring_for_each_cqe(&ring, head, cqe) {
			if (server.udp)
				datagram_done(cqe);
			else
				completed(cqe);
			seen++;
		}
		io_uring_cq_advance(&ring, seen);
		give_all_back();
	}
}

int main(int argc, char **argv)
{
	loop_options(&server, argc, argv);
	plain_signals();
	plain_descriptors();
	make_ring();
	make_pool();
	give_all_back();
	if (server.udp) {
		start_datagrams();
	} else {
		from = listening_on(server.port);
		no_delay(from);		/* which accepted sockets inherit */
		start_accept();
	}
	run();
}
