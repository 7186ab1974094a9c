/* Attributes that are refused, by the setter or by pthread_create(). */
#include "t.h"

static void *worker(void *arg)
{
	return arg;
}

static void body(void)
{
	struct sched_param sp = { .sched_priority = 1000 };
	pthread_attr_t at;
	pthread_t th;
	cpu_set_t none;

	PDO(pthread_attr_init(&at));
	PSHOW(pthread_attr_setstacksize(&at, 100));
	PSHOW(pthread_attr_setstacksize(&at, (size_t)1 << 50));
	PSHOW(pthread_create(&th, &at, worker, NULL));
	PDO(pthread_attr_destroy(&at));
	PDO(pthread_attr_init(&at));
	PSHOW(pthread_attr_setdetachstate(&at, 99));
	PSHOW(pthread_attr_setschedparam(&at, &sp));
	CPU_ZERO(&none);
	PSHOW(pthread_attr_setaffinity_np(&at, sizeof(none), &none));
	PSHOW(pthread_create(&th, &at, worker, NULL));
	PDO(pthread_attr_destroy(&at));
	PSHOW(pthread_create(&th, NULL, worker, NULL));
	t_join(th);
}

int main(void)
{
	t_both(body);
	return t_end();
}
