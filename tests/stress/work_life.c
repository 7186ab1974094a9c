/*
 * work_life.c - rounds of the stress program about the lives of threads and
 * processes: beginnings and ends, signals, cancels, children
 */
#include "stress.h"

#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;

/* --- churn: threads come and go, each with state of its own ------------------------ */

#define BURST 16

static _Thread_local uint64_t own = 42;

struct burst {
	pthread_key_t key;
	_Atomic int destroyed;
	_Atomic int ended;
	sem_t gone;
};

struct guest {
	struct burst *burst;
	uint64_t number;
};

static void destroy(void *p)
{
	struct guest *g = p;

	g->burst->destroyed++;
	if (g->number % 3 == 2)
		sem_post(&g->burst->gone);
}

static void *guest(void *arg)
{
	struct guest *g = arg;

	CHECK(own == 42 && pthread_getspecific(g->burst->key) == NULL);
	own = g->number;
	errno = (int)g->number;
	OK0(pthread_setspecific(g->burst->key, g));
	if (g->number % 2)
		nap((int64_t)g->number * 1000);
	CHECK(own == g->number && pthread_getspecific(g->burst->key) == g);
	g->burst->ended++;
	if (g->number % 3 == 1)
		pthread_exit(g);
	return g;
}

static void churn(struct slot *s)
{
	struct burst b = { .destroyed = 0 };
	struct guest g[BURST];
	struct task t[BURST];

	OK0(pthread_key_create(&b.key, destroy));
	OK(sem_init(&b.gone, 0, 0));
	for (int i = 0; i < BURST; i++) {
		/* the number's remainder by 3 says how it ends */
		g[i] = (struct guest){ &b, below(&s->rng, 300) * 3 +
						   (uint64_t)i % 3 };
		if (i % 3 == 2)
			task_start_detached(&t[i], s, guest, &g[i]);
		else
			task_start(&t[i], s, guest, &g[i]);
	}
	for (int i = 0; i < BURST; i++) {
		if (i % 3 == 2)
			OK(sem_wait(&b.gone));
		else
			CHECK(task_join(&t[i]) == &g[i]);
	}
	CHECK(b.ended == BURST && b.destroyed == BURST);
	OK(sem_destroy(&b.gone));
	OK0(pthread_key_delete(b.key));
}

/* --- signal: a handler ends a call, or does not ------------------------------------- */

struct victim {
	int fd[2];
	_Atomic bool interrupted;
	_Atomic int handled;
};

static _Thread_local struct victim *victim;

static void on_signal(int sig)
{
	(void)sig;
	if (victim)
		victim->handled++;
}

static void *reads_until_signal(void *arg)
{
	struct victim *v = arg;
	char c;

	victim = v;
	HERE("read, to be interrupted");
	CHECK(read(v->fd[0], &c, 1) == -1 && errno == EINTR);
	CHECK(v->handled > 0);
	v->interrupted = true;
	victim = NULL;
	return NULL;
}

static void *reads_through_signals(void *arg)
{
	struct victim *v = arg;
	char c;

	victim = v;
	v->interrupted = true; /* that is: ready */
	CHECK(OK(read(v->fd[0], &c, 1)) == 1 && c == 'x');
	CHECK(OK(recv(v->fd[0], &c, 1, 0)) == 1 && c == 'y');
	victim = NULL;
	return NULL;
}

static void signal_setup(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	OK(sigaction(SIGUSR1, &sa, NULL));
	sa.sa_flags = SA_RESTART;
	OK(sigaction(SIGALRM, &sa, NULL));
}

static void signals(struct slot *s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct victim v = { .handled = 0 };
	struct task t;
	int before;

	OK0(pthread_once(&once, signal_setup));
	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, v.fd));
	task_start(&t, s, reads_until_signal, &v);
	while (!v.interrupted) {
		OK0(pthread_kill(t.thread, SIGUSR1));
		nap(below(&s->rng, 300000));
	}
	task_join(&t);
	v.interrupted = false;
	before = v.handled;
	task_start(&t, s, reads_through_signals, &v);
	while (!v.interrupted)
		nap(50000);
	/* each is handled before the next is sent */
	for (int i = 0; i < 5; i++) {
		OK0(pthread_kill(t.thread, SIGALRM));
		while (v.handled == before + i)
			nap(20000);
		CHECK(v.handled == before + i + 1);
	}
	OK(write(v.fd[1], "x", 1));
	OK0(pthread_kill(t.thread, SIGALRM));
	OK(write(v.fd[1], "y", 1));
	task_join(&t);
	OK(close(v.fd[0]));
	OK(close(v.fd[1]));
}

/* --- cancel: threads that are ended where they wait ---------------------------------- */

