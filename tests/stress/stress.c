/*
 * stress.c - everything at once, and nothing may be lost or hang
 *
 * The worker process runs slots, each a thread that does one kind of work in
 * rounds (work_*.c), starting and ending other threads and processes as it
 * goes, while pests send signals to all of them.  Every byte that is moved is
 * compared with what it must be; what was sent and received is added up and
 * must balance in the end.  With --rounds the totals follow from the seed, so
 * that they can be compared between runs, too.
 *
 * The parent has no threads and watches: when a slot has done no round for too
 * long, it says where each thread is and ends the run.
 *
 * Times are never asserted, but that nothing happens before its time.
 */
#include "stress.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>

struct board *board;
_Thread_local struct spot *me;

static struct spot nowhere; /* for threads without a place on the board */
struct slot slots[MAX_SLOTS];
int n_slots;
struct options opt = {
	.seconds = 10, .seed = 1, .each = 2, .pests = 1, .hang = 60
};

/* --- failing ---------------------------------------------------------------- */

void fail(const char *file, int line, const char *fmt, ...)
{
	int slot = me ? me->slot : -1;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	board->failed = true;
	if (slot >= 0)
		fprintf(stderr, "stress: slot %d (%s) round %llu: %s:%d: %s\n",
			slot, slots[slot].kind->name,
			(unsigned long long)slots[slot].round, file, line,
			text);
	else
		fprintf(stderr, "stress: %s:%d: %s\n", file, line, text);
	_exit(1);
}

/* --- times ------------------------------------------------------------------ */

int64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

struct timespec in_ns(clockid_t clock, int64_t ns)
{
	ns += now(clock);
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

void nap(int64_t ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };

	HERE("nanosleep");
	while (nanosleep(&ts, &ts) < 0)
		CHECK(errno == EINTR);
}

/* --- threads ----------------------------------------------------------------- */

/* One past the last spot that was ever taken: the lowest free one is. */
static _Atomic int spots_top;

/* In a forked child, whose threads take spots of the same board, to be seen by
   the watcher.  They are none of the pests', which are the worker's. */
static bool in_child;

static void set_live(struct spot *s, bool live)
{
	if (in_child)
		return;
	pthread_mutex_lock(&s->lock);
	s->thread = pthread_self();
	s->live = live;
	pthread_mutex_unlock(&s->lock);
}

static struct spot *take_spot(int slot)
{
	for (int i = 0;; i = (i + 1) % MAX_SPOTS) {
		struct spot *s = &board->spots[i];
		int top = spots_top;

		if (s->used || atomic_exchange(&s->used, 1))
			continue;
		while (top <= i &&
		       !atomic_compare_exchange_weak(&spots_top, &top, i + 1))
			;
		s->slot = slot;
		s->what = "start";
		s->line = 0;
		set_live(s, true);
		return s;
	}
}

static void leave_spot(void *arg)
{
	struct spot *s = arg;

	set_live(s, false);
	me = &nowhere;
	s->used = 0;
}

/* No pest may come before the thread is joined or gone: it is live no more
   when its function is left, which a cancel does by the cleanup. */
static void *task_run(void *arg)
{
	struct task *t = arg;
	void *r;

	me = take_spot(t->slot->nr);
	pthread_cleanup_push(leave_spot, me);
	r = t->run(t->arg);
	pthread_cleanup_pop(1);
	return r;
}

void task_start(struct task *t, struct slot *s, void *(*run)(void *), void *arg)
{
	t->slot = s;
	t->run = run;
	t->arg = arg;
	OK0(pthread_create(&t->thread, NULL, task_run, t));
}

void task_start_detached(struct task *t, struct slot *s, void *(*run)(void *),
			 void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	t->slot = s;
	t->run = run;
	t->arg = arg;
	OK0(pthread_attr_init(&attr));
	OK0(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED));
	OK0(pthread_create(&thread, &attr, task_run, t));
	OK0(pthread_attr_destroy(&attr));
}

void *task_join(struct task *t)
{
	void *r;

	OK0(pthread_join(t->thread, &r));
	return r;
}

void spots_after_fork(void)
{
	static struct spot mine;

	in_child = true;
	mine.slot = me->slot;
	me = &mine;
}

/* --- pests -------------------------------------------------------------------- */

static void on_pest(int sig)
{
	int saved = errno;

	(void)sig;
	if (me && me != &nowhere)
		board->tally[me->slot].signals++;
	errno = saved;
}

static void *pest(void *arg)
{
	struct rng r = { *(uint64_t *)arg };
	sigset_t all;

	me = &nowhere;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!board->stop) {
		uint32_t top = (uint32_t)spots_top;
		struct spot *s = &board->spots[below(&r, top + !top)];

		pthread_mutex_lock(&s->lock);
		if (s->live)
			pthread_kill(s->thread, SIGUSR2);
		pthread_mutex_unlock(&s->lock);
		usleep(below(&r, 2000));
	}
	return NULL;
}

/* --- the worker ---------------------------------------------------------------- */

static void *slot_run(void *arg)
{
	struct slot *s = arg;
	struct tally *t = &board->tally[s->nr];

	for (s->round = 0; !board->stop; s->round++) {
		if (opt.rounds && s->round == opt.rounds)
			break;
		s->rng = (struct rng){ opt.seed << 40 ^ (uint64_t)s->nr << 32 ^
				       s->round };
		s->rng = fork_rng(&s->rng);
		s->kind->round(s);
		t->rounds++;
	}
	return NULL;
}

