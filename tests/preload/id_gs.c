/* arch_prctl(ARCH_SET_GS): a segment of the thread's own, also after a wait. */
#include "t.h"
#include <asm/prctl.h>
#include <sys/syscall.h>

int arch_prctl(int code, unsigned long addr);

static int fd[2];

static long at_gs(void)
{
	long v;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(v));
	return v;
}

static void *worker(void *arg)
{
	long mine = 1000 + (long)arg;
	char c;

	t_take(fd[0], &c, 1);
	if ((long)arg % 2)
		DO(arch_prctl(ARCH_SET_GS, (unsigned long)&mine));
	else
		DO(syscall(SYS_arch_prctl, ARCH_SET_GS, &mine));
	for (int i = 0; i < 5; i++) {
		t_take(fd[0], &c, 1);
		t_put(fd[1], &c, 1);
		usleep(1000);
		CHECK(at_gs() == mine);
	}
	t_put(fd[1], &c, 1);
	return NULL;
}

int main(void)
{
	DO(pipe(fd));
	t_background();
	t_put(fd[1], "xx", 2);
	for (long i = 0; i < 4; i++)
		t_join(t_go(worker, (void *)i));
	return t_end();
}