struct doomed {
	enum {
		IN_READ,
		IN_RECV,
		IN_ACCEPT,
		IN_POLL,
		IN_COND,
		IN_SEM,
		IN_SLEEP,
		IN_JOIN,
		IN_WRITE,
		DOOMS
	} in;
	int fd[2];
	pthread_mutex_t lock;
	pthread_cond_t cond;
	sem_t sem, ready;
	pthread_t other;
	bool disabled;
	int cleaned;
};

static void unlocks(void *arg)
{
	struct doomed *d = arg;

	OK0(pthread_mutex_unlock(&d->lock));
}

static void cleans(void *arg)
{
	((struct doomed *)arg)->cleaned++;
}

static void wait_cond(struct doomed *d)
{
	OK0(pthread_mutex_lock(&d->lock));
	pthread_cleanup_push(unlocks, d);
	for (;;)
		OK0(pthread_cond_wait(&d->cond, &d->lock));
	pthread_cleanup_pop(1);
}

static void write_full(struct doomed *d)
{
	static const char zeros[65536];

	for (;;)
		OK(write(d->fd[1], zeros, sizeof(zeros)));
}

static void wait_for_ever(struct doomed *d)
{
	struct pollfd p = { .fd = d->fd[0], .events = POLLIN };
	char c;

	switch (d->in) {
	case IN_READ:
		OK(read(d->fd[0], &c, 1));
		break;
	case IN_RECV:
		OK(recv(d->fd[0], &c, 1, 0));
		break;
	case IN_ACCEPT:
		OK(accept(d->fd[0], NULL, NULL));
		break;
	case IN_POLL:
		HERE("poll");
		while (poll(&p, 1, -1) < 0)
			CHECK(errno == EINTR);
		break;
	case IN_COND:
		wait_cond(d);
		break;
	case IN_SEM:
		OK(sem_wait(&d->sem));
		break;
	case IN_SLEEP:
		for (;;)
			nap(INT64_C(3600000000000));
	case IN_JOIN:
		OK0(pthread_join(d->other, NULL));
		break;
	default:
		write_full(d);
	}
	FAIL("came back from where it was to be cancelled (%d)", d->in);
}

