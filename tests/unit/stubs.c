/*
 * stubs.c - what the tested files need and the tests have not: an engine, and
 * of src/shim what lies beyond conf.c, fd.c and libc.c
 */
#include "unit.h"

#include "shim/intern.h"

/* --- the fake engine ------------------------------------------------- */

struct fake fake;

static int fake_open(struct carrier *c)
{
	return 0;
}

static bool fake_start(struct carrier *c, struct op *op)
{
	return op_try(op);
}

static bool fake_cancel(struct op *op)
{
	return true;
}

static void fake_nothing(struct carrier *c)
{
}

static void fake_wait(struct carrier *c, int64_t deadline)
{
}

static void fake_wake(struct carrier *c)
{
	fake.woken = c;
	fake.wakes++;
	if (fake.on_wake)
		fake.on_wake();
}

static void fake_forget(int fd)
{
	fake.forgot = fd;
	fake.forgets++;
}

static void fake_child(void)
{
}

const struct engine fake_engine = {
	.name = "fake",
	.open = fake_open,
	.start = fake_start,
	.cancel = fake_cancel,
	.poll = fake_nothing,
	.wait = fake_wait,
	.wake = fake_wake,
	.rescue = fake_nothing,
	.kicked = fake_nothing,
	.forget = fake_forget,
	.child = fake_child,
};

static void fake_attend(void)
{
	fake.attends++;
	atomic_store(&ring_self->attention, 0);
}

static const struct ring_conf fake_conf = { .attend = fake_attend };

void fake_up(void)
{
	fake.wakes = fake.forgets = fake.attends = 0;
	fake.woken = NULL;
	fake.on_wake = NULL;
	fake.forgot = -1;
	engine = &fake_engine;
	ring_conf = &fake_conf;
}

void fake_down(void)
{
	ring_up = false;
	engine = NULL;
	ring_conf = NULL;
}

/* --- the rest of src/shim -------------------------------------------- */

enum verdict attend(void)
{
	fake_attend();
	return NO_HANDLER;
}

void signals_held_off(void)
{
}

void came_home(void)
{
}

void shim_testcancel(void)
{
}

bool aside(void)
{
	return false;
}

void threads_child(void)
{
}

void set_for_tid(pid_t tid)
{
	(void)tid;
}

void shim_parent(void)
{
}

bool code_is_programs(uintptr_t pc)
{
	return false;
}

uint64_t brought_home(uint64_t mask)
{
	return mask;
}

void deliver_queued(void *context)
{
}

bool code_is_ours(uintptr_t pc)
{
	return false;
}

int threads_retreating(void)
{
	return 0;
}

void threads_idle(void)
{
}
