/*
 * http_threads.c - an HTTP server with one blocking thread per connection
 *
 * The program that ring-shim is for, in its plainest form: main() accepts,
 * every connection gets a detached thread of its own with a default stack, and
 * the thread reads, writes and closes.  With --close it answers one request
 * per connection, and so makes one thread per request.
 */
#include "plain.h"

#include <pthread.h>

static struct server server;

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;

	serve_connection(&server, fd);
	close(fd);
	return NULL;
}

/* Give @fd a thread; a connection for which there is none is dropped. */
static void start(const pthread_attr_t *attr, int fd)
{
	pthread_t thread;
	int err = pthread_create(&thread, attr, serve, (void *)(intptr_t)fd);

	if (!err)
		return;
	fprintf(stderr, "http_threads: pthread_create: %s\n", strerror(err));
	close(fd);
}

/* Is it worth accepting again after this error? */
static bool passing(int err)
{
	return err == EINTR || err == ECONNABORTED || err == EMFILE;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	int fd, from;

	server_options(&server, argc, argv);
	plain_signals();
	plain_descriptors();
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	from = listening_on(server.port);
	no_delay(from);		/* which accepted sockets inherit */
	for (;;) {
		fd = accept(from, NULL, NULL);
		if (fd >= 0)
			start(&attr, fd);
		else if (!passing(errno))
			die("accept");
	}
}
