/*
 * load_proto.c - what is sent, and whether what comes back is right
 *
 * HTTP.  Before the run one request is made on a connection of its own, and
 * its answer is the model: every other must be a 200 with a body of the same
 * bytes.  The usual answer is equal to the model with its head and comes in
 * one piece, so that is compared first, in one go; only if it differs is its
 * head looked at, line by line.  Chunked bodies are not understood.
 *
 * Echo, over TCP or UDP.  A message is a piece of one long pattern of bytes
 * that do not repeat, starting elsewhere for each request, so that an answer
 * to another request is not taken for right.
 */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX	16384
#define BODY_MAX	(1UL << 30)
#define SHOWN		60	/* bytes of an answer, in a message */
#define SHIFTS		251	/* starts of messages within the pattern */

static enum proto proto;

/* The request (HTTP) or the pattern that messages are cut from. */
static char *request;
static size_t request_len;

/* The request that asks for the connection to be closed. */
static char *last_request;
static size_t last_len;

/* The model answer: head_len bytes of head and then its body. */
static struct {
	char *data;
	size_t len, head_len;
	bool closes, to_the_end;
} model;

static size_t start_of(uint32_t seq)
{
	return seq % SHIFTS;
}

const char *proto_request(uint32_t seq, bool last, size_t *len)
{
	last = last && proto == PROTO_HTTP;
	*len = last ? last_len : request_len;
	if (last)
		return last_request;
	return proto == PROTO_HTTP ? request : request + start_of(seq);
}

void proto_reset(struct answer *a)
{
	if (a->head)
		free(a->head);
	*a = (struct answer){ 0 };
}

bool proto_is_echo(uint32_t seq, const char *data, size_t len)
{
	return len == request_len &&
	       !memcmp(data, request + start_of(seq), len);
}

static enum verdict feed_echo(struct answer *a, uint32_t seq,
			      const char *data, size_t len)
{
	size_t right = request_len - a->at < len ? request_len - a->at : len;

	if (memcmp(data, request + start_of(seq) + a->at, right))
		return BAD_BODY;
	if (right < len)
		return BAD_LENGTH;
	a->at += len;
	return a->at == request_len ? RIGHT : MORE;
}

/* The value of head field @name in the line @line, or NULL. */
static const char *field(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len))
		return NULL;
	return line + len + strspn(line + len, " \t");
}

static bool read_field(struct answer *a, const char *line)
{
	const char *value;
	char *end;

	if ((value = field(line, "content-length:"))) {
		a->size = strtoul(value, &end, 10);
		a->to_the_end = false;
		return end != value && a->size <= BODY_MAX;
	}
	if ((value = field(line, "connection:")))
		a->closes = strncasecmp(value, "keep-alive", 10) &&
			    (a->closes || !strncasecmp(value, "close", 5));
	if ((value = field(line, "transfer-encoding:")))
		return false;
	return true;
}

/* Read the head, which ends with an empty line and a zero byte. */
static enum verdict read_head(struct answer *a, const char *head)
{
	if (strncmp(head, "HTTP/1.", 7) || strncmp(head + 8, " 200", 4))
		return BAD_STATUS;
	a->to_the_end = true;
	a->closes = head[7] == '0';
	while ((head = strstr(head, "\r\n"))) {
		head += 2;
		if (!read_field(a, head))
			return BAD_LENGTH;
	}
	a->in_body = true;
	return MORE;
}

/*
 * Keep what has come of the head.  Once it is whole, read it, and leave in
 * @data and @len what follows it.
 */
static enum verdict feed_head(struct answer *a, const char **data, size_t *len)
{
	size_t room = HEAD_MAX - a->head_len, take = *len < room ? *len : room;
	size_t before = a->head_len;
	char *end;

	if (!a->head)
		a->head = must_alloc(malloc(HEAD_MAX + 1));
	memcpy(a->head + before, *data, take);
	a->head_len += take;
	end = memmem(a->head, a->head_len, "\r\n\r\n", 4);
	if (!end)
		return a->head_len == HEAD_MAX ? BAD_STATUS : MORE;
	end[4] = '\0';
	a->head_len = (size_t)(end + 4 - a->head);
	*data += a->head_len - before;
	*len -= a->head_len - before;
	return read_head(a, a->head);
}

static enum verdict feed_body(struct answer *a, const char *data, size_t len)
{
	size_t size = model.len - model.head_len;

	if (a->to_the_end)
		a->size = size;
	if (a->size != size || len > size - a->at)
		return BAD_LENGTH;
	if (memcmp(data, model.data + model.head_len + a->at, len))
		return BAD_BODY;
	a->at += len;
	return a->at == size && !a->to_the_end ? RIGHT : MORE;
}

static enum verdict feed_http(struct answer *a, const char *data, size_t len)
{
	enum verdict v;

	if (len == model.len && !a->got && !model.to_the_end &&
	    !memcmp(data, model.data, len)) {
		a->closes = model.closes;
		return RIGHT;
	}
	if (!a->in_body) {
		v = feed_head(a, &data, &len);
		if (v != MORE || !a->in_body)
			return v;
	}
	return feed_body(a, data, len);
}

