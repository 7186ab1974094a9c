/* A name that can't be read, or is too long, leaves a thread its own. */
#include "t.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static char *edge;	/* of what can be read */

static void body(void)
{
	char name[16];

	PDO(pthread_setname_np(pthread_self(), "before"));
	SHOW(prctl(PR_SET_NAME, NULL, 0, 0, 0));
	SHOW(prctl(PR_SET_NAME, (void *)1, 0, 0, 0));
	SHOW(syscall(SYS_prctl, PR_SET_NAME, (void *)1, 0, 0, 0));
	SHOW(prctl(PR_SET_NAME, edge - 3, 0, 0, 0));
	PSHOW(pthread_setname_np(pthread_self(), "sixteen and more"));
	PDO(pthread_getname_np(pthread_self(), name, sizeof(name)));
	printf("%s\n", name);
	edge[-1] = '\0';
	SHOW(prctl(PR_SET_NAME, edge - 3, 0, 0, 0));
	edge[-1] = 'c';
	PDO(pthread_getname_np(pthread_self(), name, sizeof(name)));
	printf("%s\n", name);
}

int main(void)
{
	edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	edge += 4096;
	DO(mprotect(edge, 4096, PROT_NONE));
	memcpy(edge - 3, "abc", 3);
	body();
	t_both(body);
	return t_end();
}
