/* clock_nanosleep(): relative, absolute, past, on each clock, and refused. */
#include "t.h"

static void body(void)
{
	static const clockid_t clock[] = { CLOCK_MONOTONIC, CLOCK_REALTIME,
					   CLOCK_BOOTTIME, CLOCK_TAI };
	struct timespec ts, now, rem = { 5, 5 };

	for (int i = 0; i < 4; i++) {
		double t = t_now();

		ts = (struct timespec){ 0, 30000000 };
		PSHOW(clock_nanosleep(clock[i], 0, &ts, &rem));
		CHECK(t_now() - t >= 0.0299);
		ts = t_in(clock[i], 30);
		PSHOW(clock_nanosleep(clock[i], TIMER_ABSTIME, &ts, &rem));
		clock_gettime(clock[i], &now);
		CHECK(now.tv_sec > ts.tv_sec || (now.tv_sec == ts.tv_sec &&
						 now.tv_nsec >= ts.tv_nsec));
		ts = t_in(clock[i], 0);
		ts.tv_sec -= 1;
		PSHOW(clock_nanosleep(clock[i], TIMER_ABSTIME, &ts, NULL));
		ts = (struct timespec){ 0, 0 };
		PSHOW(clock_nanosleep(clock[i], TIMER_ABSTIME, &ts, NULL));
		ts.tv_nsec = 1000000000;
		PSHOW(clock_nanosleep(clock[i], TIMER_ABSTIME, &ts, NULL));
		ts = (struct timespec){ -1, 0 };
		PSHOW(clock_nanosleep(clock[i], 0, &ts, NULL));
	}
	CHECK(rem.tv_sec == 5);
	ts = (struct timespec){ 0, 1 };
	PSHOW(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL));
	PSHOW(clock_nanosleep(99, 0, &ts, NULL));
	PSHOW(clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &ts, NULL));
}

int main(void)
{
	t_both(body);
	return t_end();
}
