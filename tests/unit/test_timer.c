/* The heap of deadlines, against an oracle that keeps no order at all. */
#include "unit.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define MANY 3000 /* the heap begins with room for 512 */

static struct carrier ca, cb;
static struct thread th[MANY];
static int64_t due[MANY]; /* the oracle: when; FOREVER if not in the heap */

static void setup(void)
{
	fake_up();
	__builtin_memset(&ca, 0, sizeof(ca));
	__builtin_memset(&cb, 0, sizeof(cb));
	__builtin_memset(th, 0, sizeof(th));
	timers_init(&ca.timers);
	timers_init(&cb.timers);
	for (int i = 0; i < MANY; i++) {
		th[i].timer.slot = -1;
		th[i].timer.carrier = &ca;
		th[i].state = ST_PARKED;
		due[i] = FOREVER;
	}
	carriers_idle = 0;
}

static void teardown(void)
{
	if (ca.timers.heap)
		sys_munmap(ca.timers.heap,
			   (size_t)ca.timers.room * sizeof(struct thread *));
	fake_down();
}

static void add(int i, int64_t when)
{
	WANT(timer_add(&ca, &th[i], when));
	due[i] = when;
}

static void del(int i)
{
	timer_del(&th[i]);
	due[i] = FOREVER;
}

static int64_t nearest(void)
{
	int64_t min = FOREVER;

	for (int i = 0; i < MANY; i++)
		min = due[i] < min ? due[i] : min;
	return min;
}

static int how_many(void)
{
	int n = 0;

	for (int i = 0; i < MANY; i++)
		n += due[i] != FOREVER;
	return n;
}

/* Each that is in has a place, which has it, and the others have none. */
static void expect_places(void)
{
	WANT(ca.timers.n == how_many());
	for (int i = 0; i < MANY; i++) {
		int slot = th[i].timer.slot;

		if (due[i] == FOREVER) {
			WANT(slot == -1);
			continue;
		}
		WANT(slot >= 0);
		WANT(slot < ca.timers.n);
		WANT(ca.timers.heap[slot] == &th[i]);
		WANT(th[i].timer.when == due[i]);
	}
}

/* It is now: those that are due have been woken, and nobody else. */
static void expire(int64_t now)
{
	struct thread *t;

	timers_expire(&ca, &ca, now);
	while ((t = runq_pop(&ca))) {
		WANT(due[t - th] <= now);
		WANT(t->state == READY(WAKE_TIMEOUT));
		due[t - th] = FOREVER;
		t->state = ST_PARKED;
	}
	WANT(nearest() > now);
	WANT(ca.timers.next == nearest());
}

START_TEST(empty)
{
	ck_assert_int_eq(ca.timers.next, FOREVER);
	expire(FOREVER - 1);
	del(0);
	add(0, 7);
	ck_assert_int_eq(ca.timers.next, 7);
	del(0);
	ck_assert_int_eq(ca.timers.next, FOREVER);
	del(0);
	expect_places();
}
END_TEST

/* Thousands of random steps; few different times, so that many are equal. */
START_TEST(random_steps)
{
	uint32_t seed = 0x9e3779b9u * (uint32_t)(_i + 1);
	uint32_t range = _i & 1 ? 50 : 1000000000;
	int64_t now = 0;

	for (int step = 0; step < 8000; step++) {
		int i = (int)(rnd(&seed) % MANY);

		if (due[i] != FOREVER)
			del(i);
		else
			add(i, now + 1 + rnd(&seed) % range);
		if (rnd(&seed) % 100 == 0)
			expire(now += rnd(&seed) % (range / 25));
		WANT(ca.timers.next == nearest());
		if (step % 500 == 0)
			expect_places();
	}
	WANT(how_many() > 100);
	/* one time after the other */
	while (ca.timers.next != FOREVER) {
		expect_places();
		expire(now = ca.timers.next - 1);
		expire(now + 1);
		now += range / 10;
		expire(now);
	}
	WANT(how_many() == 0);
}
END_TEST

/* Every order of leaving a heap of seven, by the removal of any one. */
START_TEST(any_place)
{
	uint32_t seed = 77;

	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 7; i++)
			add(i, rnd(&seed) % 10);
		for (int n = 7; n; n--) {
			del((int)(ca.timers.heap[rnd(&seed) % (unsigned)n] -
				  th));
			WANT(ca.timers.next == nearest());
		}
	}
}
END_TEST

START_TEST(growth)
{
	int room = 0, grown = 0;

	for (int i = 0; i < MANY; i++) {
		add(i, MANY - i);
		WANT(ca.timers.n <= ca.timers.room);
		grown += ca.timers.room != room;
		room = ca.timers.room;
	}
	WANT(grown >= 3);
	expect_places();
	for (int now = 1; now <= MANY; now++) {
		expire(now);
		WANT(how_many() == MANY - now);
	}
}
END_TEST

/* Without memory it is refused, and those that are in stay. */
START_TEST(no_memory)
{
	struct rlimit old, none;
	int i = 0;
	bool added;

	do
		add(i, 100 + i);
	while (++i < ca.timers.room);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &old), 0);
	none = old;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
	added = timer_add(&ca, &th[i], 1);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &old), 0);
	ck_assert(!added);
	ck_assert_int_eq(ca.timers.next, 100);
	expect_places();
	add(i, 1);
	ck_assert_int_eq(ca.timers.next, 1);
	expect_places();
}
END_TEST

