/*
 * Waiting by address, by threads that stay at home: no engine runs.
 *
 * When check() or release() has been called the waiter is on the list, or
 * holds the lock until it is; so whoever has been told by it need not wait
 * any longer before it wakes.
 */
#include "unit.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#define MANY 8

enum how {
	BY_CHECK,
	BY_RELEASE,
	HOWS
};

static struct waiter {
	pthread_t th;
	struct thread *_Atomic self;
	const void *addr;
	int64_t deadline;
	enum how how;
	int id, result, holds;
	sem_t listed;
} waiters[MANY];

static int order[MANY]; /* who came back, in this order */
static _Atomic int n_order;
static sem_t back;
static char names[40000]; /* addresses to wait for */

static void setup(void)
{
	fake_up();
	n_order = 0;
	sem_init(&back, 0, 0);
}

static void take(sem_t *s)
{
	while (sem_wait(s))
		;
}

static bool tell(void *arg)
{
	sem_post(&((struct waiter *)arg)->listed);
	return true;
}

static void tell_release(void *arg)
{
	tell(arg);
}

static void *wait_main(void *arg)
{
	struct waiter *w = arg;

	w->self = thread_self();
	if (w->how == BY_CHECK)
		w->result = addr_wait(w->addr, tell, w, w->deadline);
	else
		w->result = addr_wait_release(w->addr, tell_release, w,
					      w->deadline);
	w->holds = w->self->holds;
	order[n_order++] = w->id;
	sem_post(&back);
	thread_free(w->self);
	return NULL;
}

/* Waiter i waits for addr, when this returns. */
static void go(int i, const void *addr, int64_t deadline, enum how how)
{
	struct waiter *w = &waiters[i];

	*w = (struct waiter){ .id = i, .addr = addr, .how = how };
	w->deadline = deadline;
	sem_init(&w->listed, 0, 0);
	ck_assert_int_eq(pthread_create(&w->th, NULL, wait_main, w), 0);
	take(&w->listed);
}

/* Waiter i has come back, with this result. */
static void expect(int i, int result)
{
	pthread_join(waiters[i].th, NULL);
	ck_assert_int_eq(waiters[i].result, result);
	ck_assert_int_eq(waiters[i].holds, 0);
}

static bool yes(void *arg)
{
	++*(int *)arg;
	return true;
}

static bool no(void *arg)
{
	++*(int *)arg;
	return false;
}

static void nothing(void *arg)
{
	++*(int *)arg;
}

/* --- who is woken ---------------------------------------------------- */

START_TEST(nobody_waits)
{
	ck_assert_int_eq(addr_wake(names, 1), 0);
	ck_assert_int_eq(addr_wake(names, INT_MAX), 0);
}
END_TEST

START_TEST(fifo)
{
	for (int i = 0; i < MANY; i++)
		go(i, names, FOREVER, (enum how)_i);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(addr_wake(names, 1), 1);
		take(&back);
		ck_assert_int_eq(n_order, i + 1);
		ck_assert_int_eq(order[i], i);
		expect(i, 0);
	}
	ck_assert_int_eq(addr_wake(names, 1), 0);
}
END_TEST

START_TEST(counts)
{
	for (int i = 0; i < 6; i++)
		go(i, names, FOREVER, (enum how)_i);
	ck_assert_int_eq(addr_wake(names, 0), 0);
	ck_assert_int_eq(addr_wake(names, 2), 2);
	expect(0, 0);
	expect(1, 0);
	ck_assert_int_eq(addr_wake(names, 3), 3);
	for (int i = 2; i < 5; i++)
		expect(i, 0);
	ck_assert_int_eq(n_order, 5);
	ck_assert_int_eq(addr_wake(names, INT_MAX), 1);
	expect(5, 0);
	ck_assert_int_eq(addr_wake(names, INT_MAX), 0);
}
END_TEST

/* From any place in the list one leaves, and the others keep their order. */
START_TEST(leaves_from)
{
	int gone = _i, rest = 0;

	for (int i = 0; i < 3; i++)
		go(i, names, FOREVER, BY_CHECK);
	thread_interrupt(waiters[gone].self);
	expect(gone, -EINTR);
	take(&back);
	/* at the end, after whoever is there */
	go(3, names, FOREVER, BY_CHECK);
	for (int i = 0; i < 4; i++) {
		if (i == gone)
			continue;
		ck_assert_int_eq(addr_wake(names, 1), 1);
		take(&back);
		ck_assert_int_eq(order[++rest], i);
		expect(i, 0);
	}
	ck_assert_int_eq(addr_wake(names, 1), 0);
}
END_TEST

