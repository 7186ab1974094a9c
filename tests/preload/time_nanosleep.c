/* nanosleep(): never shorter than asked; bad times are refused. */
#include "t.h"

static void body(void)
{
	static const long ns[] = { 0, 1, 1000, 1000000, 50000000 };
	struct timespec ts, rem = { 77, 77 };

	for (int i = 0; i < 5; i++) {
		double t = t_now();

		ts = (struct timespec){ 0, ns[i] };
		SHOW(nanosleep(&ts, i % 2 ? &rem : NULL));
		CHECK(t_now() - t >= (double)ns[i] / 1e9);
	}
	CHECK(rem.tv_sec == 77 && rem.tv_nsec == 77);
	ts = (struct timespec){ 0, 1000000000 };
	SHOW(nanosleep(&ts, NULL));
	ts = (struct timespec){ 0, -1 };
	SHOW(nanosleep(&ts, NULL));
	ts = (struct timespec){ -1, 0 };
	SHOW(nanosleep(&ts, NULL));
	SHOW(nanosleep((void *)(volatile intptr_t){ 16 }, NULL));
}

int main(void)
{
	t_both(body);
	return t_end();
}
