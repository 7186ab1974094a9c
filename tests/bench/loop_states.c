/*
 * loop_states.c - the HTTP work of http_threads as states and a poll() loop
 *
 * The second of the four models that are compared: nonblocking descriptors, a
 * readiness loop of its own, and for each connection a state that says what
 * comes next.  It stands for the many servers that were written by hand before
 * there was epoll, or portably since.  loop_epoll.c does as well as can be
 * done; this one is plain.
 *
 *	CONNECTING	accepted, and not a byte has come
 *	HANDSHAKING	its first request is on the way
 *	ESTABLISHED	requests are being answered
 *	CLOSING		the last answer is on the way
 *
 * A state's handler does what can be done now and tells what it wants next:
 * to GO on (often in another state), input, output, or an end.  A connection
 * wants either input or output, so while its answer does not fit it is not
 * read from, and what is still to be read waits in the kernel.
 *
 * poll() is told of every connection every time and looks at each, busy or
 * not: that is the price of this model, and it grows with the connections.
 *
 * polled[i] and conns[i] are the same connection, 0 is the listening socket.
 * What ends is replaced by the last of the array; the array is gone through
 * from the end, so that is one that has had its turn.
 */
#include "../programs/plain.h"
#include "loop_udp.h"

#include <fcntl.h>
#include <poll.h>

#define MOST 65536

enum state {
	CONNECTING,
	HANDSHAKING,
	ESTABLISHED,
	CLOSING
};
enum want {
	GO,
	INPUT = POLLIN,
	OUTPUT = POLLOUT,
	END = 256
};

struct conn {
	enum state state;
	char *in; /* what has come, not yet answered */
	size_t len;
	const struct answer *sending; /* unfinished answer, or NULL */
	size_t sent;		      /* bytes of it that are out */
};

static struct server server;
static struct conn conns[MOST];
static struct pollfd polled[MOST];
static int count = 1;

static enum want pull(int fd, struct conn *c)
{
	ssize_t n = recv(fd, c->in + c->len, PLAIN_REQUEST - c->len, 0);

	if (n < 0)
		return errno == EAGAIN ? INPUT : END;
	c->len += (size_t)n;
	return n ? GO : END;
}

static enum want push(int fd, struct conn *c)
{
	const struct answer *a = c->sending;
	ssize_t n;

	n = send(fd, a->data + c->sent, a->len - c->sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN ? OUTPUT : END;
	c->sent += (size_t)n;
	if (c->sent < a->len)
		return OUTPUT;
	c->sending = NULL;
	return GO;
}

/* What to want if the request is not whole: there has to be room for more. */
static enum want more(const struct conn *c)
{
	return c->len < PLAIN_REQUEST ? INPUT : END;
}

static enum want connecting(int fd, struct conn *c)
{
	(void)fd;
	if (!c->len)
		return INPUT;
	c->state = HANDSHAKING;
	return GO;
}

static enum want handshaking(int fd, struct conn *c)
{
	(void)fd;
	if (!request_end(c->in, c->len))
		return more(c);
	c->state = ESTABLISHED;
	return GO;
}

static enum want established(int fd, struct conn *c)
{
	enum want want = c->sending ? push(fd, c) : GO;
	size_t end;

	if (want != GO)
		return want;
	end = request_end(c->in, c->len);
	if (!end)
		return more(c);
	c->sending = answer_to(&server, c->in, end);
	c->sent = 0;
	c->len -= end;
	memmove(c->in, c->in + end, c->len);
	if (c->sending == &server.last)
		c->state = CLOSING;
	return GO;
}

static enum want closing(int fd, struct conn *c)
{
	enum want want = push(fd, c);

	return want == GO ? END : want;
}

static enum want (*const handlers[])(int, struct conn *) = {
	[CONNECTING] = connecting,
	[HANDSHAKING] = handshaking,
	[ESTABLISHED] = established,
	[CLOSING] = closing,
};

static void drop(int i)
{
	free(conns[i].in);
	close(polled[i].fd);
	count--;
	conns[i] = conns[count];
	polled[i] = polled[count];
}

/* The descriptor is ready for what was wanted, or has failed. */
static void ready(int i)
{
	struct conn *c = &conns[i];
	enum want want = polled[i].events == INPUT ? pull(polled[i].fd, c) : GO;

	while (want == GO)
		want = handlers[c->state](polled[i].fd, c);
	if (want == END)
		drop(i);
	else
		polled[i].events = (short)want;
}

/* A new connection; its request is often there already. */
static void greet(int fd)
{
	char *in = count < MOST ? malloc(PLAIN_REQUEST) : NULL;

	if (!in) {
		close(fd);
		return;
	}
	conns[count] = (struct conn){ .in = in };
	polled[count] = (struct pollfd){ .fd = fd, .events = INPUT };
	ready(count++);
}

static void accept_all(void)
{
	int fd;

	while ((fd = accept4(polled[0].fd, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		greet(fd);
}

static void turn(void)
{
	int n = poll(polled, (nfds_t)count, -1);

	for (int i = count - 1; i > 0 && n > 0; i--) {
		if (!polled[i].revents)
			continue;
		n--;
		ready(i);
	}
	if (polled[0].revents)
		accept_all();
}

static void datagrams(void)
{
	struct pollfd udp = {
		.fd = bound_to(server.port, SOCK_DGRAM),
		.events = POLLIN,
	};

	say_port(udp.fd);
	for (;;) {
		poll(&udp, 1, -1);
		udp_echo_all(udp.fd);
	}
}

int main(int argc, char **argv)
{
	loop_options(&server, argc, argv);
	plain_signals();
	plain_descriptors();
	if (server.udp)
		datagrams();
	polled[0].fd = listening_on(server.port);
	polled[0].events = POLLIN;
	no_delay(polled[0].fd); /* which accepted sockets inherit */
	fcntl(polled[0].fd, F_SETFL, O_NONBLOCK);
	for (;;)
		turn();
}