/*
 * There are many more addresses than buckets, so some share theirs with the
 * one that is waited for: behind it in the list they must be found, and it
 * must not be woken for them.
 */
static int woken_there;

static void wake_there(void *addr)
{
	woken_there = addr_wake(addr, 1);
}

START_TEST(strangers_in_the_bucket)
{
	go(0, names, FOREVER, BY_CHECK);
	for (size_t i = 1; i < sizeof(names); i += 4) {
		WANT(addr_wake(&names[i], INT_MAX) == 0);
		WANT(addr_wait_release(&names[i], wake_there, &names[i],
				       FOREVER) == 0);
		WANT(woken_there == 1);
	}
	WANT(n_order == 0);
	WANT(addr_wake(names, 1) == 1);
	expect(0, 0);
}
END_TEST

/* A waker that comes while check() is being asked waits for the answer. */
static sem_t asking;
static _Atomic bool wake_returned;

static bool slow_yes(void *arg)
{
	int64_t end = now_ns() + 5000000;

	sem_post(&asking);
	while (!wake_returned && now_ns() < end)
		;
	return true;
}

static void *wake_asking(void *n)
{
	take(&asking);
	*(int *)n = addr_wake(names, 1);
	wake_returned = true;
	return NULL;
}

START_TEST(wake_during_check)
{
	pthread_t p;
	int n = -1, r;

	wake_returned = false;
	sem_init(&asking, 0, 0);
	ck_assert_int_eq(pthread_create(&p, NULL, wake_asking, &n), 0);
	r = addr_wait(names, slow_yes, NULL, now_ns() + LONG_WAIT);
	pthread_join(p, NULL);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(r, 0);
}
END_TEST

/* --- when there is nothing to wait for, or not for long -------------- */

START_TEST(check_false)
{
	int asked = 0;

	ck_assert_int_eq(addr_wait(names, no, &asked, FOREVER), -EAGAIN);
	ck_assert_int_eq(asked, 1);
	ck_assert_int_eq(thread_self()->holds, 0);
	ck_assert_int_eq(addr_wake(names, 1), 0);
	/* the lock is free, and so is the thread to wait */
	ck_assert_int_eq(addr_wait(names, yes, &asked, 1), -ETIMEDOUT);
}
END_TEST

START_TEST(timeout)
{
	int64_t deadline = _i ? now_ns() + 3000000 : 1;
	int asked = 0;

	ck_assert_int_eq(addr_wait(names, yes, &asked, deadline), -ETIMEDOUT);
	ck_assert_int_ge(now_ns(), deadline);
	deadline += 3000000;
	ck_assert_int_eq(addr_wait_release(names, nothing, &asked, deadline),
			 -ETIMEDOUT);
	ck_assert_int_ge(now_ns(), deadline);
	ck_assert_int_eq(asked, 2);
	ck_assert_int_eq(thread_self()->holds, 0);
	/* nobody has been left behind */
	ck_assert_int_eq(addr_wake(names, INT_MAX), 0);
}
END_TEST

START_TEST(middle_times_out)
{
	go(0, names, FOREVER, BY_CHECK);
	go(1, names, now_ns() + 1000000, BY_CHECK);
	go(2, names, now_ns() + LONG_WAIT, BY_CHECK);
	expect(1, -ETIMEDOUT);
	ck_assert_int_eq(addr_wake(names, INT_MAX), 2);
	expect(0, 0);
	expect(2, 0);
}
END_TEST

/* --- interrupts ------------------------------------------------------ */

START_TEST(interrupt)
{
	int asked = 0;

	go(0, names, FOREVER, (enum how)_i);
	thread_interrupt(waiters[0].self);
	expect(0, -EINTR);
	ck_assert_int_eq(addr_wake(names, 1), 0);
	/* who has something to attend to does not begin to wait */
	thread_interrupt(thread_self());
	ck_assert_int_eq(addr_wait(names, yes, &asked, FOREVER), -EINTR);
	ck_assert_int_eq(asked, 1);
	ck_assert_uint_eq(thread_self()->attention, 1);
	ck_assert_int_eq(addr_wake(names, 1), 0);
}
END_TEST

static volatile int poked;

static void on_signal(int sig)
{
	poked = thread_engaged(ring_self);
	if (poked)
		thread_poke(ring_self);
}

/* A signal while it waits ends the wait, and is attended to once the thread
   is off the list. */
