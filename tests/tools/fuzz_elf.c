/*
 * fuzz_elf.c - damaged ELF files, read by the tool's own reader
 *
 *	fuzz_elf FILE...
 *
 * Each file is cut at many lengths, and has bytes and words of its tables
 * replaced, with a seed that is always the same; the reader must come back
 * each time.  Built with sanitizers where there are any, which end it at the
 * first access out of bounds.  Prints how often a file was called good or not.
 */
#include "tools/inspect.h"
#include "tools/launch.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS 3000
#define MOST   (1 << 20)

void *must_alloc(void *p)
{
	if (!p)
		abort();
	return p;
}

char *text(const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	if (vasprintf(&s, fmt, args) < 0)
		abort();
	va_end(args);
	return s;
}

static uint64_t state = 88172645463325252;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static unsigned long good, bad;

static void look(const unsigned char *p, size_t n)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);
	struct elf e;

	if (fd < 0 || (n && write(fd, p, n) != (ssize_t)n)) {
		perror("fuzz_elf: memfd");
		exit(1);
	}
	if (elf_read(fd, &e))
		bad++;
	else
		good++;
	elf_free(&e);
	close(fd);
}

/* Damage where it tells: in the headers, in the tables, anywhere. */
static void damage(unsigned char *p, size_t n)
{
	static const uint64_t words[] = { 0,	      1,
					  0x7fffffff, 0xffffffff,
					  UINT64_MAX, 1ull << 63,
					  0x1000,     UINT64_MAX - 7 };
	size_t reach = draw(3) ? 1024 : n, size = draw(2) ? 1 : 8;
	size_t at;

	if (reach > n)
		reach = n;
	at = draw(reach);
	if (at + 8 > n || at < 20)
		return;
	if (size == 1)
		p[at] = (unsigned char)draw(256);
	else
		memcpy(p + (at & ~7ul), &words[draw(8)], 8);
}

static size_t load(const char *path, unsigned char *p)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, p, MOST);

	if (n < 64) {
		fprintf(stderr, "fuzz_elf: %s: cannot be read\n", path);
		exit(2);
	}
	close(fd);
	return (size_t)n;
}

int main(int argc, char **argv)
{
	static unsigned char p[MOST], q[MOST];

	for (int i = 1; i < argc; i++) {
		size_t n = load(argv[i], p);

		for (size_t cut = 0; cut < n; cut += cut < 1500 ? 5 : n / 50)
			look(p, cut);
		for (int round = 0; round < ROUNDS; round++) {
			memcpy(q, p, n);
			for (uint64_t k = 1 + draw(4); k; k--)
				damage(q, n);
			look(q, n);
		}
	}
	printf("%lu read, %lu refused\n", good, bad);
	return !(good && bad);
}
