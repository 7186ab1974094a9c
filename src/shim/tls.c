/*
 * tls.c - making the thread-local state of a finished thread as new
 *
 * In the order in which libc ends a thread: C++ thread_local destructors,
 * then those of pthread keys in up to PTHREAD_DESTRUCTOR_ITERATIONS rounds;
 * then, where libc would throw the thread-local storage away, every module's
 * part of it is given its initial image again.  Not libc's own, which holds
 * the allocator's cache (worth keeping) and the like; of that what a program
 * can see is reset by name: errno, h_errno, the locale, the thread's name,
 * the cancel state, dlerror()'s and the resolver's.
 *
 * Keys are libc's; a table here mirrors their destructors, which libc does
 * not tell.  A key that was made without our knowing has none here: values
 * under it are left, and would be seen by the next thread; none is known to
 * be made so.
 *
 * Modules come and go with dlopen(): when the loader's counters have changed
 * since the list was made, or a module was there by then that is not in the
 * static TLS block, all are looked up.  Such a module has its part wherever it
 * was allocated, and only if the thread has touched it.
 */
#include "shim/intern.h"
#include "shim/tls.h"

#include <limits.h>
#include <dlfcn.h>
#include <link.h>
#include <locale.h>
#include <netdb.h>
#include <resolv.h>
#undef p_type		/* resolv.h is old: it has names for ELF, too */
#include <sys/syscall.h>

/* --- pthread keys ------------------------------------------------------------------ */

#define KEYS 1024	/* glibc's PTHREAD_KEYS_MAX */

static struct {
	void (*_Atomic dtor)(void *);
	_Atomic bool used;
} keys[KEYS];
static _Atomic unsigned keys_top;

static int key_create(pthread_key_t *key, void (*dtor)(void *))
{
	int r = real(pthread_key_create)(key, dtor);
	unsigned top = atomic_load(&keys_top);

	if (r || *key >= KEYS)
		return r;
	atomic_store(&keys[*key].dtor, dtor);
	atomic_store(&keys[*key].used, true);
	while (top <= *key &&
	       !atomic_compare_exchange_weak(&keys_top, &top, *key + 1))
		;
	return r;
}

EXPORT int pthread_key_create(pthread_key_t *key, void (*dtor)(void *))
{
	return key_create(key, dtor);
}

EXPORT int __pthread_key_create(pthread_key_t *key, void (*dtor)(void *))
{
	return key_create(key, dtor);
}

EXPORT int tss_create(tss_t *key, tss_dtor_t dtor)
{
	pthread_key_t k;

	if (key_create(&k, dtor))
		return thrd_error;
	*key = k;
	return thrd_success;
}

EXPORT int pthread_key_delete(pthread_key_t key)
{
	if (key < KEYS)
		atomic_store(&keys[key].used, false);
	return real(pthread_key_delete)(key);
}

EXPORT void tss_delete(tss_t key)
{
	pthread_key_delete(key);
}

/* One round.  True if there was anything to destroy. */
static bool tsd_round(void)
{
	unsigned top = atomic_load(&keys_top);
	bool any = false;

	for (unsigned k = 0; k < top; k++) {
		void (*dtor)(void *) = atomic_load(&keys[k].dtor);
		void *v;

		if (!atomic_load(&keys[k].used) ||
		    !(v = pthread_getspecific(k)))
			continue;
		pthread_setspecific(k, NULL);
		if (dtor) {
			dtor(v);
			any = true;
		}
	}
	return any;
}

static void run_keys(void)
{
	for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS; i++)
		if (!tsd_round())
			return;
	/* what is left is let go, as libc does */
	for (unsigned k = 0; k < atomic_load(&keys_top); k++)
		if (atomic_load(&keys[k].used) && pthread_getspecific(k))
			pthread_setspecific(k, NULL);
}

static __thread bool too_late;	/* for C++ destructors */

void tsd_run_destructors(void)
{
	too_late = true;
	run_keys();
	too_late = false;
}

/* --- C++ thread_local --------------------------------------------------------------- */

static void (*call_tls_dtors)(void);

void tls_run_destructors(void)
{
	call_tls_dtors();
}

/* libc destroys no object that is first used in the destructor of a key: it has
   been through these by then.  What it had noted would be the next life's. */
EXPORT int __cxa_thread_atexit_impl(void (*dtor)(void *), void *obj, void *dso)
{
	return unlikely(too_late) ? 0 :
	       real(__cxa_thread_atexit_impl)(dtor, obj, dso);
}

/* --- the images ----------------------------------------------------------------------- */

#define IMAGES 64

struct image {
	ptrdiff_t at;		/* from the TCB; static TLS alone */
	const void *init;
	size_t filled, size;
};

static struct image images[IMAGES];
static int n_images;
static unsigned long long adds, subs;	/* the loader's, at that time */
static bool listed;
static bool elsewhere;		/* a module was not in the static block */

static char *tcb(void)
{
	return __builtin_thread_pointer();
}

