/*
 * client_threads.c - an HTTP client with many blocking threads
 *
 *   client_threads [-c THREADS] [-n REQUESTS] [--body BYTES] [--close]
 *                  HOST PORT
 *
 * Each thread makes REQUESTS requests one after the other, on one connection
 * or, with --close, on one connection each, and checks that every answer is a
 * 200 whose body is the pattern of plain.h, BYTES long if that is given.  This
 * is the outgoing side of what http_threads does: connect, write and read are
 * what its threads block in.  The status is 0 only if every answer was right.
 */
#include "plain.h"

#include <netdb.h>
#include <pthread.h>

#define INPUT 65536

static struct {
	int threads, requests;
	long body;		/* expected, or -1 for any */
	bool close_each;
	struct sockaddr_storage to;
	socklen_t to_len;
	char request[256];
} client = { .threads = 1, .requests = 1, .body = -1 };

/* What one thread has seen. */
struct tally {
	pthread_t thread;
	unsigned long right, wrong, failed;
};

struct stream {
	int fd;
	size_t at, len;		/* unread: buf[at..len) */
	char buf[INPUT];
};

/* Read more behind what is unread: its size, 0 at the end, -1 and errno. */
static ssize_t fill(struct stream *s)
{
	ssize_t n;

	memmove(s->buf, s->buf + s->at, s->len - s->at);
	s->len -= s->at;
	s->at = 0;
	do {
		n = read(s->fd, s->buf + s->len, sizeof(s->buf) - s->len);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		s->len += (size_t)n;
	return n;
}

/* Read a head: the length of the body it announces, or -1. */
static long read_head(struct stream *s)
{
	static const char length[] = "Content-Length: ";
	size_t end;
	char *at;

	while (!(end = request_end(s->buf + s->at, s->len - s->at)))
		if (fill(s) <= 0)
			return -1;
	at = s->buf + s->at;
	at[end - 1] = '\0';
	s->at += end;
	if (strncmp(at, "HTTP/1.1 200 ", 13))
		return -1;
	at = strstr(at, length);
	return at ? atol(at + sizeof(length) - 1) : -1;
}

/* Read a body of @len bytes: were they the right ones? */
static bool read_body(struct stream *s, size_t len)
{
	bool right = true;

	for (size_t i = 0; i < len; i++) {
		if (s->at == s->len && fill(s) <= 0)
			return false;
		right &= s->buf[s->at++] == body_byte(i);
	}
	return right;
}

static int connected(void)
{
	int fd = socket(client.to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	no_delay(fd);
	if (connect(fd, (struct sockaddr *)&client.to, client.to_len)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One request: is the connection good for another? */
static bool ask(struct stream *s, struct tally *t)
{
	long len;

	if (write_all(s->fd, client.request, strlen(client.request))) {
		t->failed++;
		return false;
	}
	len = read_head(s);
	if (len < 0 || (client.body >= 0 && len != client.body) ||
	    !read_body(s, (size_t)len)) {
		t->wrong++;
		return false;
	}
	t->right++;
	return true;
}

/* After the last answer the server closes, and nothing else comes. */
static bool ends(struct stream *s)
{
	return s->at == s->len && fill(s) == 0;
}

static void ask_on_one(struct stream *s, struct tally *t)
{
	for (int i = 0; i < client.requests; i++)
		if (!ask(s, t))
			return;
	if (s->at != s->len)
		t->wrong++;
}

static void ask_once(struct stream *s, struct tally *t)
{
	if (ask(s, t) && !ends(s))
		t->wrong++;
}

static void *run(void *arg)
{
	struct tally *t = arg;
	struct stream *s = malloc(sizeof(*s));
	int times = client.close_each ? client.requests : 1;

	if (!s)
		die("malloc");
	while (times--) {
		s->at = s->len = 0;
		s->fd = connected();
		if (s->fd < 0)
			t->failed++;
		else if (client.close_each)
			ask_once(s, t);
		else
			ask_on_one(s, t);
		if (s->fd >= 0)
			close(s->fd);
	}
	free(s);
	return NULL;
}

static void find(const char *host, const char *port)
{
	struct addrinfo *found, hints = { .ai_socktype = SOCK_STREAM };
	int err = getaddrinfo(host, port, &hints, &found);

	if (err) {
		fprintf(stderr, "client_threads: %s: %s\n", host,
			gai_strerror(err));
		exit(2);
	}
	memcpy(&client.to, found->ai_addr, found->ai_addrlen);
	client.to_len = found->ai_addrlen;
	freeaddrinfo(found);
	snprintf(client.request, sizeof(client.request),
		 "GET / HTTP/1.1\r\nHost: %s:%s\r\n%s\r\n", host, port,
		 client.close_each ? "Connection: close\r\n" : "");
}

static void options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "close", no_argument, NULL, 'C' },
		{ "body", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	while ((o = getopt_long(argc, argv, "c:n:", longs, NULL)) != -1) {
		if (o == 'c')
			client.threads = (int)number(optarg, 1, 20000);
		else if (o == 'n')
			client.requests = (int)number(optarg, 1, 1 << 30);
		else if (o == 'b')
			client.body = number(optarg, 0, 1L << 30);
		else if (o == 'C')
			client.close_each = true;
		else
			exit(2);
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: client_threads [-c THREADS] "
			"[-n REQUESTS] [--body BYTES] [--close] HOST PORT\n");
		exit(2);
	}
	find(argv[optind], argv[optind + 1]);
}

int main(int argc, char **argv)
{
	struct tally *t, all = { 0 };
	unsigned long due;

	options(argc, argv);
	plain_signals();
	plain_descriptors();
	t = calloc((size_t)client.threads, sizeof(*t));
	if (!t)
		die("calloc");
	for (int i = 0; i < client.threads; i++) {
		errno = pthread_create(&t[i].thread, NULL, run, &t[i]);
		if (errno)
			die("pthread_create");
	}
	for (int i = 0; i < client.threads; i++) {
		pthread_join(t[i].thread, NULL);
		all.right += t[i].right;
		all.wrong += t[i].wrong;
		all.failed += t[i].failed;
	}
	due = (unsigned long)client.threads * (unsigned long)client.requests;
	printf("%lu right, %lu wrong, %lu failed\n", all.right, all.wrong,
	       all.failed);
	return all.right != due || all.wrong || all.failed;
}
