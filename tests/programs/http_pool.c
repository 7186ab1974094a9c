/*
 * http_pool.c - an HTTP server with a fixed pool of blocking threads
 *
 * main() accepts and puts each connection in a queue; -t workers take one at
 * a time and serve it until it closes, so at most that many are served at
 * once and the others wait their turn.  The queue is a ring under a mutex with
 * a condition for each side, which makes this the program for handing over
 * between threads rather than for waiting on descriptors.
 */
#include "plain.h"

#include <pthread.h>

#define QUEUE 1024

static struct server server;

/* Connections waiting for a worker: all of it belongs to @lock. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t some, room;
	unsigned int head, len;
	int fd[QUEUE];
} queue = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.some = PTHREAD_COND_INITIALIZER,
	.room = PTHREAD_COND_INITIALIZER,
};

static void queue_put(int fd)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.len == QUEUE)
		pthread_cond_wait(&queue.room, &queue.lock);
	queue.fd[(queue.head + queue.len++) % QUEUE] = fd;
	pthread_cond_signal(&queue.some);
	pthread_mutex_unlock(&queue.lock);
}

static int queue_take(void)
{
	int fd;

	pthread_mutex_lock(&queue.lock);
	while (!queue.len)
		pthread_cond_wait(&queue.some, &queue.lock);
	fd = queue.fd[queue.head];
	queue.head = (queue.head + 1) % QUEUE;
	queue.len--;
	pthread_cond_signal(&queue.room);
	pthread_mutex_unlock(&queue.lock);
	return fd;
}

static void *work(void *arg)
{
	for (;;) {
		int fd = queue_take();

		serve_connection(&server, fd);
		close(fd);
	}
	return arg;
}

static void start_workers(int count)
{
	pthread_t thread;

	while (count--) {
		errno = pthread_create(&thread, NULL, work, NULL);
		if (errno)
			die("pthread_create");
	}
}

int main(int argc, char **argv)
{
	int fd, from;

	server_options(&server, argc, argv);
	plain_signals();
	plain_descriptors();
	start_workers(server.threads);
	from = listening_on(server.port);
	no_delay(from);		/* which accepted sockets inherit */
	for (;;) {
		fd = accept(from, NULL, NULL);
		if (fd >= 0)
			queue_put(fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			die("accept");
	}
}