/* The modules whose state we leave alone: libc, the loader, ourselves. */
static bool left_alone(const struct dl_phdr_info *info)
{
	const ElfW(Phdr) *ph = info->dlpi_phdr;
	const char *mine = (const char *)&left_alone;
	const char *libc = (const char *)real_pthread_create;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const char *from = (char *)info->dlpi_addr + ph[i].p_vaddr;

		if (ph[i].p_type != PT_LOAD)
			continue;
		if ((mine >= from && mine < from + ph[i].p_memsz) ||
		    (libc >= from && libc < from + ph[i].p_memsz))
			return true;
	}
	return false;
}

static const ElfW(Phdr) *tls_phdr(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_TLS)
			return &info->dlpi_phdr[i];
	return NULL;
}

static void put_image(char *to, const struct image *im)
{
	memcpy(to, im->init, im->filled);
	memset(to + im->filled, 0, im->size - im->filled);
}

static struct image image_of(const struct dl_phdr_info *info,
			     const ElfW(Phdr) *ph)
{
	return (struct image){
		.at = (char *)info->dlpi_tls_data - tcb(),
		.init = (char *)info->dlpi_addr + ph->p_vaddr,
		.filled = ph->p_filesz,
		.size = ph->p_memsz,
	};
}

/* List a module that is in the static block: in a thread that has touched
   nothing yet the others have no part. */
static int list_one(struct dl_phdr_info *info, size_t size, void *arg)
{
	const ElfW(Phdr) *ph = tls_phdr(info);

	(void)size;
	adds = info->dlpi_adds;
	subs = info->dlpi_subs;
	if (!ph || left_alone(info))
		return 0;
	if (!info->dlpi_tls_data) {
		elsewhere = true;
		return 0;
	}
	if (n_images == IMAGES) {
		*(bool *)arg = false;
		return 1;
	}
	images[n_images++] = image_of(info, ph);
	return 0;
}

/* With modules that were loaded since, or are elsewhere: all, as found. */
static int reset_one(struct dl_phdr_info *info, size_t size, void *arg)
{
	const ElfW(Phdr) *ph = tls_phdr(info);
	struct image im;

	(void)size;
	(void)arg;
	if (ph && info->dlpi_tls_data && !left_alone(info)) {
		im = image_of(info, ph);
		put_image(info->dlpi_tls_data, &im);
	}
	return 0;
}

static int is_changed(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(bool *)arg = info->dlpi_adds != adds || info->dlpi_subs != subs;
	return 1;
}

static void *list_all(void *ok)
{
	dl_iterate_phdr(list_one, ok);
	return NULL;
}

bool tls_init(void)
{
	bool ok = true;
	pthread_t th;

	if (listed)
		return true;
	*(void **)&call_tls_dtors = dlsym(RTLD_DEFAULT, "__call_tls_dtors");
	if (spawn_own(&th, list_all, &ok))
		return true;
	join_only(th, NULL);
	listed = ok && call_tls_dtors;
	return true;
}

bool tls_can_reset(void)
{
	return listed;
}

void reset_errno(void)
{
	errno = 0;
	h_errno = 0;
}

/* What libc does with the resolver's at a thread's end.  (What else is set there
   shows in the next thread on the same stack natively, too.) */
static void reset_resolver(void)
{
	if (likely(!_res.nscount))
		return;
	res_nclose(&_res);
	_res.options = 0;
}

static void reset_libc(void)
{
	/* once to have it told, once to have it forgotten */
	if (unlikely(dlerror() != NULL))
		dlerror();
	reset_resolver();
	uselocale(LC_GLOBAL_LOCALE);
	real(pthread_setcancelstate)(PTHREAD_CANCEL_ENABLE, NULL);
	reset_errno();
}

/*
 * dl_iterate_phdr() holds a lock of the loader's that fork() leaves as it is:
 * a child made meanwhile would wait for ever when its first thread ends.  So a
 * fork waits until nobody is in there, and who comes later finds "forking" and
 * does without being recycled.  (A lock would not do: fork handlers may wait
 * for threads to end.)
 */
static _Atomic int looking, forking;
static __thread bool looks;	/* a handler may fork in the middle */

void tls_fork_begin(void)
{
	struct timespec moment = { 0, 20000 };

	atomic_fetch_add(&forking, 1);
	while (atomic_load(&looking) > looks)
		real(syscall)(SYS_nanosleep, &moment, NULL);
}

void tls_fork_end(bool child)
{
	if (child) {
		atomic_store(&looking, looks);
		atomic_store(&forking, 0);
	} else {
		atomic_fetch_sub(&forking, 1);
	}
}

static void look(void)
{
	bool changed = elsewhere;

	if (!changed)
		dl_iterate_phdr(is_changed, &changed);
	if (changed)
		dl_iterate_phdr(reset_one, NULL);
	for (int i = 0; !changed && i < n_images; i++)
		put_image(tcb() + images[i].at, &images[i]);
}

bool tls_reset(void)
{
	bool alone;

	looks = true;
	atomic_fetch_add(&looking, 1);
	alone = atomic_load(&forking) == 0;
	if (alone)
		look();
	atomic_fetch_sub(&looking, 1);
	looks = false;
	if (alone)
		reset_libc();
	return alone;
}
