/*
 * inspect.h - what inspect gathers about a program before it judges
 *
 *	inspect_find.c	from a command to the file that is run in the end
 *	inspect_elf.c	what one ELF file says of itself
 *	inspect_libs.c	the libraries it names, and what they use
 *	inspect_live.c	what a running process does now
 *	inspect.c	the verdict
 */
#ifndef TOOLS_INSPECT_H
#define TOOLS_INSPECT_H

#include "report.h"

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

/* --- inspect_elf.c --- */

/* What a program uses, told by the functions it imports. */
enum use {
	USE_THREADS, /* makes threads */
	USE_NET,     /* blocks on sockets */
	USE_WAIT,    /* blocks on locks and times */
	USE_LOOP,    /* epoll, io_uring, an event library */
	USE_FORK,
	USE_PLUGINS, /* dlopen: more is to come than can be seen */
	USE_SANITIZER,
	USES,
};

#define NEEDED_MAX 256

struct elf {
	int bits;	      /* 32 or 64 */
	unsigned int machine; /* EM_... */
	bool dynamic;
	char interp[PATH_MAX]; /* the loader's path, or "" */
	bool go;
	char *symbol[USES]; /* the first import that shows it, or NULL */
	int n_needed;
	char *needed[NEEDED_MAX];
	char *runpath; /* or rpath; NULL if none */
};

/* Fill in *e from a file.  NULL, or what is wrong with the file: not an ELF
   file, or one that is damaged.  Never reads beyond the file's end. */
const char *elf_read(int fd, struct elf *e);
void elf_free(struct elf *e);

/* --- the subject --- */

struct evidence {
	const char *symbol; /* NULL: none */
	const char *file;   /* who imports it */
};

#define CALLS_MAX 32

/* How threads of a process wait now. */
enum wait_kind {
	WAIT_BLOCKED,
	WAIT_LOOP,
	WAIT_OTHER,
	WAIT_RUN,
	WAIT_KINDS
};

struct live {
	pid_t pid;
	bool gone, secure, shim, jvm, runtime, sanitizer, valgrind;
	char shim_path[PATH_MAX];
	const char *engine; /* that its descriptors show, or NULL */
	int threads, kinds[WAIT_KINDS];
	int n_calls;
	struct {
		const char *name;
		int threads;
	} calls[CALLS_MAX];
};

struct subject {
	const char *given;
	const char *path; /* of the program, in the end */
	int fd;
	const char *broken; /* what is wrong with the file, or NULL */
	struct elf elf;
	struct evidence uses[USES];
	const char *secure; /* why the loader ignores LD_PRELOAD, or NULL */
	const char *interpreter;
	bool jvm, runtime; /* see libs_name() */
	struct live *live; /* NULL: a command */
	struct report facts;
};

/* --- inspect_find.c --- */

/* Find what a command runs; ends the tool if there is no such thing. */
void find_command(struct subject *s, const char *name);
/* Why the loader would not preload into the file, for who runs this. */
const char *secure_because(int fd);

/* --- inspect_libs.c --- */

void libs_walk(struct subject *s);
/* Mark what a library's file name alone gives away. */
void libs_name(const char *name, bool *jvm, bool *runtime, bool *sanitizer);

/* --- inspect_live.c --- */

/* Look at a process; ends the tool if there is none or it may not be. */
void live_look(struct subject *s, pid_t pid);

#endif
