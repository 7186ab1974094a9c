/*
 * count_bpf_stub.c - in place of count_bpf.c where it could not be built
 */
#include "count.h"

static int absent(const struct target *t, char *why, size_t len)
{
	(void)t;
	snprintf(why, len,
		 "this ring-count was built without its kernel programs "
		 "(configure said why; it wants clang, bpftool and libbpf)");
	return -1;
}

const struct backend backend_bpf = { .name = "bpf", .open = absent };
const struct backend backend_bpf_raw = { .name = "bpf-raw", .open = absent };