static bool wanted(const char *name)
{
	const char *p = opt.kinds;
	size_t n = strlen(name);

	for (; p && *p; p += strcspn(p, ","), p += *p == ',') {
		if (strcspn(p, ",") == n && memcmp(p, name, n) == 0)
			return true;
	}
	return !opt.kinds;
}

static void add_slots(const struct kind *k)
{
	for (; k->name; k++) {
		for (int i = 0; i < opt.each && wanted(k->name); i++) {
			if (n_slots == MAX_SLOTS)
				return;
			slots[n_slots] = (struct slot){ n_slots, k, 0, { 0 } };
			n_slots++;
		}
	}
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}

static int worker(void)
{
	struct task tasks[MAX_SLOTS];
	pthread_t pests[16];
	uint64_t seeds[16];

	me = &nowhere;
	nowhere.slot = -1;
	for (int i = 0; i < MAX_SPOTS; i++)
		pthread_mutex_init(&board->spots[i].lock, NULL);
	handle(SIGUSR2, on_pest, SA_RESTART);
	for (int i = 0; i < n_slots; i++)
		task_start(&tasks[i], &slots[i], slot_run, &slots[i]);
	for (int i = 0; i < opt.pests; i++) {
		seeds[i] = opt.seed + (uint64_t)i;
		OK0(pthread_create(&pests[i], NULL, pest, &seeds[i]));
	}
	if (!opt.rounds) {
		nap((int64_t)(opt.seconds * 1e9));
		board->stop = true;
	}
	for (int i = 0; i < n_slots; i++)
		task_join(&tasks[i]);
	board->stop = true;
	for (int i = 0; i < opt.pests; i++)
		OK0(pthread_join(pests[i], NULL));
	return 0;
}

/* --- options ---------------------------------------------------------------------- */

static void usage(FILE *to)
{
	fprintf(to,
		"usage: stress [OPTION]...\n"
		"Threads, locks, signals, processes and I/O, all at once and checked.\n"
		"\n"
		"  --seconds N   run for so long (10)\n"
		"  --rounds N    or until each slot has done so many rounds; the\n"
		"                totals then depend on the seed alone\n"
		"  --seed N      what all is derived from (1)\n"
		"  --each N      slots of each kind (2)\n"
		"  --kinds LIST  only these kinds of work, separated by commas\n"
		"  --pests N     threads that send signals to the others (1)\n"
		"  --hang N      a slot without a round for N seconds hangs (60)\n"
		"  --keep        leave a process that hangs for a debugger\n"
		"  --verbose     tell each minute, and of each slot at the end\n"
		"  --help, --version\n"
		"\n"
		"Exit status: 0 if all was well, 1 if not, 2 for bad usage.\n");
}

static _Noreturn void bad(const char *what, const char *value)
{
	fprintf(stderr, "stress: %s%s; try: stress --help\n", what, value);
	exit(2);
}

static double number(const char *name, const char *s, double least, double most)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !(v >= least && v <= most)) {
		fprintf(stderr,
			"stress: --%s wants a number from %g to %g, "
			"not \"%s\"\n",
			name, least, most, s);
		exit(2);
	}
	return v;
}

static void options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seconds", 1, NULL, 's' }, { "rounds", 1, NULL, 'r' },
		{ "seed", 1, NULL, 'S' },    { "each", 1, NULL, 'e' },
		{ "kinds", 1, NULL, 'k' },   { "pests", 1, NULL, 'p' },
		{ "hang", 1, NULL, 'h' },    { "keep", 0, NULL, 'K' },
		{ "verbose", 0, NULL, 'v' }, { "help", 0, NULL, 'H' },
		{ "version", 0, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			opt.seconds = number("seconds", optarg, 0.1, 1e6);
			break;
		case 'r':
			opt.rounds = (uint64_t)number("rounds", optarg, 1, 1e9);
			break;
		case 'S':
			opt.seed = (uint64_t)number("seed", optarg, 0, 1e6);
			break;
		case 'e':
			opt.each = (int)number("each", optarg, 1, 32);
			break;
		case 'k':
			opt.kinds = optarg;
			break;
		case 'p':
			opt.pests = (int)number("pests", optarg, 0, 16);
			break;
		case 'h':
			opt.hang = (int)number("hang", optarg, 1, 1e6);
			break;
		case 'K':
			opt.keep = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'H':
			usage(stdout);
			exit(0);
		case 'V':
			puts("stress (ring-shim's tests)");
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind < argc)
		bad("unexpected argument ", argv[optind]);
}

int main(int argc, char **argv)
{
	pid_t pid;

	options(argc, argv);
	add_slots(kinds_io);
	add_slots(kinds_lock);
	add_slots(kinds_life);
	if (n_slots == 0)
		bad("no such kind: ", opt.kinds);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED) {
		perror("stress: mmap");
		return 1;
	}
	pid = fork();
	if (pid < 0) {
		perror("stress: fork");
		return 1;
	}
	if (pid == 0)
		exit(worker());
	return report(watch(pid));
}
