/* A hundred threads sleep at the same time, not one after another. */
#include "t.h"

#define THREADS 100

static void *sleeper(void *arg)
{
	long i = (long)(intptr_t)arg;
	double t = t_now();
	struct timespec ts;

	switch (i % 4) {
	case 0:
		usleep(150000);
		break;
	case 1:
		ts = (struct timespec){ 0, 150000000 };
		nanosleep(&ts, NULL);
		break;
	case 2:
		ts = t_in(CLOCK_MONOTONIC, 150);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		break;
	default:
		poll(NULL, 0, 150);
	}
	t = t_now() - t;
	return (void *)(intptr_t)(t >= 0.1499);
}

int main(void)
{
	pthread_t th[THREADS];
	double t = t_now();
	long good = 0;

	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(sleeper, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		good += (long)t_join(th[i]);
	printf("%ld slept long enough\n", good);
	/* One after another would be 15 s. */
	CHECK(t_now() - t < 8);
	return t_end();
}
