/*
 * http_serial.c - an HTTP server with a single blocking thread
 *
 * It serves one connection after the other, so there is never anything else to
 * run while it waits: the program that the shim cannot make faster and must
 * not make slower.
 */
#include "plain.h"

int main(int argc, char **argv)
{
	struct server server;
	int fd, from;

	server_options(&server, argc, argv);
	plain_signals();
	from = listening_on(server.port);
	no_delay(from);		/* which accepted sockets inherit */
	for (;;) {
		fd = accept(from, NULL, NULL);
		if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
			die("accept");
		if (fd < 0)
			continue;
		serve_connection(&server, fd);
		close(fd);
	}
}
