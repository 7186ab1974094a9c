/*
 * plain.h - what the plain test programs and the hand-written loops share
 *
 * The programs in this directory stand for the legacy servers and clients
 * that ring-shim is meant for: ordinary blocking POSIX code, linked with
 * nothing but libc, that knows nothing of the shim.  The loops in tests/bench
 * do the same work by hand, and must do the very same work for a comparison to
 * mean anything; so what they have in common lives here once: the options, the
 * listening socket, how a request is recognised and what is answered.
 *
 * The answer.  Two answers are made at the start, one that keeps the
 * connection and one that closes it, and every request gets one or the other.
 * The body is a pattern in which each byte follows from its position, so that
 * a client notices a lost, doubled or shifted piece.  Without --body, the
 * answer that keeps the connection is 80 bytes in all.
 *
 * The request is whatever ends with an empty line; its own body, if it claims
 * to have one, is not understood.  That is all that a load generator sends.
 *
 * Nothing here is thread safe by itself: it is all called before the first
 * thread starts, or works only on its arguments.
 */
#ifndef PLAIN_H
#define PLAIN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLAIN_BACKLOG	65535	/* net.core.somaxconn, in effect */
#define PLAIN_BODY	15	/* makes an answer of 80 bytes */
#define PLAIN_REQUEST	8192	/* the largest request understood */

struct answer {
	char *data;
	size_t len;
};

struct server {
	int port;		/* -p: 0 for any */
	int threads;		/* -t: for those that have a fixed number */
	bool close_each;	/* --close: one request per connection */
	bool udp;		/* --udp: echo datagrams instead (loops) */
	size_t body;		/* --body: bytes of body */
	struct answer keep;	/* the connection stays open after this one */
	struct answer last;	/* and is closed after this one */
};

/* Print what failed and why, and leave with status 1. */
static inline void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(errno));
	exit(1);
}

/* The byte at position @at of every body. */
static inline char body_byte(size_t at)
{
	return (char)('!' + (at * 31 + at / 97) % 94);
}

static inline void body_fill(char *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = body_byte(i);
}

static inline void answer_make(struct answer *a, size_t body, bool last)
{
	int head;

	a->data = malloc(body + 256);
	if (!a->data)
		die("malloc");
	head = sprintf(a->data,
		       "HTTP/1.1 200 OK\r\n"
		       "Content-Type: text/plain\r\n"
		       "%s"
		       "Content-Length: %zu\r\n\r\n",
		       last ? "Connection: close\r\n" : "", body);
	body_fill(a->data + head, body);
	a->len = head + body;
}

/* Bytes of the first whole request in @buf, or 0 if it is not all there. */
static inline size_t request_end(const char *buf, size_t len)
{
	const char *end = memmem(buf, len, "\r\n\r\n", 4);

	return end ? (size_t)(end - buf) + 4 : 0;
}

/* Does the request of @len bytes ask for its connection to be closed? */
static inline bool request_closes(const char *buf, size_t len)
{
	static const char field[] = "connection: close\r\n";
	const size_t size = sizeof(field) - 1;
	const char *end = buf + len, *line = buf;

	while ((line = memchr(line, '\n', end - line))) {
		line++;
		if ((size_t)(end - line) < size)
			return false;
		if ((*line | 32) == 'c' && !strncasecmp(line, field, size))
			return true;
	}
	return false;
}

/* The answer that is due to the request of @len bytes. */
static inline const struct answer *answer_to(const struct server *s,
					     const char *buf, size_t len)
{
	if (s->close_each || request_closes(buf, len))
		return &s->last;
	return &s->keep;
}

/* A number from an option, or the end of the program. */
static inline long number(const char *text, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max) {
		fprintf(stderr, "%s: '%s' is not a number from %ld to %ld\n",
			program_invocation_short_name, text, min, max);
		exit(2);
	}
	return n;
}

static inline void server_usage(bool can_udp)
{
	fprintf(stderr,
		"usage: %s [-p PORT] [-t THREADS] [--close] [--body BYTES]%s\n",
		program_invocation_short_name, can_udp ? " [--udp]" : "");
	exit(2);
}

static inline void take_options(struct server *s, int argc, char **argv,
				bool can_udp)
{
	static const struct option longs[] = {
		{ "close", no_argument, NULL, 'c' },
		{ "body", required_argument, NULL, 'b' },
		{ "udp", no_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	*s = (struct server){ .threads = 4, .body = PLAIN_BODY };
	while ((o = getopt_long(argc, argv, "p:t:", longs, NULL)) != -1) {
		if (o == 'p')
			s->port = (int)number(optarg, 0, 65535);
		else if (o == 't')
			s->threads = (int)number(optarg, 1, 20000);
		else if (o == 'c')
			s->close_each = true;
		else if (o == 'b')
			s->body = (size_t)number(optarg, 0, 1L << 30);
		else if (o == 'u' && can_udp)
			s->udp = true;
		else
			server_usage(can_udp);
	}
	answer_make(&s->keep, s->body, false);
	answer_make(&s->last, s->body, true);
}

static inline void server_options(struct server *s, int argc, char **argv)
{
	take_options(s, argc, argv, false);
}

/* For the hand-written loops, each of which can echo datagrams, too. */
static inline void loop_options(struct server *s, int argc, char **argv)
{
	take_options(s, argc, argv, true);
}

static inline void leave(int sig)
{
	(void)sig;
	_exit(0);
}

/* SIGTERM and SIGINT end the program with status 0; SIGPIPE is ignored. */
static inline void plain_signals(void)
{
	struct sigaction end = { .sa_handler = leave };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* As many descriptors as the hard limit lets us have. */
static inline void plain_descriptors(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most))
		return;
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
}

/* A loopback socket of @type bound to @port; dies if it cannot be had. */
static inline int bound_to(int port, int type)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("bind");
	return fd;
}

/* Tell whoever started us that the port can be used, and which it is. */
static inline void say_port(int fd)
{
	struct sockaddr_in at;
	socklen_t size = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &size))
		die("getsockname");
	printf("listening on %d\n", ntohs(at.sin_port));
	fflush(stdout);
}

/* A blocking loopback socket that listens on @port, announced on stdout. */
static inline int listening_on(int port)
{
	int fd = bound_to(port, SOCK_STREAM);

	if (listen(fd, PLAIN_BACKLOG))
		die("listen");
	say_port(fd);
	return fd;
}

static inline void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Write it all to a blocking descriptor: 0, or -1 and errno. */
static inline int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * Serve one connection in the blocking way until either side has had enough.
 * The caller closes @fd.
 */
static inline void serve_connection(const struct server *s, int fd)
{
	const struct answer *a = NULL;
	char buf[PLAIN_REQUEST];
	size_t have = 0, end;
	ssize_t n;

	while (have < sizeof(buf)) {
		n = read(fd, buf + have, sizeof(buf) - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		have += (size_t)n;
		while ((end = request_end(buf, have))) {
			a = answer_to(s, buf, end);
			if (write_all(fd, a->data, a->len) || a == &s->last)
				return;
			have -= end;
			memmove(buf, buf + end, have);
		}
	}
}

#endif
