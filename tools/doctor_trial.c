/*
 * doctor_trial.c - the proof: threads that wait, under the library
 *
 * This program runs itself under the library, as run would, with
 * RING_SHIM_VERBOSE=1; there it lets pairs of threads pass bytes to and fro
 * over socket pairs, so that each waits often, and checks them.  The line
 * the library says at the end has the engine and the number of waits in user
 * space.  An alarm ends a trial that hangs.
 */
#include "doctor.h"
#include "launch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAIRS	4
#define ROUNDS	100
#define LONGEST 45 /* seconds */

/* --- in the trial's process ----------------------------------------------- */

struct end {
	int fd;
	bool begins, failed;
};

static bool exchange(const struct end *e, unsigned char n)
{
	unsigned char got = (unsigned char)~n;

	if (e->begins && write(e->fd, &n, 1) != 1)
		return false;
	if (read(e->fd, &got, 1) != 1 || got != n)
		return false;
	return e->begins || write(e->fd, &n, 1) == 1;
}

static void *play(void *arg)
{
	struct end *e = arg;

	for (int i = 0; i < ROUNDS && !e->failed; i++)
		e->failed = !exchange(e, (unsigned char)i);
	close(e->fd);
	return NULL;
}

int trial(void)
{
	struct end ends[2 * PAIRS] = { 0 };
	pthread_t threads[2 * PAIRS];
	bool failed = false;
	int fds[2];

	for (int i = 0; i < 2 * PAIRS; i++) {
		if (i % 2 == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
			return 1;
		ends[i].fd = fds[i % 2];
		ends[i].begins = i % 2;
		if (pthread_create(&threads[i], NULL, play, &ends[i]))
			return 1;
	}
	for (int i = 0; i < 2 * PAIRS; i++) {
		pthread_join(threads[i], NULL);
		failed |= ends[i].failed;
	}
	return failed;
}

/* --- in the doctor -------------------------------------------------------- */

static void become_trial(const char *library, int err)
{
	char *list = library_preload(library, getenv("LD_PRELOAD"));

	setenv("LD_PRELOAD", list, 1);
	setenv("RING_SHIM_ENGINE", "auto", 1);
	setenv("RING_SHIM_MIN_THREADS", "0", 1);
	setenv("RING_SHIM_VERBOSE", "1", 1);
	unsetenv("RING_SHIM_CARRIERS");
	dup2(err, STDERR_FILENO);
	alarm(LONGEST);
	execl("/proc/self/exe", "ring-shim", "doctor", "--trial", NULL);
	_exit(EXIT_NO_EXEC);
}

/* Run it; its wait status, and what it said. */
static int run_trial(const char *library, char *said, size_t room)
{
	size_t n = 0;
	int fds[2], status = -1;
	ssize_t got;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0)
		become_trial(library, fds[1]);
	close(fds[1]);
	while (pid > 0 && n < room - 1 &&
	       (got = read(fds[0], said + n, room - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static const char *engine_in(const char *said, unsigned long *parks)
{
	static char name[32];
	const char *p = said, *found = NULL;

	while ((p = strstr(p, "engine ")))
		found = p++;
	if (!found || sscanf(found, "engine %31[a-z_]", name) != 1)
		return NULL;
	p = strstr(found, "parks ");
	*parks = p ? strtoul(p + 6, NULL, 10) : 0;
	return name;
}

/* What went wrong, in the loader's own words. */
static const char *first_line(char *said)
{
	said[strcspn(said, "\n")] = '\0';
	return said;
}

static const char *judge(struct report *r, int status, char *said)
{
	unsigned long parks = 0;
	const char *engine = engine_in(said, &parks);

	if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status)) {
		report_add(r, FAIL, "trial", "please report this",
			   "threads under the library: %s",
			   status != -1 && WIFSIGNALED(status)
				   ? strsignal(WTERMSIG(status))
				   : "went wrong");
		return NULL;
	}
	if (!engine) {
		report_add(r, FAIL, "trial", "does the file fit this system?",
			   "the library was not loaded%s%s", *said ? ": " : "",
			   first_line(said));
		return NULL;
	}
	if (!strcmp(engine, "none"))
		report_add(r, FAIL, "trial", NULL,
			   "threads waited in the kernel, as without it");
	else
		report_add(r, OK, "trial", NULL,
			   "%d threads waited %lu times in user space, on %s",
			   2 * PAIRS, parks, engine);
	return engine;
}

const char *look_at_trial(struct report *r)
{
	char said[4096], *tried, *library = library_find(&tried);

	if (!library) {
		report_add(r, FAIL, "library", "make install",
			   "not found: looked for %s", tried);
		return NULL;
	}
	report_add(r, OK, "library", NULL, "%s", library);
	return judge(r, run_trial(library, said, sizeof(said)), said);
}