/* Expiry ends a wait; a thread that does not wait any more is left alone. */
START_TEST(states)
{
	th[0].state = ST_PARKING;
	th[1].state = READY(WAKE_UP);
	th[2].state = ST_RUN;
	for (int i = 0; i < 4; i++)
		add(i, 5);
	add(4, 6);
	timers_expire(&ca, &ca, 5);
	ck_assert_uint_eq(th[0].state, READY(WAKE_TIMEOUT));
	ck_assert_uint_eq(th[1].state, READY(WAKE_UP));
	ck_assert_uint_eq(th[2].state, ST_RUN);
	ck_assert_uint_eq(th[3].state, READY(WAKE_TIMEOUT));
	ck_assert_uint_eq(th[4].state, ST_PARKED);
	/* whose context is not whole yet is nobody's to run */
	ck_assert_ptr_eq(runq_pop(&ca), &th[3]);
	ck_assert_ptr_null(runq_pop(&ca));
	ck_assert_int_eq(ca.timers.n, 1);
}
END_TEST

/* A timer is taken out of the heap it is in, not of the caller's. */
START_TEST(other_heap)
{
	ck_assert(timer_add(&cb, &th[0], 5));
	add(1, 6);
	th[0].carrier = &ca;
	timer_del(&th[0]);
	ck_assert_int_eq(cb.timers.next, FOREVER);
	ck_assert_int_eq(ca.timers.next, 6);
	expect_places();
	sys_munmap(cb.timers.heap,
		   (size_t)cb.timers.room * sizeof(struct thread *));
}
END_TEST

/* A carrier asleep is woken for a deadline nearer than the one it sleeps
   until, and for no other. */
START_TEST(rouses)
{
	add(0, 100);
	ca.sleeping = 1;
	carriers_idle = 1;
	add(1, 200);
	add(2, 100);
	ck_assert_int_eq(fake.wakes, 0);
	add(3, 99);
	ck_assert_int_eq(fake.wakes, 1);
	ck_assert_ptr_eq(fake.woken, &ca);
	ck_assert_uint_eq(ca.sleeping, 0);
	ck_assert_int_eq(carriers_idle, 0);
	add(4, 98);
	ck_assert_int_eq(fake.wakes, 1);
}
END_TEST

/* One that has become a spare since it was chosen serves the deadline. */
START_TEST(recalls)
{
	ca.mode = CARRIER_SPARE;
	add(0, 100);
	ck_assert_uint_eq(ca.mode, CARRIER_SURPLUS);
	ca.mode = CARRIER_ACTIVE;
	add(1, 99);
	ck_assert_uint_eq(ca.mode, CARRIER_ACTIVE);
}
END_TEST

/* --- timer_del() against an expiry under way ------------------------- */

static _Atomic bool stop;

static void *expirer(void *arg)
{
	while (!stop)
		timers_expire(&ca, NULL, 1);
	return arg;
}

/* Once timer_del() has returned no expiry ends the next wait. */
START_TEST(no_late_expiry)
{
	struct thread *t = &th[0];
	int64_t end = now_ns() + 300000000;
	int late = 0, expired = 0;
	uint32_t seed = 5;
	pthread_t p;

	stop = false;
	WANT(pthread_create(&p, NULL, expirer, NULL) == 0);
	while (now_ns() < end || !expired) {
		t->state = ST_PARKING;
		WANT(timer_add(&ca, t, 1));
		for (uint32_t n = rnd(&seed) % 8; n; n--)
			__builtin_ia32_pause();
		timer_del(t);
		expired += t->state == READY(WAKE_TIMEOUT);
		t->state = ST_PARKING;
		for (int n = 0; n < 20; n++)
			__builtin_ia32_pause();
		late += t->state != ST_PARKING;
	}
	stop = true;
	pthread_join(p, NULL);
	WANT(late == 0);
	WANT(expired > 0);
	WANT(ca.timers.n == 0);
}
END_TEST

/* The same, seen from the middle of an expiry. */
static sem_t inside;
static _Atomic bool returned, too_early;

static void linger(void)
{
	int64_t end = now_ns() + 5000000;

	sem_post(&inside);
	while (!returned && now_ns() < end)
		;
	too_early = returned;
}

START_TEST(del_waits_for_expiry)
{
	pthread_t p;

	carriers[0] = &ca;
	carriers_made = 1;
	add(0, 1);
	ca.sleeping = 1;
	fake.on_wake = linger;
	returned = too_early = stop = false;
	sem_init(&inside, 0, 0);
	ck_assert_int_eq(pthread_create(&p, NULL, expirer, NULL), 0);
	sem_wait(&inside);
	timer_del(&th[0]);
	returned = stop = true;
	pthread_join(p, NULL);
	carriers_made = 0;
	carriers[0] = NULL;
	ck_assert(!too_early);
	ck_assert_ptr_eq(runq_pop(&ca), &th[0]);
}
END_TEST

Suite *timer_suite(void)
{
	Suite *s = suite_create("timer");
	TCase *c = tcase_create("timer");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, empty);
	tcase_add_loop_test(c, random_steps, 0, 4);
	tcase_add_test(c, any_place);
	tcase_add_test(c, growth);
	tcase_add_test(c, no_memory);
	tcase_add_test(c, states);
	tcase_add_test(c, other_heap);
	tcase_add_test(c, rouses);
	tcase_add_test(c, recalls);
	tcase_add_test(c, no_late_expiry);
	tcase_add_test(c, del_waits_for_expiry);
	return s;
}