enum verdict proto_feed(struct answer *a, uint32_t seq, const char *data,
			size_t len)
{
	enum verdict v;

	if (proto == PROTO_HTTP)
		v = feed_http(a, data, len);
	else
		v = feed_echo(a, seq, data, len);
	a->got += len;
	return v;
}

enum verdict proto_end(const struct answer *a)
{
	bool whole = a->at == model.len - model.head_len;

	return a->in_body && a->to_the_end && whole ? RIGHT : MORE;
}

static int send_request(int fd, bool last)
{
	size_t len;
	const char *data = proto_request(0, last, &len);
	ssize_t n;

	for (size_t at = 0; at < len; at += (size_t)n) {
		n = send(fd, data + at, len - at, MSG_NOSIGNAL);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* Has the model, of which @a is the head, all its bytes? */
static bool model_whole(const struct answer *a)
{
	return a->in_body && !a->to_the_end &&
	       model.len >= model.head_len + a->size;
}

static double clock_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / SECOND;
}

/* Read into the model until it is whole or the stream ends; -1 and errno. */
static ssize_t read_model(const struct options *o, int fd, struct answer *a,
			  enum verdict *v)
{
	double last = clock_seconds() + o->timeout;
	const char *rest;
	size_t left, room = 0;
	ssize_t n;

	do {
		if (room - model.len < HEAD_MAX) {
			room = room * 2 + HEAD_MAX;
			model.data = must_alloc(realloc(model.data, room));
		}
		n = recv(fd, model.data + model.len, room - model.len, 0);
		if (n <= 0)
			return n;
		errno = EAGAIN;
		if (clock_seconds() > last)
			return -1;
		rest = model.data + model.len;
		left = (size_t)n;
		model.len += left;
		if (!a->in_body)
			*v = feed_head(a, &rest, &left);
		model.head_len = a->head_len;
	} while (*v == MORE && !model_whole(a) && model.len < BODY_MAX);
	return 1;
}

/* The first line of what came, fit to be shown. */
static const char *first_line(const struct answer *a)
{
	static char line[SHOWN + 1];
	size_t i;

	for (i = 0; i < SHOWN && i < a->head_len; i++) {
		if (a->head[i] == '\r' || a->head[i] == '\n')
			break;
		line[i] = a->head[i] < ' ' || a->head[i] > '~' ? '?' :
								 a->head[i];
	}
	return line;
}

static void check_model(const struct options *o, const struct answer *a,
			enum verdict v)
{
	size_t size = model.len - model.head_len;

	if (v == BAD_STATUS)
		stop(LOAD_ERRORS, "%s: the answer is not an HTTP/1 200: %s",
		     o->target, first_line(a));
	if (v == BAD_LENGTH)
		stop(LOAD_ERRORS, "%s: cannot tell the length of the answer "
		     "(chunked ones are not understood)", o->target);
	if (!a->in_body || (!a->to_the_end && size != a->size))
		stop(LOAD_ERRORS, "%s: the answer is cut short or too long",
		     o->target);
	if (o->size && size != o->size)
		stop(LOAD_ERRORS, "%s: a body of %zu bytes, not %zu",
		     o->target, size, o->size);
}

static const char *why(int err)
{
	return err == EAGAIN || err == EINPROGRESS ? "timed out" :
						     strerror(err);
}

static void fetch_model(const struct options *o)
{
	struct answer a = { 0 };
	enum verdict v = MORE;
	int fd = load_connect(o, false);

	if (fd < 0)
		stop(LOAD_ERRORS, "%s: cannot connect: %s", o->target,
		     why(errno));
	if (send_request(fd, o->life == 1) || read_model(o, fd, &a, &v) < 0)
		stop(LOAD_ERRORS, "%s: no answer: %s", o->target, why(errno));
	close(fd);
	check_model(o, &a, v);
	model.closes = a.closes;
	model.to_the_end = a.to_the_end;
	proto_reset(&a);
}

/* Print a request to @to, with the header field @field: its length. */
static size_t print_request(char **to, const struct options *o,
			    const char *field)
{
	int len = asprintf(to, "GET %s HTTP/1.1\r\nHost: %.*s\r\n%s\r\n",
			   o->path, (int)strcspn(o->target, "/"), o->target,
			   field);

	if (len < 0)
		must_alloc(NULL);
	return (size_t)len;
}

static void make_request(const struct options *o)
{
	request_len = print_request(&request, o, "");
	last_len = print_request(&last_request, o, "Connection: close\r\n");
}

static void make_pattern(size_t size)
{
	uint32_t x = 1;

	request = must_alloc(malloc(size + SHIFTS));
	request_len = size;
	for (size_t i = 0; i < size + SHIFTS; i++) {
		x = x * 1664525 + 1013904223;
		request[i] = (char)(x >> 24);
	}
}

void proto_start(const struct options *o)
{
	proto = o->proto;
	if (proto != PROTO_HTTP) {
		make_pattern(o->size);
		return;
	}
	make_request(o);
	fetch_model(o);
}
