/* What libc keeps of a thread is new in the next: the error of dlerror(), the
 * resolver's options, and what C++ objects there are to destroy.  (One that is
 * first used in a key's destructor never is.) */
#include "t.h"

#include <dlfcn.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>

static pthread_key_t key;
static int made, destroyed;

struct object {
	int v;

	explicit object(int x) : v(x)
	{
		t_inc(&made);
	}
	~object()
	{
		t_inc(&destroyed);
	}
};

static void late(void *p)
{
	static thread_local object o(7);

	(void)p;
	o.v++;
}

static void *worker(void *arg)
{
	static thread_local object o(3);
	long ok = dlerror() == NULL;

	(void)arg;
	ok = ok && !(_res.options & RES_INIT);
	ok = ok && o.v == 3;
	o.v = 4;
	PDO(pthread_setspecific(key, &key));
	res_init();
	_res.retrans = 77;
	ok = ok && !dlopen("/nonexistent.so", RTLD_NOW);
	t_settle();
	ok = ok && _res.options & RES_INIT && _res.retrans == 77;
	return (void *)ok;
}

int main()
{
	long good = 0;

	PDO(pthread_key_create(&key, late));
	for (int i = 0; i < 20; i++)
		good += (long)t_join(t_go(worker, NULL));
	printf("%ld good, %d made, %d destroyed\n", good, t_get(&made),
	       t_get(&destroyed));
	CHECK(dlerror() == NULL);
	return t_end();
}
