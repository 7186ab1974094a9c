/*
 * engine_uring_stub.c - in place of engine_uring.c where it is not built
 */
#include "ring/sched.h"

static int none(struct carrier *c)
{
	(void)c;
	return -ENOSYS;
}

const struct engine engine_uring = { .name = "io_uring", .open = none };
