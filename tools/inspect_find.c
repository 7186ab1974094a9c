/*
 * inspect_find.c - from a command to the file that is run in the end
 *
 * As execvp() finds it: in PATH, unless there is a slash in the name.  A
 * script is followed to its interpreter, as the kernel does it, and "env
 * NAME" on to that program, since that is what most scripts ask for.
 */
#include "inspect.h"
#include "launch.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SCRIPTS_MAX 5	/* as the kernel */
#define LINE	    256 /* what it reads of a script */

static bool runs(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

/* Why a file that was named can't be run. */
static void refuse(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		stop(EXIT_USAGE, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		stop(EXIT_USAGE, "%s: not a regular file", path);
	stop(EXIT_USAGE, "%s: not executable", path);
}

static char *in_path(const char *name)
{
	const char *dir = getenv("PATH");
	size_t n;

	if (strchr(name, '/')) {
		if (!runs(name))
			refuse(name);
		return text("%s", name);
	}
	for (dir = dir ? dir : "/bin:/usr/bin";; dir += n + 1) {
		char *path;

		n = strcspn(dir, ":");
		path = text("%.*s%s%s", (int)n, dir, n ? "/" : "./", name);
		if (runs(path))
			return path;
		free(path);
		if (!dir[n])
			break;
	}
	stop(EXIT_USAGE, "%s: there is no such command in PATH", name);
}

/* The words of a script's first line; false if it has none. */
static bool first_line(int fd, char *line, char **word, char **rest)
{
	ssize_t n = pread(fd, line, LINE - 1, 0);

	line[n < 0 ? 0 : n] = '\0';
	if (strncmp(line, "#!", 2) != 0)
		return false;
	line[strcspn(line, "\n")] = '\0';
	*word = line + 2 + strspn(line + 2, " \t");
	*rest = *word + strcspn(*word, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return **word;
}

/* What env would run: the first word that is no option and no assignment. */
static char *behind_env(char *rest)
{
	for (char *word; (word = strtok_r(rest, " \t", &rest));)
		if (*word != '-' && !strchr(word, '='))
			return word;
	return NULL;
}

static bool is_text(int fd)
{
	unsigned char c[LINE];
	ssize_t n = pread(fd, c, sizeof(c), 0);

	for (ssize_t i = 0; i < n; i++)
		if (!c[i] || (c[i] < ' ' && !isspace(c[i])))
			return false;
	return n > 0;
}

static void open_program(struct subject *s)
{
	s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		stop(EXIT_USAGE, "%s: %s", s->path, strerror(errno));
}

/* If s is a script: what runs it, or NULL. */
static char *interpreter(const struct subject *s)
{
	char line[LINE], *word, *rest, *behind;

	if (!first_line(s->fd, line, &word, &rest)) {
		/* execvp() has the shell run it */
		return s->elf.bits == 0 && is_text(s->fd) ? text("/bin/sh")
							  : NULL;
	}
	behind = strrchr(word, '/');
	if (behind && !strcmp(behind, "/env")) {
		behind = behind_env(rest);
		if (behind)
			return in_path(behind);
	}
	return in_path(word);
}

void find_command(struct subject *s, const char *name)
{
	char *next = in_path(name);

	for (int i = 0; next; i++) {
		if (i > SCRIPTS_MAX)
			stop(EXIT_USAGE,
			     "%s: scripts that run scripts, too "
			     "many of them",
			     name);
		s->path = next;
		open_program(s);
		s->broken = elf_read(s->fd, &s->elf);
		next = interpreter(s);
		report_add(&s->facts, PLAIN, next ? "script" : "program", NULL,
			   "%s", s->path);
		if (next) {
			s->interpreter = next;
			close(s->fd);
		}
	}
}

const char *secure_because(int fd)
{
	uid_t uid = getuid();
	struct statvfs fs;
	struct stat st;

	if (fstat(fd, &st) || (fstatvfs(fd, &fs) == 0 && fs.f_flag & ST_NOSUID))
		return NULL;
	if (st.st_mode & S_ISUID && st.st_uid != uid)
		return text("it is setuid, to user %u", st.st_uid);
	/* without the group's x it is a mark for locking, of old */
	if (st.st_mode & S_ISGID && st.st_mode & S_IXGRP &&
	    st.st_gid != getgid())
		return text("it is setgid, to group %u", st.st_gid);
	if (uid != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return "it has file capabilities";
	return NULL;
}
