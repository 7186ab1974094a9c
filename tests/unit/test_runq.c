/* Run queues, whose queue a thread goes to, and what a wake-up does in each
   state of a thread. */
#include "unit.h"

#define MANY 64

static struct carrier ca, cb;
static struct thread th[MANY];

static void setup(void)
{
	fake_up();
	__builtin_memset(&ca, 0, sizeof(ca));
	__builtin_memset(&cb, 0, sizeof(cb));
	__builtin_memset(th, 0, sizeof(th));
	cb.index = 1;
	timers_init(&ca.timers);
	timers_init(&cb.timers);
	carriers[0] = &ca;
	carriers[1] = &cb;
	carriers_made = 2;
	carriers_idle = 0;
}

static void teardown(void)
{
	carriers_made = carriers_idle = 0;
	carriers[0] = carriers[1] = NULL;
	fake_down();
}

static void push(struct carrier *c, int from, int to)
{
	for (int i = from; i < to; i++)
		runq_push(c, &th[i]);
}

/* c's queue is th[from] to th[to - 1], and then empty. */
static void expect(struct carrier *c, int from, int to)
{
	ck_assert_uint_eq(c->runq.len, (unsigned)(to - from));
	for (int i = from; i < to; i++)
		ck_assert_ptr_eq(runq_pop(c), &th[i]);
	ck_assert_uint_eq(c->runq.len, 0);
	ck_assert_ptr_null(runq_pop(c));
}

START_TEST(fifo)
{
	ck_assert_ptr_null(runq_pop(&ca));
	push(&ca, 0, MANY);
	expect(&ca, 0, MANY);
	/* it is as new when it has run empty */
	push(&ca, 3, 5);
	ck_assert_ptr_eq(runq_pop(&ca), &th[3]);
	push(&ca, 5, 7);
	expect(&ca, 4, 7);
}
END_TEST

/* The first half, rounded up, goes: the very first to the thief at once. */
START_TEST(steal_half)
{
	int n = _i, half = (n + 1) / 2;

	push(&ca, 0, n);
	ck_assert_ptr_eq(runq_steal(&ca, &cb), &th[0]);
	expect(&cb, 1, half);
	expect(&ca, half, n);
}
END_TEST

START_TEST(steal_none)
{
	push(&cb, 0, 2);
	ck_assert_ptr_null(runq_steal(&ca, &cb));
	expect(&cb, 0, 2);
	expect(&ca, 0, 0);
}
END_TEST

START_TEST(steal_behind)
{
	push(&cb, 0, 2);
	push(&ca, 2, 8);
	ck_assert_ptr_eq(runq_steal(&ca, &cb), &th[2]);
	ck_assert_ptr_eq(runq_pop(&cb), &th[0]);
	ck_assert_ptr_eq(runq_pop(&cb), &th[1]);
	expect(&cb, 3, 5);
	expect(&ca, 5, 8);
}
END_TEST

/* --- all at once ----------------------------------------------------- */

#define TIMES 5000

static _Atomic int seen[MANY], total;

/* Put it back until it has been had often enough. */
static void had(struct thread *t)
{
	if (atomic_fetch_add(&seen[t - th], 1) + 1 < TIMES)
		runq_push(&ca, t);
	atomic_fetch_add(&total, 1);
}

static void *consume(void *arg)
{
	bool thief = arg != NULL;
	int64_t end = now_ns() + LONG_WAIT;

	while (total < MANY * TIMES && now_ns() < end) {
		struct thread *t = thief ? runq_steal(&ca, &cb) : runq_pop(&ca);

		if (t)
			had(t);
		while (thief && (t = runq_pop(&cb)))
			had(t);
	}
	return NULL;
}

START_TEST(none_lost_none_twice)
{
	pthread_t p[3];

	push(&ca, 0, MANY);
	for (size_t i = 0; i < COUNT(p); i++)
		pthread_create(&p[i], NULL, consume, i ? NULL : &ca);
	for (size_t i = 0; i < COUNT(p); i++)
		pthread_join(p[i], NULL);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(seen[i], TIMES);
	expect(&ca, 0, 0);
	expect(&cb, 0, 0);
}
END_TEST

/* --- whose queue ----------------------------------------------------- */

static void asleep(struct carrier *c)
{
	c->sleeping = 1;
	carriers_idle++;
}

START_TEST(enqueue_here)
{
	asleep(&cb);
	thread_enqueue(&ca, &th[0]);
	ck_assert_int_eq(fake.wakes, 0);
	expect(&cb, 0, 0);
	expect(&ca, 0, 1);
}
END_TEST

