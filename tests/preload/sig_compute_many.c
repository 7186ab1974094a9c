/* Signals by the dozen for threads that compute: every register, the flags
 * and the red zone are as they were. */
#include "t.h"

#define THREADS 2
#define SIGNALS 30

static int fd[2], stop, up;
static __thread int hits_here;
static int hits[THREADS];

static void on(int sig)
{
	volatile double d = 0.1 * sig;

	d = d * 3.7;
	hits_here++;
}

/* A leaf with its state below the stack pointer and in every register. */
static __attribute__((noinline)) uint64_t leaf(uint64_t seed)
{
	uint64_t r;

	__asm__ volatile(
		"movq %1, %%rax\n\t"
		"movq %%rax, -8(%%rsp)\n\t"
		"movq %%rax, -120(%%rsp)\n\t"
		"movq %%rax, %%xmm7\n\t"
		"leaq 1(%%rax), %%r8\n\t"
		"leaq 2(%%rax), %%r9\n\t"
		"leaq 3(%%rax), %%r10\n\t"
		"leaq 4(%%rax), %%r11\n\t"
		"leaq 5(%%rax), %%r12\n\t"
		"leaq 6(%%rax), %%r13\n\t"
		"leaq 7(%%rax), %%r14\n\t"
		"leaq 8(%%rax), %%r15\n\t"
		"movl $2000, %%ecx\n\t"
		"stc\n"
		"1:\n\t"
		"jnc 2f\n\t"
		"decl %%ecx\n\t"		/* leaves the carry */
		"jnz 1b\n\t"
		"movq -8(%%rsp), %%rbx\n\t"
		"addq -120(%%rsp), %%rbx\n\t"
		"movq %%xmm7, %%rdx\n\t"
		"addq %%rdx, %%rbx\n\t"
		"addq %%r8, %%rbx\n\t"
		"addq %%r9, %%rbx\n\t"
		"addq %%r10, %%rbx\n\t"
		"addq %%r11, %%rbx\n\t"
		"addq %%r12, %%rbx\n\t"
		"addq %%r13, %%rbx\n\t"
		"addq %%r14, %%rbx\n\t"
		"addq %%r15, %%rbx\n\t"
		"addq %%rax, %%rbx\n\t"
		"jmp 3f\n"
		"2:\n\t"
		"xorl %%ebx, %%ebx\n"
		"3:\n\t"
		"movq %%rbx, %0"
		: "=r"(r)
		: "0"(seed)
		: "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
		  "r13", "r14", "r15", "xmm7", "cc", "memory");
	return r;
}

static void *worker(void *arg)
{
	long id = (long)(intptr_t)arg, wrong = 0;
	uint64_t n = 0;
	char b;

	t_take(fd[0], &b, 1);
	t_inc(&up);
	for (; !t_get(&stop); n++) {
		wrong += leaf(n) != n * 12 + 36;
		t_set(&hits[id], hits_here);
		/* away again */
		if (n % 1024 == 0)
			sched_yield();
	}
	return (void *)wrong;
}

int main(void)
{
	pthread_t th[THREADS];

	t_handle(SIGUSR1, on, SA_RESTART);
	DO(pipe(fd));
	for (long i = 0; i < THREADS; i++)
		th[i] = t_go(worker, (void *)i);
	t_put(fd[1], "xx", THREADS);
	t_await(t_get(&up) == THREADS);
	for (int n = 0; n < SIGNALS; n++) {
		int i = n % THREADS, before = t_get(&hits[i]);

		PDO(pthread_kill(th[i], SIGUSR1));
		t_await(t_get(&hits[i]) != before);
	}
	t_set(&stop, 1);
	for (int i = 0; i < THREADS; i++)
		printf("wrong: %ld\n", (long)t_join(th[i]));
	return t_end();
}
