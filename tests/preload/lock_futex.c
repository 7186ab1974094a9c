/* Raw futexes by syscall(): wait, wake, limits of time. */
#include "t.h"
#include <linux/futex.h>
#include <sys/syscall.h>

static uint32_t word, turn;

static long futex(uint32_t *w, int op, uint32_t v, struct timespec *ts)
{
	return syscall(SYS_futex, w, op | FUTEX_PRIVATE_FLAG, v, ts, NULL, ~0u);
}

static void *player(void *arg)
{
	uint32_t me = (uint32_t)(intptr_t)arg, t;

	for (int i = 0; i < 50; i++) {
		while ((t = t_get(&turn)) % 2 != me)
			futex(&turn, FUTEX_WAIT, t, NULL);
		t_inc(&turn);
		futex(&turn, FUTEX_WAKE, INT_MAX, NULL);
	}
	return NULL;
}

static void wake(int n)
{
	t_set(&word, 1);
	futex(&word, FUTEX_WAKE_BITSET, (uint32_t)n, NULL);
}

static void body(void)
{
	struct timespec ts = { 0, 2000000 };
	pthread_t a, b;

	t_set(&turn, 0);
	a = t_go(player, (void *)0);
	b = t_go(player, (void *)1);
	t_join(a);
	t_join(b);
	printf("%u turns\n", turn);
	t_set(&word, 0);
	SHOW(futex(&word, FUTEX_WAIT, 1, NULL));
	SHOW(futex(&word, FUTEX_WAIT, 0, &ts));
	SHOW(futex(&word, FUTEX_WAKE, 1, NULL));
	a = t_after(wake, 1);
	while (!t_get(&word))
		futex(&word, FUTEX_WAIT_BITSET, 0, NULL);
	t_join(a);
	SHOW(futex(NULL, FUTEX_WAKE, 1, NULL));
}

int main(void)
{
	t_both(body);
	return t_end();
}