START_TEST(signal_held_off)
{
	struct thread *me = thread_self();

	signal(SIGUSR1, on_signal);
	poked = -1;
	go(0, names, FOREVER, (enum how)_i);
	ck_assert_int_eq(pthread_kill(waiters[0].th, SIGUSR1), 0);
	expect(0, -EINTR);
	ck_assert_int_eq(poked, 1);
	ck_assert_int_eq(fake.attends, 1);
	ck_assert_int_eq(addr_wake(names, 1), 0);
	/* one that does nothing of the ring's takes it there and then */
	raise(SIGUSR1);
	ck_assert_int_eq(poked, 0);
	ck_assert_uint_eq(me->attention, 0);
	ck_assert_int_eq(fake.attends, 1);
}
END_TEST

/* --- release() ------------------------------------------------------- */

static int in_release;

static void wake_then_interrupt(void *addr)
{
	in_release = addr_wake(addr, 1);
	thread_interrupt(thread_self());
}

static void interrupt_then_wake(void *addr)
{
	thread_interrupt(thread_self());
	in_release = addr_wake(addr, 1);
}

static void wake_in_release(void *addr)
{
	ck_assert_int_eq(thread_self()->holds, 1);
	in_release = addr_wake(addr, 1);
}

/* A wake-up that came before the wait counts, whatever came with it. */
START_TEST(release_wakes)
{
	ck_assert_int_eq(
		addr_wait_release(names, wake_in_release, names, FOREVER), 0);
	ck_assert_int_eq(in_release, 1);
	/* the deadline was over as well */
	ck_assert_int_eq(addr_wait_release(names, wake_in_release, names, 1),
			 0);
	ck_assert_int_eq(in_release, 1);
	ck_assert_int_eq(addr_wait_release(names, wake_then_interrupt, names,
					   FOREVER),
			 0);
	ck_assert_int_eq(in_release, 1);
	thread_self()->attention = 0;
	ck_assert_int_eq(addr_wait_release(names, interrupt_then_wake, names,
					   FOREVER),
			 0);
	ck_assert_int_eq(in_release, 1);
	ck_assert_int_eq(thread_self()->holds, 0);
	ck_assert_int_eq(addr_wake(names, 1), 0);
}
END_TEST

static void ready_self(void *arg)
{
	++*(int *)arg;
	thread_ready(thread_self());
}

/* What ends its sleep is not what it waits for: it waits on. */
START_TEST(release_never_spurious)
{
	int64_t deadline = now_ns() + 3000000;
	int n = 0;

	ck_assert_int_eq(addr_wait_release(names, ready_self, &n, deadline),
			 -ETIMEDOUT);
	ck_assert_int_ge(now_ns(), deadline);
	ck_assert_int_eq(n, 1);
	go(0, names, FOREVER, BY_RELEASE);
	for (int i = 0; i < 1000; i++)
		thread_ready(waiters[0].self);
	ck_assert_int_eq(n_order, 0);
	ck_assert_int_eq(addr_wake(names, 1), 1);
	expect(0, 0);
}
END_TEST

/* --- nothing is lost ------------------------------------------------- */

#define ROUNDS 1000000
#define BOUND  1000000000LL /* ns */

static _Atomic uint32_t turn;
static _Atomic int rounds, lost;
static _Atomic bool stop;

static bool not_my_turn(void *me)
{
	return !stop && turn != *(uint32_t *)me;
}

static void *player(void *arg)
{
	uint32_t me = arg != NULL, seed = 11 + me;
	int64_t end = now_ns() + BOUND;

	while (!stop) {
		int r = 0;

		while (not_my_turn(&me)) {
			r = addr_wait(&turn, not_my_turn, &me,
				      now_ns() + LONG_WAIT);
			if (r == -ETIMEDOUT && not_my_turn(&me))
				lost++;
			if (lost)
				stop = true;
		}
		/* so that the two do not fall into step */
		for (uint32_t n = rnd(&seed) % 64; n; n--)
			__builtin_ia32_pause();
		if (++rounds >= ROUNDS || now_ns() >= end)
			stop = true;
		turn = !me;
		addr_wake(&turn, 1);
	}
	thread_free(ring_self);
	return NULL;
}

