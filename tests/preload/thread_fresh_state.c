/* errno, the locale, cancel state and type of a new thread, whatever the ones
 * before it left behind. */
#include "t.h"
#include <locale.h>

static locale_t loc;

static void *worker(void *arg)
{
	long ok = errno == 0;
	int state, type;

	(void)arg;
	ok = ok && uselocale((locale_t)0) == LC_GLOBAL_LOCALE;
	PDO(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	PDO(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type));
	ok = ok && state == PTHREAD_CANCEL_ENABLE;
	ok = ok && type == PTHREAD_CANCEL_DEFERRED;
	errno = 99;
	uselocale(loc);
	t_settle();
	ok = ok && uselocale((locale_t)0) == loc;
	return (void *)ok;
}

int main(void)
{
	long good = 0;

	loc = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
	CHECK(loc != (locale_t)0);
	errno = 77;
	for (int w = 0; w < 20; w++) {
		pthread_t th[10];

		for (int i = 0; i < 10; i++)
			th[i] = t_go(worker, NULL);
		for (int i = 0; i < 10; i++)
			good += (long)t_join(th[i]);
	}
	printf("%ld good\n", good);
	CHECK(uselocale((locale_t)0) == LC_GLOBAL_LOCALE);
	return t_end();
}
