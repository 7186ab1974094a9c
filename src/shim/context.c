/*
 * context.c - getcontext(), setcontext(), swapcontext(), sigsetjmp()
 *
 * They save and set the signal mask of the kernel thread that calls them,
 * which is the thread's own mask only at home: so the thread goes home first.
 * Who returns from getcontext() may do so again later, when a frame of ours
 * would be gone; so there is none: each of them is a few instructions that
 * call home_for(), put everything back, and jump to libc's function.  sigsetjmp()
 * that saves no mask, as pthread_cleanup_push() and many a library call it,
 * jumps there at once.
 */
#include "shim/intern.h"

#include <ucontext.h>

#define TO_HOME(name, unless)                                   \
	__asm__(".pushsection .text\n"                          \
		".globl " #name "\n"                            \
		".type " #name ", @function\n"                  \
		#name ":\n"                                     \
		"	.cfi_startproc\n"                       \
		"	endbr64\n"                              \
		unless                                          \
		"	pushq %rdi\n"                           \
		"	.cfi_adjust_cfa_offset 8\n"             \
		"	pushq %rsi\n"                           \
		"	.cfi_adjust_cfa_offset 8\n"             \
		"	subq $8, %rsp\n"                        \
		"	.cfi_adjust_cfa_offset 8\n"             \
		"	callq home_for_" #name "\n"             \
		"	addq $8, %rsp\n"                        \
		"	.cfi_adjust_cfa_offset -8\n"            \
		"	popq %rsi\n"                            \
		"	.cfi_adjust_cfa_offset -8\n"            \
		"	popq %rdi\n"                            \
		"	.cfi_adjust_cfa_offset -8\n"            \
		"	jmpq *%rax\n"                           \
		"	.cfi_endproc\n"                         \
		".size " #name ", .-" #name "\n"                \
		".popsection\n")

#define HOME_FOR(name) \
	void *home_for_##name(const ucontext_t *, const ucontext_t *) \
		__attribute__((used, visibility("hidden")));          \
	TO_HOME(name, "");                                            \
	void *home_for_##name

/* The context that comes into force has a stack and a mask of its own. */
static void before_context(const ucontext_t *to)
{
	struct sthread *s = shim_on ? sthread_self() : NULL;

	shim_go_home();
	if (!s)
		return;
	stack_left_for(s, (uintptr_t)to->uc_mcontext.gregs[REG_RSP]);
	s->mask = to->uc_sigmask;
}

HOME_FOR(getcontext)(const ucontext_t *to, const ucontext_t *none)
{
	(void)to;
	(void)none;
	shim_go_home();
	return (void *)real(getcontext);
}

HOME_FOR(setcontext)(const ucontext_t *to, const ucontext_t *none)
{
	(void)none;
	before_context(to);
	return (void *)real(setcontext);
}

HOME_FOR(swapcontext)(const ucontext_t *from, const ucontext_t *to)
{
	(void)from;
	before_context(to);
	return (void *)real(swapcontext);
}

/* --- setjmp(), whose mask siglongjmp() puts back: self.c ------------------- */

#define JUMP_HOME_FOR(name, unless)                           \
	void *home_for_##name(void)                           \
		__attribute__((used, visibility("hidden")));  \
	TO_HOME(name, unless);                                \
	void *home_for_##name(void)                           \
	{                                                     \
		shim_go_home();                               \
		return (void *)real(name);                    \
	}

/* What the macro of that name is; the second argument: is the mask saved? */
JUMP_HOME_FOR(__sigsetjmp, "	movq real___sigsetjmp(%rip), %rax\n"
			   "	testl %esi, %esi\n"
			   "	jne 1f\n"
			   "	testq %rax, %rax\n"
			   "	je 1f\n"
			   "	jmpq *%rax\n"
			   "1:\n")

/* The function, which saves it; the macro is _setjmp(), which does not. */
JUMP_HOME_FOR(setjmp, "")
