/* The thread-local state of a library that was loaded and used before there
 * were threads is each thread's own, and begins anew in each. */
#include "t.h"

#include <dlfcn.h>

/* Of libstdc++: the exceptions that the thread has caught, and how many are
   under way. */
struct globals {
	void *caught;
	unsigned under_way;
};

static struct globals *(*globals)(void);
static struct globals *mains;

static void *worker(void *arg)
{
	struct globals *g;
	long ok;

	(void)arg;
	if (!globals)
		return (void *)1;
	g = globals();
	ok = g != mains && !g->caught && !g->under_way;
	g->caught = g;
	g->under_way = 7;
	return (void *)ok;
}

static void *idle(void *arg)
{
	return arg;
}

int main(void)
{
	void *lib = dlopen("libstdc++.so.6", RTLD_NOW);
	long good = 0;

	if (lib)
		*(void **)&globals = dlsym(lib, "__cxa_get_globals");
	if (globals) {
		mains = globals();
		mains->under_way = 5;
	}
	t_background();
	for (int i = 0; i < 50; i++) {
		t_join(t_go(idle, NULL));
		good += (long)t_join(t_go(worker, NULL));
	}
	SHOW(good);
	CHECK(!mains || (!mains->caught && mains->under_way == 5));
	return t_end();
}
