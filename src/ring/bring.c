/*
 * bring.c - a thread that is away is brought home from wherever it is
 *
 * A thread goes home of its own accord when it calls something.  One that
 * computes calls nothing, and one that has touched bad memory can't: but a
 * signal that lands on the carrier can have it go home before its next
 * instruction.  The handler copies what the kernel saved of the thread (all
 * registers, flags, the state of the FPU) to a place of the thread's own,
 * and has the carrier return to brought() instead, on a stack that belongs
 * to that place: the thread's own stack is not touched, for it may have
 * overflowed.  brought() goes home and there makes the sigreturn that the
 * kernel expects of a handler, with the copy.  So the thread continues at
 * home at the very instruction where it was, and what is pending at home is
 * delivered there by the kernel, on the right stack and with the right mask;
 * an instruction that faulted faults again where the program's handler can
 * run as ever.
 *
 * This must not happen in the middle of what the ring or the shim does, which
 * may hold a lock or know on which carrier it is: neither while it is its own
 * code that was interrupted, nor libc's, which may have been called from it
 * (ring_conf.interruptible), nor while thread.holds.  Then nothing happens,
 * and the monitor asks again at its next tick.
 */
#include "ring/sched.h"

#include <ucontext.h>

#define ASIDE	((size_t)32768)
#define FLAG_TF 0x100
#define FLAG_DF 0x400
#define FLAG_AC 0x40000

/* The kernel's struct ucontext: the beginning of libc's, but for the mask,
   which is 8 bytes at the same place. */
#define KUC_SIZE (offsetof(ucontext_t, uc_sigmask) + 8)

/* Where the size of the FPU's state is: struct _fpx_sw_bytes of
   asm/sigcontext.h, at the end of the 512 bytes of old. */
#define FP_OLD	 512
#define FP_SW_AT 464
#define FP_MAGIC 0x46505853u

struct aside {
	union {
		ucontext_t uc;
		char bytes[1024];
	};
	char fp[] __attribute__((aligned(64)));
};

_Static_assert(sizeof(struct aside) >= KUC_SIZE, "room for the context");

void bring_entry(void);
__asm__(".text\n"
	".hidden bring_entry\n"
	".type bring_entry, @function\n"
	"bring_entry:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined rip\n"
	"	callq bring_on\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size bring_entry, .-bring_entry\n");

static __attribute__((noreturn)) void continue_at(struct aside *a)
{
	__asm__ volatile("movq %0, %%rsp\n\t"
			 "movl $15, %%eax\n\t" /* rt_sigreturn */
			 "syscall\n\t"
			 "ud2"
			 :
			 : "r"(&a->uc)
			 : "memory");
	__builtin_unreachable();
}

void bring_on(struct thread *t)
	__attribute__((noreturn, used, visibility("hidden")));

/* On the stack aside, as the thread: go home and continue there. */
void bring_on(struct thread *t)
{
	uint64_t all = ~UINT64_C(0), mask;
	struct aside *a = t->aside;

	/* a signal that lands before all are blocked is queued, not handled
	   on this stack */
	ring_hold(t);
	t->own++;
	thread_go_home();
	sys4(SYS_rt_sigprocmask, SIG_SETMASK, SYS_P(&all), SYS_P(&mask), 8);
	t->holds--;
	t->held_off = 0;
	mask = ring_conf->brought(mask);
	*(uint64_t *)&a->uc.uc_sigmask = mask;
	/* sigreturn sets the alternate stack, too */
	sys3(SYS_sigaltstack, 0, SYS_P(&a->uc.uc_stack), 0);
	t->own--;
	continue_at(a);
}

static size_t fp_size(const char *fp)
{
	const uint32_t *sw = (const uint32_t *)(fp + FP_SW_AT);

	return sw[0] == FP_MAGIC ? sw[1] : FP_OLD;
}

static bool copy_aside(struct aside *a, const ucontext_t *uc)
{
	const char *fp = (const char *)uc->uc_mcontext.fpregs;
	size_t size;

	__builtin_memcpy(a, uc, KUC_SIZE);
	if (!fp)
		return true;
	size = fp_size(fp);
	if (size > ASIDE / 2)
		return false;
	__builtin_memcpy(a->fp, fp, size);
	a->uc.uc_mcontext.fpregs = (void *)a->fp;
	return true;
}

bool thread_bring_home(struct thread *t, void *context)
{
	ucontext_t *uc = context;
	greg_t *r = uc->uc_mcontext.gregs;

	if (!t->aside)
		t->aside = ring_map(ASIDE);
	if (!t->aside || !copy_aside(t->aside, uc))
		return false;
	r[REG_RIP] = (greg_t)(uintptr_t)bring_entry;
	r[REG_RSP] = (greg_t)((uintptr_t)t->aside + ASIDE - 64);
	r[REG_RBP] = 0;
	r[REG_RDI] = (greg_t)(uintptr_t)t;
	r[REG_EFL] &= ~(greg_t)(FLAG_TF | FLAG_DF | FLAG_AC);
	return true;
}

static bool is_syscall(uintptr_t pc)
{
	return !__builtin_memcmp((void *)pc, "\x0f\x05", 2);
}

/* Is the thread at pc about to make, or to return from, a system call that is not
   ours?  Then it has been interrupted in that. */
static bool in_call(uintptr_t pc)
{
	return !ring_conf->ours(pc) && (is_syscall(pc) || is_syscall(pc - 2));
}

static bool may_leave(uintptr_t pc)
{
	return ring_conf->interruptible(pc) ||
	       (unlikely(atomic_load(&retreat_hard)) && in_call(pc));
}

/* The one call of ours that may block: somebody was quicker (op.c).  The kernel is
   about to make it again, or for the first time: it has been interrupted instead. */
static bool end_accept(greg_t *r)
{
	uintptr_t pc = (uintptr_t)r[REG_RIP];

	if (r[REG_RAX] != SYS_accept4 || !ring_conf->ours(pc) || !is_syscall(pc))
		return false;
	r[REG_RIP] += 2;
	r[REG_RAX] = -EINTR;
	return true;
}

/*
 * In the handler of a kick, on c, that says that the thread it runs is
 * wanted at home.  It may have gone since, and another may be here.
 */
void carrier_bring(struct carrier *c, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t sp = (uintptr_t)r[REG_RSP], at = (uintptr_t)c->sigstack;
	struct thread *t = c->cur;

	if (!t || !(atomic_load(&t->attention) & ATTEND_NOW) || !t->away ||
	    c->fs_now != t->fs || end_accept(r) || t->holds ||
	    sp - at < FS_SIGSTACK || t->own ||
	    !may_leave((uintptr_t)r[REG_RIP]))
		return;
	thread_bring_home(t, context);
}
