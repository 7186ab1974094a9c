/*
 * stdio.c - libc's streams, which wait inside libc
 *
 * fgets(), printf(), getline() and a hundred more, some of them macros, come
 * down to three functions of libc's that read, write and close a stream's
 * descriptor, and that it calls through tables of its own.  So these calls, and
 * not the hundred, are what we stand in front of: when the engine starts,
 * wherever libc's tables name one of the three they are made to name ours.  Who
 * reads or writes only a buffer never comes here.
 *
 * The tables are in the part of libc's data that is read-only once it is
 * relocated (RELRO), where we look for the functions' addresses and so need not
 * know the tables' layout.  If a libc has no such functions, or its data can't
 * be changed, streams stay libc's: who waits in one while away keeps a carrier
 * until the monitor replaces it, and gets no SIGPIPE.
 *
 * A stream is locked meanwhile, and who wants the lock waits in libc: one that is
 * away keeps its carrier from running others, the lock's holder for one, until
 * the monitor sees it.  So where others are likely to want it, that is in all but
 * the reading of sockets, the holder first does what can be done at once wherever
 * it is, and is parked only if it has to wait.
 */
#include "shim/intern.h"

#include <dlfcn.h>

#define NOTCANCEL 2 /* libio's _IO_FLAGS2_NOTCANCEL: fopen(path, "c") */

static ssize_t (*libc_read)(FILE *, void *, ssize_t);
static ssize_t (*libc_write)(FILE *, const void *, ssize_t);
static int (*libc_close)(FILE *);

/*
 * What is known of f's descriptor, if f is to be read or written other than by
 * libc, which may be anywhere: NULL.  It is the cancellation point that the call
 * is, but for streams that are to be none; those are libc's, at home if need be.
 */
static struct fdent *stream_waits(const FILE *f)
{
	if (likely(!(f->_flags2 & NOTCANCEL)))
		return fd_waits(f->_fileno);
	if (fd_may_wait(f->_fileno))
		shim_go_home();
	return NULL;
}

/* Away, move what can be moved at once.  A count, or -errno; -EAGAIN: it is to
   be done by read() or write(), which may wait and raise SIGPIPE. */
static ssize_t at_once(enum op_kind kind, int fd, const void *buf, size_t len)
{
	struct iovec v = { .iov_base = (void *)buf, .iov_len = len };
	struct op op = { .kind = (uint8_t)kind, .fd = fd };

	cancel_point();
	if (!thread_is_away() || !len)
		return -EAGAIN;
	op.iov = &v;
	op.len = 1;
	if (!op_try(&op))
		return op.done ? (ssize_t)op.done : -EAGAIN;
	/* as old kernels say of what they can't try */
	return op.res == -EPIPE || op.res == -EOPNOTSUPP ? -EAGAIN : op.res;
}

static ssize_t stream_read(FILE *f, void *buf, ssize_t len)
{
	struct fdent *e = stream_waits(f);
	int fd = f->_fileno;
	ssize_t r;

	if (!e) {
		fd_long_read(fd, (size_t)len);
		return libc_read(f, buf, len);
	}
	r = e->kind < FD_PIPE ? -EAGAIN
			      : at_once(OP_READV, fd, buf, (size_t)len);
	return r == -EAGAIN ? read(fd, buf, (size_t)len) : edge(r);
}

static ssize_t write_some(int fd, const void *data, size_t len)
{
	ssize_t r = at_once(OP_WRITEV, fd, data, len);

	return r == -EAGAIN ? write(fd, data, len) : edge(r);
}

static ssize_t write_by_libc(FILE *f, const void *data, ssize_t len)
{
	ssize_t r = libc_write(f, data, len);

	if (r < len && too_big(-1))
		r += libc_write(f, (const char *)data + r, len - r);
	else if (r < len)
		piped(f->_fileno, -1, 0);
	return r;
}

/* As libc's, it writes all, or notes an error in the stream. */
static ssize_t stream_write(FILE *f, const void *data, ssize_t len)
{
	ssize_t done = 0, r;

	if (!stream_waits(f))
		return write_by_libc(f, data, len);
	while (done < len) {
		r = write_some(f->_fileno, (const char *)data + done,
			       (size_t)(len - done));
		if (r < 0) {
			f->_flags |= _IO_ERR_SEEN;
			break;
		}
		done += r;
	}
	if (f->_offset >= 0)
		f->_offset += done;
	return done;
}

static int stream_close(FILE *f)
{
	int fd = f->_fileno, r;

	if (!fd_going(fd)) {
		errno = EBADF;
		return -1;
	}
	r = libc_close(f);
	ring_closed_fd(fd);
	return r;
}

/* --- libc's tables ------------------------------------------------------------ */

static const struct {
	const char *name;
	void **libcs, *ours;
} calls[] = {
	{ "_IO_file_read", (void **)&libc_read, (void *)stream_read },
	{ "_IO_file_write", (void **)&libc_write, (void *)stream_write },
	{ "_IO_file_close", (void **)&libc_close, (void *)stream_close },
};
#define CALLS (int)(sizeof(calls) / sizeof(calls[0]))

static void *ours_for(const void *p)
{
	for (int i = 0; i < CALLS; i++)
		if (p == *calls[i].libcs)
			return calls[i].ours;
	return NULL;
}

/* What is in [from, to), whole pages, that is to stay as it is otherwise. */
static bool put_ours(void **from, void **to)
{
	size_t len = (size_t)((char *)to - (char *)from);
	bool found = false;

	if (mprotect(from, len, PROT_READ | PROT_WRITE))
		return false;
	for (void **p = from; p < to; p++) {
		void *ours = ours_for(*p);

		found |= ours != NULL;
		/* other threads may be using it */
		if (ours)
			__atomic_store_n(p, ours, __ATOMIC_RELEASE);
	}
	mprotect(from, len, PROT_READ);
	return found;
}

/* The loader has protected so much of it: whole pages. */
static int relro(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)getpagesize(), from, to;

	(void)size;
	if (!object_contains(info, (uintptr_t)libc_read))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_GNU_RELRO)
			continue;
		from = (info->dlpi_addr + ph->p_vaddr) & -page;
		to = (info->dlpi_addr + ph->p_vaddr + ph->p_memsz) & -page;
		*(bool *)arg |= put_ours((void **)from, (void **)to);
	}
	return 1;
}

void stdio_init(void)
{
	bool found = false;

	if (libc_read)
		return;
	for (int i = 0; i < CALLS; i++)
		*calls[i].libcs = dlsym(RTLD_NEXT, calls[i].name);
	if (libc_read && libc_write && libc_close)
		dl_iterate_phdr(relro, &found);
	if (!found)
		say("this libc's streams wait in the kernel");
}
