/* usleep(): long enough, and zero. */
#include "t.h"

static void body(void)
{
	static const unsigned us[] = { 0, 1, 500, 60000, 1100000 };

	for (int i = 0; i < 5; i++) {
		double t = t_now();

		SHOW(usleep(us[i]));
		CHECK(t_now() - t >= us[i] / 1e6);
	}
}

int main(void)
{
	t_both(body);
	return t_end();
}