static void *doomed(void *arg)
{
	struct doomed *d = arg;
	int old;

	pthread_cleanup_push(cleans, d);
	if (d->disabled) {
		OK0(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
		OK(sem_post(&d->ready));
		nap(500000);
		d->cleaned = 10;
		OK0(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old));
	} else {
		OK(sem_post(&d->ready));
	}
	wait_for_ever(d);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *sleeper(void *arg)
{
	OK(sem_wait(arg));
	return NULL;
}

static void cancel_one(struct slot *s, struct doomed *d)
{
	struct task t, other;
	sem_t wake;

	OK(sem_init(&wake, 0, 0));
	task_start(&other, s, sleeper, &wake);
	d->other = other.thread;
	task_start(&t, s, doomed, d);
	OK(sem_wait(&d->ready));
	if (below(&s->rng, 2))
		nap(below(&s->rng, 1000000));
	OK0(pthread_cancel(t.thread));
	CHECK(task_join(&t) == PTHREAD_CANCELED);
	CHECK(d->cleaned == (d->disabled ? 11 : 1));
	OK(sem_post(&wake));
	task_join(&other);
	OK(sem_destroy(&wake));
	/* nothing is left locked */
	OK0(pthread_mutex_lock(&d->lock));
	OK0(pthread_mutex_unlock(&d->lock));
}

static void cancel(struct slot *s)
{
	struct doomed d = { .in = below(&s->rng, DOOMS),
			    .disabled = below(&s->rng, 4) == 0,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .cond = PTHREAD_COND_INITIALIZER };

	OK(sem_init(&d.sem, 0, 0));
	OK(sem_init(&d.ready, 0, 0));
	if (d.in == IN_ACCEPT) {
		d.fd[0] = open_listener(TCP);
		d.fd[1] = OK(dup(d.fd[0]));
	} else {
		open_pair(d.in == IN_READ ? PIPE : SOCKETPAIR, d.fd);
	}
	cancel_one(s, &d);
	OK(close(d.fd[0]));
	OK(close(d.fd[1]));
	OK0(pthread_cond_destroy(&d.cond));
	OK0(pthread_mutex_destroy(&d.lock));
	OK(sem_destroy(&d.sem));
	OK(sem_destroy(&d.ready));
}

/* --- fork: the child does I/O, with threads or without -------------------------------- */

struct child {
	struct slot *slot;
	int fd;
	uint64_t key_in, key_out;
	uint32_t len;
};

static void *child_reads(void *arg)
{
	struct child *c = arg;
	struct flow in = { &board->tally[c->slot->nr], c->key_in, 0 };
	struct rng r = { c->key_in };

	flow_recv(&in, c->fd, SOCKETPAIR, c->len, &r);
	return NULL;
}

static void child_main(struct child *c, bool threads)
{
	struct flow out = { &board->tally[c->slot->nr], c->key_out, 0 };
	struct rng r = { c->key_out };
	struct task t;

	spots_after_fork();
	if (threads)
		task_start(&t, c->slot, child_reads, c);
	else
		child_reads(c);
	flow_send(&out, c->fd, SOCKETPAIR, c->len, &r);
	if (threads)
		task_join(&t);
	_exit(7);
}

static void reap(pid_t pid, int want)
{
	int status;

	CHECK(OK(waitpid(pid, &status, 0)) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
		FAIL("the child's status is %x", status);
}

static void forks(struct slot *s)
{
	bool threads = below(&s->rng, 2);
	struct child c = { s, 0, rnd(&s->rng), rnd(&s->rng),
			   1 + below(&s->rng, 9000) };
	struct flow out = { &board->tally[s->nr], c.key_in, 0 };
	struct flow in = { &board->tally[s->nr], c.key_out, 0 };
	int fd[2];
	pid_t pid;

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
	c.fd = fd[1];
	pid = OK(fork());
	if (pid == 0)
		child_main(&c, threads);
	OK(close(fd[1]));
	flow_send(&out, fd[0], SOCKETPAIR, c.len, &s->rng);
	flow_recv(&in, fd[0], SOCKETPAIR, c.len, &s->rng);
	reap(pid, 7);
	OK(close(fd[0]));
}

/* --- spawn: other programs, by every way there is --------------------------------------- */

static void spawn_cat(struct slot *s)
{
	char *argv[] = { "cat", NULL };
	uint32_t len = 1 + below(&s->rng, 3000);
	struct flow out = { &board->tally[s->nr], rnd(&s->rng), 0 };
	struct flow in = out;
	posix_spawn_file_actions_t acts;
	int to[2], from[2];
	pid_t pid;

	open_pair(PIPE, to);
	open_pair(PIPE, from);
	OK0(posix_spawn_file_actions_init(&acts));
	OK0(posix_spawn_file_actions_adddup2(&acts, to[0], 0));
	OK0(posix_spawn_file_actions_adddup2(&acts, from[1], 1));
	OK0(posix_spawnp(&pid, "cat", &acts, NULL, argv, environ));
	OK0(posix_spawn_file_actions_destroy(&acts));
	OK(close(to[0]));
	OK(close(from[1]));
	flow_send(&out, to[1], PIPE, len, &s->rng);
	flow_recv(&in, from[0], PIPE, len, &s->rng);
	OK(kill(pid, SIGKILL));
	CHECK(OK(waitpid(pid, NULL, 0)) == pid);
	OK(close(to[1]));
	OK(close(from[0]));
}

static void spawn_popen(void)
{
	char line[80] = "";
	FILE *f = popen("echo some words", "re");

	OK(f ? 0 : -1);
	HERE("fgets");
	CHECK(fgets(line, sizeof(line), f));
	CHECK(strcmp(line, "some words\n") == 0);
	CHECK(OK(pclose(f)) == 0);
}

static void spawn(struct slot *s)
{
	int status;

	switch (below(&s->rng, 3)) {
	case 0:
		spawn_cat(s);
		break;
	case 1:
		spawn_popen();
		break;
	default:
		errno = 0;
		status = OK(system("exit 5"));
		/* 7f00: errno says why there is no shell, if libc knows */
		if (status != 5 << 8)
			FAIL("the shell's status is %x, errno %d", status,
			     errno);
	}
}

/* --- burn: threads that compute, or block where nobody sees it ---------------------------- */

static _Atomic uint64_t sink;

static void *compute(void *arg)
{
	int64_t end = now(CLOCK_MONOTONIC) + *(int64_t *)arg;
	struct rng r = { 1 };

	HERE("computing");
	while (now(CLOCK_MONOTONIC) < end) {
		for (int i = 0; i < 5000; i++)
			sink += rnd(&r);
	}
	return NULL;
}

static void *block_unseen(void *arg)
{
	struct timespec ts = { 0, *(int64_t *)arg };

	HERE("a nanosleep that is not libc's");
	while (syscall(SYS_nanosleep, &ts, &ts) < 0)
		CHECK(errno == EINTR);
	return NULL;
}

static void burn(struct slot *s)
{
	int64_t ns[4];
	struct task t[4];

	for (int i = 0; i < 4; i++) {
		ns[i] = below(&s->rng, 25000000);
		task_start(&t[i], s, i % 2 ? compute : block_unseen, &ns[i]);
	}
	for (int i = 0; i < 4; i++)
		task_join(&t[i]);
	nap(below(&s->rng, 40000000));
}

const struct kind kinds_life[] = {
	{ "churn", churn }, { "signal", signals }, { "cancel", cancel },
	{ "fork", forks },  { "spawn", spawn },	   { "burn", burn },
	{ NULL, NULL },
};
