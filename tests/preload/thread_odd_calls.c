/* What can't be done, or is at the edge of it, ends as in libc: joining oneself,
 * asking about a thread that has ended, and being
 * cancelled when only destructors are left. */
#include "t.h"

static int stage;
static pthread_t other;
static pthread_key_t key;

static void *joins_itself(void *arg)
{
	struct timespec ts = t_in(CLOCK_REALTIME, 10);

	PSHOW(pthread_join(pthread_self(), NULL));
	PSHOW(pthread_timedjoin_np(pthread_self(), NULL, &ts));
	PSHOW(pthread_tryjoin_np(pthread_self(), NULL));
	PDO(pthread_detach(pthread_self()));
	PSHOW(pthread_join(pthread_self(), NULL));
	PSHOW(pthread_timedjoin_np(pthread_self(), NULL, &ts));
	PSHOW(pthread_detach(pthread_self()));
	t_set(&stage, 1);
	return arg;
}

static void *joins_itself_cancelled(void *arg)
{
	t_settle();
	PDO(pthread_cancel(pthread_self()));
	PSHOW(pthread_join(pthread_self(), NULL));
	return arg;
}

static void *briefly(void *arg)
{
	t_settle();
	return arg;
}

static void of_an_ended(void)
{
	pthread_t th = t_go(briefly, NULL);
	union sigval v = { 0 };
	struct sched_param sp = { 0 };
	char name[16];
	int policy;

	t_await(pthread_sigqueue(th, 0, v) == ESRCH);
	PSHOW(pthread_getname_np(th, name, sizeof(name)));
	PSHOW(pthread_getname_np(th, name, 3));
	PSHOW(pthread_setname_np(th, "name"));
	PSHOW(pthread_setname_np(th, "a name that is too long"));
	PSHOW(pthread_getschedparam(th, &policy, &sp));
	PSHOW(pthread_setschedparam(th, SCHED_OTHER, &sp));
	PSHOW(pthread_setschedprio(th, 0));
	t_join(th);
}

static void in_destructor(void *arg)
{
	(void)arg;
	t_set(&stage, 1);
	t_await(t_get(&stage) == 2);
	pthread_testcancel();
	printf("not cancelled\n");
}

static void *has_destructor(void *arg)
{
	PDO(pthread_setspecific(key, &key));
	return arg;
}

int main(void)
{
	PDO(pthread_key_create(&key, in_destructor));
	for (int i = 0; i < 2; i++) {
		t_set(&stage, 0);
		t_go(joins_itself, NULL);
		t_await(t_get(&stage) == 1);
		other = t_go(joins_itself_cancelled, NULL);
		CHECK(t_join(other) == PTHREAD_CANCELED);
		of_an_ended();
		t_set(&stage, 0);
		other = t_go(has_destructor, NULL);
		t_await(t_get(&stage) == 1);
		PDO(pthread_cancel(other));
		t_set(&stage, 2);
		CHECK(t_join(other) == PTHREAD_CANCELED);
	}
	return t_end();
}
