/* A signal ends a sleep early: EINTR and what was left of the time. */
#include "t.h"

static int hits;

static void on(int sig)
{
	(void)sig;
	t_inc(&hits);
}

static void body(void)
{
	struct timespec ts, rem = { 0, 0 };
	pthread_t th;
	int r;

	for (int how = 0; how < 5; how++) {
		th = t_poke(t_poker, NULL);
		ts = (struct timespec){ 25, 0 };
		switch (how) {
		case 0:
			SHOW(nanosleep(&ts, &rem));
			CHECK(rem.tv_sec > 5 && rem.tv_sec <= 25);
			break;
		case 1:
			PSHOW(clock_nanosleep(CLOCK_REALTIME, 0, &ts, &rem));
			CHECK(rem.tv_sec > 5 && rem.tv_sec <= 25);
			break;
		case 2:
			ts = t_in(CLOCK_MONOTONIC, 25000);
			PSHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
					      &ts, NULL));
			break;
		case 3:
			r = (int)sleep(25);
			CHECK(r > 5 && r <= 25);
			break;
		default:
			SHOW(usleep(25000000));
		}
		t_poke_end(th);
	}
	CHECK(t_get(&hits) >= 5);
}

int main(void)
{
	/* A sleep is interrupted whatever SA_RESTART says. */
	t_handle(SIGUSR1, on, SA_RESTART);
	t_both(body);
	return t_end();
}
