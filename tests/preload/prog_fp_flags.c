/* The flags of floating-point exceptions are the thread's, those of the x87 too:
   where it waits, where another's are set, and in a thread that it makes. */
#include "t.h"

/* As fenv.h's, which are in a library of their own. */
enum { INVALID = 1, DIVBYZERO = 4, OVERFLOW = 8, UNDERFLOW = 16, ALL = 0x3d };

static int flags(void)
{
	uint32_t mxcsr;
	uint16_t sw;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	__asm__ volatile("fnstsw %0" : "=m"(sw));
	return (mxcsr | sw) & ALL;
}

/* Of both units, and which exceptions are to trap. */
static void set_flags(int to, int trap)
{
	struct {
		uint16_t control, _1, status, _2[11];
	} env;
	uint32_t mxcsr;

	__asm__ volatile("fnstenv %0" : "=m"(env));
	env.status = (uint16_t)to;
	env.control = (uint16_t)(0x37f & ~trap);
	__asm__ volatile("fldenv %0" : : "m"(env));
	mxcsr = (uint32_t)(to | (0x1f80 & ~(trap << 7)));
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

#define ROUNDS 50

static volatile long double zero = 0, one = 1;
static volatile double dzero = 0, done = 1;
static sem_t turn[2];

static void *divides(void *arg)
{
	int bad = 0;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		volatile long double q = one / zero;
		volatile double d = done / dzero;

		(void)q;
		(void)d;
		sem_post(&turn[1]);
		sem_wait(&turn[0]);
		bad += flags() != DIVBYZERO;
		set_flags(0, 0);
		sem_post(&turn[1]);
		sem_wait(&turn[0]);
		bad += flags() != 0;
	}
	return (void *)(intptr_t)bad;
}

static void *traps(void *arg)
{
	volatile long double sum = 0;
	int bad = 0;

	(void)arg;
	set_flags(0, DIVBYZERO | INVALID);
	for (int i = 0; i < 2 * ROUNDS; i++) {
		sem_wait(&turn[1]);
		sum = sum + 1.5L;
		bad += flags() != 0;
		sem_post(&turn[0]);
	}
	return (void *)(intptr_t)(sum == 3.0L * ROUNDS ? bad : -1);
}

static void *tells(void *arg)
{
	printf("%s: %#x\n", (const char *)arg, flags());
	usleep(300);
	printf("%s: %#x\n", (const char *)arg, flags());
	set_flags(UNDERFLOW, 0);
	return NULL;
}

static void inherits(void)
{
	for (int i = 0; i < 3; i++) {
		volatile long double q;

		t_join(t_go(tells, (void *)"with none"));
		set_flags(OVERFLOW, 0);
		q = one / zero;
		(void)q;
		t_join(t_go(tells, (void *)"with some"));
		set_flags(0, 0);
	}
}

int main(void)
{
	pthread_t a, b;

	t_background();
	sem_init(&turn[0], 0, 0);
	sem_init(&turn[1], 0, 0);
	set_flags(0, 0);
	b = t_go(traps, NULL);
	a = t_go(divides, NULL);
	printf("who traps: %d wrong\n", (int)(intptr_t)t_join(b));
	printf("who divides: %d wrong\n", (int)(intptr_t)t_join(a));
	inherits();
	t_in_thread(inherits);
	return t_end();
}
