/*
 * relay.c - a TCP relay with one blocking thread per connection
 *
 *   relay [-p PORT] HOST UPPORT
 *
 * Each connection gets a thread, which connects to HOST:UPPORT and copies in
 * both directions, waiting in poll() for whichever side has something to read.
 * A side that has ended is not polled any more and its end is passed on with
 * shutdown(), while the other direction goes on; the thread ends when both
 * have.  Writes block.  That is enough for a protocol of requests and answers;
 * two peers that both write without reading would stop each other, as they
 * would with any relay of this kind.
 */
#include "plain.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>

static struct sockaddr_storage upstream;
static socklen_t upstream_len;

/* Copy once from @from to @to: 1 to go on, 0 at the end, -1 on error. */
static int copy(int from, int to)
{
	char buf[16384];
	ssize_t n;

	do {
		n = read(from, buf, sizeof(buf));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if (!n) {
		shutdown(to, SHUT_WR);
		return 0;
	}
	return write_all(to, buf, (size_t)n) ? -1 : 1;
}

/* Relay between two sockets until both have ended or one has failed. */
static void relay(int a, int b)
{
	struct pollfd p[2] = {
		{ .fd = a, .events = POLLIN },
		{ .fd = b, .events = POLLIN },
	};
	int side[2] = { a, b }, state;

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die("poll");
		for (int i = 0; i < 2; i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			state = copy(side[i], side[!i]);
			if (state < 0)
				return;
			if (!state)
				p[i].fd = -1;
		}
	}
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	int up = socket(upstream.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	no_delay(fd);
	if (up >= 0) {
		no_delay(up);
		if (!connect(up, (struct sockaddr *)&upstream, upstream_len))
			relay(fd, up);
		close(up);
	}
	close(fd);
	return NULL;
}

static void find(const char *host, const char *port)
{
	struct addrinfo *found, hints = { .ai_socktype = SOCK_STREAM };
	int err = getaddrinfo(host, port, &hints, &found);

	if (err) {
		fprintf(stderr, "relay: %s: %s\n", host, gai_strerror(err));
		exit(2);
	}
	memcpy(&upstream, found->ai_addr, found->ai_addrlen);
	upstream_len = found->ai_addrlen;
	freeaddrinfo(found);
}

static void start(int fd)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);

	if (!err) {
		pthread_detach(thread);
		return;
	}
	fprintf(stderr, "relay: pthread_create: %s\n", strerror(err));
	close(fd);
}

int main(int argc, char **argv)
{
	int fd, from, o, port = 0;

	while ((o = getopt(argc, argv, "p:")) == 'p')
		port = (int)number(optarg, 0, 65535);
	if (o != -1 || argc - optind != 2) {
		fprintf(stderr, "usage: relay [-p PORT] HOST UPPORT\n");
		return 2;
	}
	find(argv[optind], argv[optind + 1]);
	plain_signals();
	plain_descriptors();
	from = listening_on(port);
	for (;;) {
		fd = accept(from, NULL, NULL);
		if (fd >= 0)
			start(fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			die("accept");
	}
}