/* A queue that grows has an idle carrier woken, once, to steal from it. */
START_TEST(enqueue_crowd)
{
	asleep(&cb);
	for (int i = 0; i < MANY; i++)
		thread_enqueue(&ca, &th[i]);
	ck_assert_int_eq(fake.wakes, 1);
	ck_assert_ptr_eq(fake.woken, &cb);
	ck_assert_uint_eq(cb.sleeping, 0);
	ck_assert_int_eq(carriers_idle, 0);
	expect(&ca, 0, MANY);
}
END_TEST

START_TEST(enqueue_inactive)
{
	static const enum carrier_mode modes[] = { CARRIER_STUCK,
						   CARRIER_SURPLUS,
						   CARRIER_SPARE };

	for (size_t i = 0; i < COUNT(modes); i++) {
		ca.mode = modes[i];
		/* even if its turn comes, and if it ran the thread last */
		th[0].carrier = th[1].carrier = &ca;
		thread_enqueue(&ca, &th[0]);
		thread_enqueue(&ca, &th[1]);
		expect(&ca, 0, 0);
		expect(&cb, 0, 2);
	}
	ck_assert_int_eq(fake.wakes, 0);
	cb.mode = CARRIER_STUCK;
	thread_enqueue(NULL, &th[0]);
	ck_assert_uint_eq(ca.runq.len + cb.runq.len, 1);
}
END_TEST

/* From outside: to the carrier it ran on if that sleeps, else to another that
   does; and that is woken. */
START_TEST(enqueue_sleeper)
{
	struct carrier *own = _i & 1 ? &cb : &ca;
	struct carrier *other = _i & 1 ? &ca : &cb;

	th[0].carrier = own;
	asleep(own);
	asleep(other);
	thread_enqueue(NULL, &th[0]);
	ck_assert_ptr_eq(fake.woken, own);
	expect(own, 0, 1);
	thread_enqueue(NULL, &th[0]);
	ck_assert_ptr_eq(fake.woken, other);
	expect(other, 0, 1);
	ck_assert_int_eq(fake.wakes, 2);
	ck_assert_int_eq(carriers_idle, 0);
}
END_TEST

START_TEST(enqueue_in_turn)
{
	push(&ca, 0, 0);
	for (int i = 0; i < MANY; i++)
		thread_enqueue(NULL, &th[i]);
	ck_assert_uint_eq(ca.runq.len, MANY / 2);
	ck_assert_uint_eq(cb.runq.len, MANY / 2);
	ck_assert_int_eq(fake.wakes, 0);
}
END_TEST

/* --- waking ---------------------------------------------------------- */

START_TEST(wake_states)
{
	static const struct {
		uint32_t state;
		bool wakes, queues;
	} want[] = {
		{ ST_RUN, false, false },	  { ST_PARKING, true, false },
		{ ST_PARKED, true, true },	  { ST_HOMEWAIT, true, false },
		{ READY(WAKE_UP), false, false },
	};

	for (size_t i = 0; i < COUNT(want); i++) {
		struct thread *t = &th[i];

		t->state = want[i].state;
		ck_assert_int_eq(thread_wake_from(&ca, t, WAKE_TIMEOUT),
				 want[i].wakes);
		ck_assert_uint_eq(t->state, want[i].wakes ? READY(WAKE_TIMEOUT)
							  : want[i].state);
		/* one wake-up a wait, and the first tells why */
		ck_assert(!thread_wake_from(&ca, t, WAKE_INTR));
		ck_assert_uint_ne(t->state, READY(WAKE_INTR));
		ck_assert_ptr_eq(runq_pop(&ca), want[i].queues ? t : NULL);
		ck_assert_ptr_null(runq_pop(&ca));
	}
}
END_TEST

Suite *runq_suite(void)
{
	Suite *s = suite_create("runq");
	TCase *c = tcase_create("runq");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, fifo);
	tcase_add_loop_test(c, steal_half, 1, 10);
	tcase_add_test(c, steal_none);
	tcase_add_test(c, steal_behind);
	tcase_add_test(c, none_lost_none_twice);
	tcase_add_test(c, enqueue_here);
	tcase_add_test(c, enqueue_crowd);
	tcase_add_test(c, enqueue_inactive);
	tcase_add_loop_test(c, enqueue_sleeper, 0, 2);
	tcase_add_test(c, enqueue_in_turn);
	tcase_add_test(c, wake_states);
	return s;
}
