/* Polling nothing is a sleep. */
#include "t.h"

#define TIMED(e)                                \
	do {                                    \
		double t = t_now();             \
		SHOW(e);                        \
		t = t_now() - t;                \
		CHECK(t >= 0.035 && t < 8.0);   \
	} while (0)

static void body(void)
{
	struct pollfd none = { -5, POLLIN, 3 };
	struct timespec ts = { 0, 40000000 };
	struct timeval tv = { 0, 40000 };

	TIMED(poll(NULL, 0, 40));
	TIMED(poll(&none, 1, 40));
	printf("%d\n", none.revents);
	TIMED(ppoll(NULL, 0, &ts, NULL));
	TIMED(select(0, NULL, NULL, NULL, &tv));
	TIMED(pselect(0, NULL, NULL, NULL, &ts, NULL));
	SHOW(poll(NULL, 0, 0));
	tv.tv_usec = 0;
	SHOW(select(0, NULL, NULL, NULL, &tv));
}

int main(void)
{
	t_both(body);
	return t_end();
}