START_TEST(pingpong)
{
	pthread_t p[2];

	turn = 0;
	rounds = lost = 0;
	stop = false;
	for (int i = 0; i < 2; i++)
		pthread_create(&p[i], NULL, player, i ? &turn : NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(p[i], NULL);
	ck_assert_int_eq(lost, 0);
	ck_assert_int_gt(rounds, 2);
	ck_assert_int_eq(addr_wake(&turn, INT_MAX), 0);
}
END_TEST

/* Every wake-up that was given out was had by one waiter, though most of them
   give up at about that time. */
static _Atomic int had, gave_up;

static void *impatient(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg;
	int n = 0;

	while (!stop) {
		int64_t deadline = now_ns() + rnd(&seed) % 40000;

		if (addr_wait_release(&turn, nothing, &n, deadline) == 0)
			had++;
		else
			gave_up++;
	}
	thread_free(ring_self);
	return NULL;
}

START_TEST(timeouts_and_wakes)
{
	int64_t end = now_ns() + BOUND / 2;
	uint32_t seed = 3;
	pthread_t p[3];
	int given = 0;

	had = gave_up = 0;
	stop = false;
	for (size_t i = 0; i < COUNT(p); i++)
		pthread_create(&p[i], NULL, impatient, (void *)(i + 1));
	while (now_ns() < end || !had || !gave_up) {
		given += addr_wake(&turn, 1 + (int)(rnd(&seed) & 1));
		for (uint32_t n = rnd(&seed) % 2048; n; n--)
			__builtin_ia32_pause();
	}
	stop = true;
	for (size_t i = 0; i < COUNT(p); i++)
		pthread_join(p[i], NULL);
	ck_assert_int_eq(given, had);
	ck_assert_int_eq(addr_wake(&turn, INT_MAX), 0);
}
END_TEST

/* --- thread_pause(), thread_ready(), thread_sleep() ------------------ */

static _Atomic uint32_t word;

static void *pauser(void *arg)
{
	struct waiter *w = arg;

	w->self = thread_self();
	for (;;) {
		sem_post(&w->listed);
		while (!word)
			if (thread_pause(&word))
				w->result++;
		if (word == 2)
			break;
		word = 0;
	}
	thread_free(w->self);
	return NULL;
}

START_TEST(pause_ready)
{
	struct waiter *w = &waiters[0];

	*w = (struct waiter){ 0 };
	sem_init(&w->listed, 0, 0);
	word = 0;
	ck_assert_int_eq(pthread_create(&w->th, NULL, pauser, w), 0);
	for (int i = 0; i < 3000; i++) {
		take(&w->listed);
		word = i == 2999 ? 2 : 1;
		thread_ready(w->self);
	}
	pthread_join(w->th, NULL);
	ck_assert_int_eq(w->result, 0);
}
END_TEST

START_TEST(pause_alone)
{
	struct thread *t = thread_self();

	word = 1;
	ck_assert(!thread_pause(&word));
	word = 0;
	thread_interrupt(t);
	ck_assert(thread_pause(&word));
}
END_TEST

START_TEST(sleeps)
{
	int64_t deadline = now_ns() + 3000000;

	ck_assert_int_eq(thread_sleep(1), 0);
	ck_assert_int_eq(thread_sleep(deadline), 0);
	ck_assert_int_ge(now_ns(), deadline);
	thread_interrupt(thread_self());
	ck_assert_int_eq(thread_sleep(FOREVER), -EINTR);
}
END_TEST

/* At home, with no engine, nobody leaves. */
START_TEST(stays)
{
	ck_assert(!thread_leave_home());
	ck_assert(!thread_is_away());
	ck_assert(!thread_yield());
	thread_go_home();
	ck_assert(!thread_is_away());
}
END_TEST

Suite *park_suite(void)
{
	Suite *s = suite_create("park");
	TCase *c = tcase_create("park");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_checked_fixture(c, setup, fake_down);
	tcase_add_test(c, nobody_waits);
	tcase_add_loop_test(c, fifo, BY_CHECK, HOWS);
	tcase_add_loop_test(c, counts, BY_CHECK, HOWS);
	tcase_add_loop_test(c, leaves_from, 0, 3);
	tcase_add_test(c, strangers_in_the_bucket);
	tcase_add_test(c, wake_during_check);
	tcase_add_test(c, check_false);
	tcase_add_loop_test(c, timeout, 0, 2);
	tcase_add_test(c, middle_times_out);
	tcase_add_loop_test(c, interrupt, BY_CHECK, HOWS);
	tcase_add_loop_test(c, signal_held_off, BY_CHECK, HOWS);
	tcase_add_test(c, release_wakes);
	tcase_add_test(c, release_never_spurious);
	tcase_add_test(c, pingpong);
	tcase_add_test(c, timeouts_and_wakes);
	tcase_add_test(c, pause_ready);
	tcase_add_test(c, pause_alone);
	tcase_add_test(c, sleeps);
	tcase_add_test(c, stays);
	return s;
}
