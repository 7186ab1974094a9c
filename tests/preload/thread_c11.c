/* C11 threads: thrd, mtx, cnd, tss, call_once. */
#include "t.h"
#include <threads.h>

static mtx_t m;
static cnd_t c;
static tss_t key;
static once_flag flag = ONCE_FLAG_INIT;
static int inits, turn, destroyed;

static void init(void)
{
	inits++;
}

static void destroy(void *v)
{
	(void)v;
	t_inc(&destroyed);
}

static int worker(void *arg)
{
	int me = (int)(intptr_t)arg;

	call_once(&flag, init);
	tss_set(key, &inits);
	mtx_lock(&m);
	while (turn != me)
		cnd_wait(&c, &m);
	turn++;
	cnd_broadcast(&c);
	mtx_unlock(&m);
	if (me % 2)
		thrd_exit(me * 2);
	return me;
}

/* Of a mutex that another thread has, until it is given. */
static int taker(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 20);

	(void)arg;
	SHOW(mtx_trylock(&m) == thrd_busy);
	SHOW(mtx_timedlock(&m, &ts) == thrd_timedout);
	t_set(&turn, 100);
	ts = t_in(CLOCK_REALTIME, 20000);
	SHOW(mtx_timedlock(&m, &ts) == thrd_success);
	SHOW(mtx_unlock(&m));
	return 0;
}

static void timed(void)
{
	thrd_t th;

	SHOW(mtx_lock(&m));
	if (thrd_create(&th, taker, NULL))
		t_die("thrd_create");
	t_await(t_get(&turn) == 100);
	t_settle();
	mtx_unlock(&m);
	SHOW(thrd_join(th, NULL));
}

int main(void)
{
	struct timespec ts = { 0, 20000000 };
	thrd_t th[6];
	int r;

	SHOW(mtx_init(&m, mtx_timed | mtx_recursive));
	SHOW(cnd_init(&c));
	SHOW(tss_create(&key, destroy));
	for (int i = 5; i >= 0; i--)
		if (thrd_create(&th[i], worker, (void *)(intptr_t)i))
			t_die("thrd_create");
	for (int i = 0; i < 6; i++) {
		SHOW(thrd_join(th[i], &r));
		printf("%d\n", r);
	}
	printf("%d init, %d destroyed\n", inits, destroyed);
	SHOW(thrd_sleep(&ts, NULL));
	SHOW(mtx_lock(&m));
	SHOW(mtx_trylock(&m));
	SHOW(mtx_unlock(&m));
	ts = t_in(CLOCK_REALTIME, 20);
	SHOW(cnd_timedwait(&c, &m, &ts) == thrd_timedout);
	SHOW(mtx_unlock(&m));
	timed();
	thrd_yield();
	return t_end();
}
