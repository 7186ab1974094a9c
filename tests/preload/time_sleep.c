/* sleep(): whole seconds, nothing left over. */
#include "t.h"

static void body(void)
{
	double t = t_now();

	SHOW(sleep(0));
	SHOW(sleep(1));
	CHECK(t_now() - t >= 1.0);
}

int main(void)
{
	t_both(body);
	return t_end();
}
