/*
 * load.h - the parts of ring-load and what they share
 *
 *   ring-load.c    options, the order of things, the exit status
 *   load_run.c     the clock and the loop
 *   load_conn.c    connections, and what becomes of a request
 *   load_proto.c   what is sent, and whether what comes back is right
 *   load_report.c  the progress line, the text and the JSON
 *   hist.c         latencies
 *
 * One thread, so nothing is locked.  Times are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "hist.h"

#define SECOND		1000000000.0

/* Exit statuses. */
#define LOAD_OK		0
#define LOAD_ERRORS	1	/* it ran, and something was wrong */
#define LOAD_USAGE	2
#define LOAD_BROKEN	125	/* ring-load itself could not go on */

enum proto { PROTO_HTTP, PROTO_ECHO, PROTO_UDP };

/* What can go wrong with a request; the names are in load_report.c. */
enum fault {
	FAULT_CONNECT,		/* no connection was made */
	FAULT_TIMEOUT,		/* no whole answer, or no close, in time */
	FAULT_RESET,		/* the connection broke */
	FAULT_CLOSED,		/* it was closed before a whole answer */
	FAULT_STATUS,		/* the answer was not a 200 */
	FAULT_LENGTH,		/* it was, but with too many or few bytes */
	FAULT_BODY,		/* or not with the right ones */
	FAULT_UNASKED,		/* it came without a request, or twice */
	FAULTS
};

struct options {
	unsigned int conns;
	uint64_t requests;	/* 0: until seconds are over */
	double seconds;		/* 0: until requests are done */
	double rate;		/* requests a second, 0: closed loop */
	double warmup;		/* seconds that are not counted */
	double timeout;		/* seconds */
	uint32_t life;		/* requests per connection, 0: no end */
	bool json;
	enum proto proto;
	size_t size;		/* bytes of a message or body, 0: any */
	int cpu_of;		/* a process whose CPU time is told, or 0 */
	int marks;		/* told when what counts starts and ends, or -1 */
	unsigned int sources;	/* addresses that connections come from */
	char *target;		/* as given, for the report */
	const char *path;	/* from the slash on */
	struct sockaddr_storage addr;
	socklen_t addr_len;
};

struct results {
	struct hist latency;
	uint64_t answers;	/* right answers within the time that counts */
	uint64_t bytes;		/* received, of those */
	uint64_t unsent;	/* due within the time, never sent (-R) */
	uint64_t faults[FAULTS];	/* warm-up included */
	double seconds;		/* the time that counts */
	uint64_t cpu;		/* ns of CPU of cpu_of within it, or 0 */
	bool interrupted;
	bool gave_up;		/* too many connects failed in a row */
	int why;		/* errno of the last connect that failed */
};

/* What has come of one answer.  All zeroes: nothing yet. */
struct answer {
	char *head;		/* an unfinished head, else NULL */
	size_t head_len;
	size_t at;		/* bytes of the body that were right */
	size_t size;		/* bytes it has to have */
	uint64_t got;		/* bytes in all */
	bool in_body;
	bool to_the_end;	/* no length: the body ends with the stream */
	bool closes;		/* the server says that it will close */
};

enum verdict { MORE, RIGHT, BAD_STATUS, BAD_LENGTH, BAD_BODY, UNASKED };

/* ring-load.c */
void __attribute__((noreturn, format(printf, 2, 3)))
stop(int status, const char *why, ...);
void *must_alloc(void *p);

/*
 * load_proto.c
 */

/* Make the requests, and fetch the answer that all others must be like. */
void proto_start(const struct options *o);

/*
 * The bytes of request number @seq of a slot, @len of them; @last if it is to
 * be the last on its connection.
 */
const char *proto_request(uint32_t seq, bool last, size_t *len);

/* Judge @len more bytes of the answer to request number @seq. */
enum verdict proto_feed(struct answer *a, uint32_t seq, const char *data,
			size_t len);

/* Is that, in one piece, the echo of request number @seq? */
bool proto_is_echo(uint32_t seq, const char *data, size_t len);

/* Judge the end of the stream: RIGHT, or MORE if it is no answer yet. */
enum verdict proto_end(const struct answer *a);

/* Make it ready for the next answer. */
void proto_reset(struct answer *a);

/*
 * load_run.c
 */
void load_run(const struct options *o, struct results *r);

/*
 * A new socket that connects, or -1 and errno.  A blocking one waits no longer
 * than the timeout.
 */
int load_connect(const struct options *o, bool nonblocking);

/*
 * load_report.c
 */
void report_progress(const struct results *r, double seconds);
void report_progress_end(void);
void report_text(const struct options *o, const struct results *r);
void report_json(const struct options *o, const struct results *r);
uint64_t faults_total(const struct results *r);

#endif
