/*
 * watch.c - the parent of the stress program: sees that it goes on, and adds up
 *
 * It has no threads and so is not touched by the shim.  All it knows of the
 * worker is the board.
 */
#include "stress.h"

#include <signal.h>
#include <sys/wait.h>

#define TICK 0.2 /* s, between looks at the worker */

static void show_spots(void)
{
	for (int i = 0; i < MAX_SPOTS; i++) {
		struct spot *s = &board->spots[i];

		if (s->used)
			fprintf(stderr, "  slot %d (%s): line %d: %s\n",
				s->slot, slots[s->slot].kind->name, s->line,
				s->what);
	}
}

static void show_kernel(pid_t pid)
{
	char cmd[200];

	snprintf(
		cmd, sizeof(cmd),
		"for t in /proc/%d/task/*; do "
		"echo \"  kernel: $(cat $t/wchan) $(cut -d' ' -f1 $t/syscall)\";"
		" done 2>/dev/null | sort | uniq -c | sort -rn | head -n 20 >&2",
		(int)pid);
	if (system(cmd) != 0)
		fprintf(stderr, "  (nothing from /proc)\n");
}

static void hang(pid_t pid, int slot)
{
	fprintf(stderr,
		"stress: slot %d (%s) has done %llu rounds and none in "
		"%d s; threads are at:\n",
		slot, slots[slot].kind->name,
		(unsigned long long)board->tally[slot].rounds, opt.hang);
	for (int i = 0; i < n_slots; i++)
		fprintf(stderr, " %s %llu", slots[i].kind->name,
			(unsigned long long)board->tally[i].rounds);
	fprintf(stderr, "\n");
	show_spots();
	show_kernel(pid);
	if (opt.keep) {
		fprintf(stderr, "stress: pid %d is left as it is\n", (int)pid);
	} else {
		kill(pid, SIGABRT);
		waitpid(pid, NULL, 0);
	}
	exit(1);
}

static struct tally total(void)
{
	struct tally sum = { 0 };

	for (int i = 0; i < n_slots; i++) {
		const struct tally *t = &board->tally[i];

		sum.rounds += t->rounds;
		sum.sent += t->sent;
		sum.sent_sum += t->sent_sum;
		sum.received += t->received;
		sum.received_sum += t->received_sum;
		sum.signals += t->signals;
	}
	return sum;
}

/* On a machine that is busy with other things nothing may be done for long: of
   the time since the last look, no more counts than four times what the worker
   has computed, but a tenth of it always. */
static double counts(clockid_t clock, int64_t *cpu)
{
	int64_t used = now(clock) - *cpu;
	double t = 4e-9 * (double)used;

	*cpu += used;
	return t < TICK / 10 ? TICK / 10 : t > TICK ? TICK : t;
}

static void tell(int64_t start)
{
	struct tally t = total();

	fprintf(stderr, "%6.1f min: %llu rounds, %llu bytes, %llu signals\n",
		(double)(now(CLOCK_MONOTONIC) - start) / 60e9,
		(unsigned long long)t.rounds, (unsigned long long)t.received,
		(unsigned long long)t.signals);
}

/* Watch the worker until it ends; its status. */
int watch(pid_t pid)
{
	static uint64_t seen[MAX_SLOTS];
	static double idle[MAX_SLOTS];
	int64_t cpu = 0, start = now(CLOCK_MONOTONIC);
	clockid_t clock;
	int status;

	clock_getcpuclockid(pid, &clock);
	for (int tick = 1; waitpid(pid, &status, WNOHANG) == 0; tick++) {
		double t;

		usleep((useconds_t)(TICK * 1e6));
		t = counts(clock, &cpu);
		for (int i = 0; i < n_slots; i++) {
			uint64_t rounds = board->tally[i].rounds;

			if (seen[i] != rounds || rounds == opt.rounds)
				idle[i] = 0;
			else if ((idle[i] += t) > opt.hang)
				hang(pid, i);
			seen[i] = rounds;
		}
		if (opt.verbose && tick % 300 == 0)
			tell(start);
	}
	return status;
}

int report(int status)
{
	struct tally t = total();

	if (WIFSIGNALED(status))
		fprintf(stderr, "stress: killed by signal %d\n",
			WTERMSIG(status));
	else if (WEXITSTATUS(status))
		fprintf(stderr, "stress: exit status %d\n",
			WEXITSTATUS(status));
	if (opt.verbose) {
		for (int i = 0; i < n_slots; i++)
			fprintf(stderr, "slot %d (%s): %llu rounds\n", i,
				slots[i].kind->name,
				(unsigned long long)board->tally[i].rounds);
		fprintf(stderr, "%llu signals handled\n",
			(unsigned long long)t.signals);
	}
	printf("slots %d rounds %llu bytes %llu sum %016llx\n", n_slots,
	       (unsigned long long)t.rounds, (unsigned long long)t.received,
	       (unsigned long long)t.received_sum);
	for (int i = 0; i < n_slots; i++) {
		const struct tally *s = &board->tally[i];

		if (s->sent != s->received || s->sent_sum != s->received_sum) {
			fprintf(stderr,
				"stress: slot %d (%s): sent %llu bytes, "
				"sum %llx; received %llu, sum %llx\n",
				i, slots[i].kind->name,
				(unsigned long long)s->sent,
				(unsigned long long)s->sent_sum,
				(unsigned long long)s->received,
				(unsigned long long)s->received_sum);
			return 1;
		}
	}
	return status != 0 || board->failed;
}
