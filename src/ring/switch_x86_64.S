/*
 * switch_x86_64.S - saving one context and loading another
 *
 * A context is a stack pointer.  Below it lie, lowest first: MXCSR, the x87
 * control and status words (8 bytes together), r15, r14, r13, r12, rbx, rbp and
 * the address to continue at: what the System V ABI makes a callee save, and
 * of the status word the flags of the exceptions that there have been, which are
 * the thread's, as MXCSR's are.  The FS base is not ours: switch_to() in sched.c
 * sets it just before.
 */
#define FLAGS 0x3f	/* of the status word: what is in fenv.h */

	.text

/* void ctx_switch(void **save, void *load) */
	.globl	ctx_switch
	.hidden	ctx_switch
	.type	ctx_switch, @function
	.p2align 4
ctx_switch:
	.cfi_startproc
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	fnstsw	%ax
	movw	%ax, 6(%rsp)
	movl	%eax, %edx
	movq	%rsp, (%rdi)
	movl	(%rsp), %eax
	movzwl	4(%rsp), %ecx
	movq	%rsi, %rsp
	/* loading them is slow, and they are nearly always the same */
	cmpl	(%rsp), %eax
	jne	2f
1:	xorb	6(%rsp), %dl
	testb	$FLAGS, %dl
	jne	5f
	cmpw	4(%rsp), %cx
	jne	3f
4:	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
2:	ldmxcsr	(%rsp)
	jmp	1b
3:	fldcw	4(%rsp)
	jmp	4b
	/* first none, for to load the control word would raise what it lets
	   through of them; then the flags and the control word together, for
	   that is the only way to set one */
5:	fnclex
	testb	$FLAGS, 6(%rsp)
	je	3b
	subq	$32, %rsp
	fnstenv	(%rsp)
	movw	36(%rsp), %ax
	movw	%ax, (%rsp)
	movb	38(%rsp), %al
	andb	$FLAGS, %al
	orb	%al, 4(%rsp)
	fldenv	(%rsp)
	addq	$32, %rsp
	jmp	4b
	.cfi_endproc
	.size	ctx_switch, .-ctx_switch

/* Where a context made by ctx_make() begins: r12 is the function, r13 its
   argument.  The function never returns. */
	.globl	ctx_entry
	.hidden	ctx_entry
	.type	ctx_entry, @function
	.p2align 4
ctx_entry:
	.cfi_startproc
	.cfi_undefined rip
	movq	%r13, %rdi
	callq	*%r12
	ud2
	.cfi_endproc
	.size	ctx_entry, .-ctx_entry

	.section .note.GNU-stack, "", @progbits
