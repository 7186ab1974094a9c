/* pthread_create() writes the number to a page that a handler makes writable, as a
   collector's write barrier does; or to one that is none, and the handler jumps. */
#include "t.h"
#include <setjmp.h>

#define PAGE 4096

static char *page;
static int faults;
static sigjmp_buf back;
static pthread_t *volatile nowhere;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	faults++;
	if ((uintptr_t)info->si_addr - (uintptr_t)page >= PAGE)
		siglongjmp(back, 1);
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static void *echo(void *arg)
{
	return arg;
}

static void one(pthread_t *th, const pthread_attr_t *attr)
{
	PDO(pthread_create(th, attr, echo, (void *)7));
	printf("faults %d, joined %ld\n", faults, (long)t_join(*th));
}

static void body(void)
{
	pthread_attr_t attr;

	faults = 0;
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	one((pthread_t *)page, NULL);
	mprotect(page, PAGE, PROT_READ);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 20);
	one((pthread_t *)page, &attr);
	if (!sigsetjmp(back, 1))
		pthread_create(nowhere, NULL, echo, NULL);
	printf("faults %d\n", faults);
	one((pthread_t *)page, NULL);
	munmap(page, PAGE);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO };

	DO(sigaction(SIGSEGV, &sa, NULL));
	t_both(body);
	return t_end();
}
