/*
 * udp_echo.c - several blocking threads that echo datagrams on one socket
 *
 * All -t threads wait in recvfrom() on the same descriptor, and whichever the
 * kernel wakes answers.  So this is the program for many waiters on one
 * descriptor, and for datagrams keeping their bounds and their senders.
 */
#include "plain.h"

#include <pthread.h>

#define DATAGRAM 65536

static void *echo(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char *buf = malloc(DATAGRAM);
	struct sockaddr_in from;
	socklen_t size;
	ssize_t n;

	if (!buf)
		die("malloc");
	for (;;) {
		size = sizeof(from);
		n = recvfrom(fd, buf, DATAGRAM, 0, (struct sockaddr *)&from,
			     &size);
		if (n >= 0)
			sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from,
			       size);
		else if (errno != EINTR && errno != ECONNREFUSED)
			die("recvfrom");
	}
}

int main(int argc, char **argv)
{
	struct server server;
	pthread_t thread;
	int fd;

	server_options(&server, argc, argv);
	plain_signals();
	fd = bound_to(server.port, SOCK_DGRAM);
	for (int i = 1; i < server.threads; i++) {
		errno = pthread_create(&thread, NULL, echo,
				       (void *)(intptr_t)fd);
		if (errno)
			die("pthread_create");
	}
	say_port(fd);
	echo((void *)(intptr_t)fd);
}
