/*
 * loop_udp.h - the work of udp_echo, for loops that wait for readiness
 */
#ifndef LOOP_UDP_H
#define LOOP_UDP_H

#include "../programs/plain.h"

#define LOOP_DATAGRAM 65536

/* Echo all datagrams that are there, each to its sender, and return. */
static inline void udp_echo_all(int fd)
{
	static char buf[LOOP_DATAGRAM];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &size)) >= 0 ||
	       errno == ECONNREFUSED) {
		if (n >= 0)
			sendto(fd, buf, (size_t)n, MSG_DONTWAIT,
			       (struct sockaddr *)&from, size);
		size = sizeof(from);
	}
	if (errno != EAGAIN && errno != EINTR)
		die("recvfrom");
}

#endif
