/*
 * homing.c - threads brought home by a signal: whose code was interrupted,
 * and what is pending when they are there
 *
 * See src/ring/bring.c.  A signal may interrupt the program's code and its
 * libraries' anywhere, as without us.  Not ours, nor that of what we call
 * ourselves, perhaps with a lock held or in the middle of an op: libc and its
 * loader, liburing, the vDSO.  Their places are noted when the engine starts;
 * none of them comes or goes afterwards.
 */
#include "shim/intern.h"

#include <sys/auxv.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define RANGES 16

static struct range {
	uintptr_t from, to;
	bool ours; /* which never calls what is the program's own */
} ranges[RANGES];
static int n_ranges;

/* --- whose code ------------------------------------------------------------ */

bool object_contains(const struct dl_phdr_info *info, uintptr_t p)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_LOAD && p >= from &&
		    p < from + ph->p_memsz)
			return true;
	}
	return false;
}

static bool is_ours(const struct dl_phdr_info *info)
{
	return object_contains(info, (uintptr_t)&is_ours) ||
	       (info->dlpi_name && strstr(info->dlpi_name, "/liburing"));
}

static bool we_call(const struct dl_phdr_info *info)
{
	return object_contains(info, (uintptr_t)real_pthread_create) ||
	       object_contains(info, getauxval(AT_BASE)) ||
	       object_contains(info, getauxval(AT_SYSINFO_EHDR));
}

static int note(struct dl_phdr_info *info, size_t size, void *arg)
{
	bool ours = is_ours(info);

	(void)size;
	(void)arg;
	if (!ours && !we_call(info))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && n_ranges < RANGES; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X))
			continue;
		ranges[n_ranges++] =
			(struct range){ from, from + ph->p_memsz, ours };
	}
	return 0;
}

void homing_init(void)
{
	if (n_ranges == 0)
		dl_iterate_phdr(note, NULL);
}

static const struct range *range_of(uintptr_t pc)
{
	for (int i = 0; i < n_ranges; i++)
		if (pc >= ranges[i].from && pc < ranges[i].to)
			return &ranges[i];
	return NULL;
}

bool code_is_programs(uintptr_t pc)
{
	return n_ranges && !range_of(pc);
}

bool code_is_ours(uintptr_t pc)
{
	const struct range *r = range_of(pc);

	return r && r->ours;
}

/* --- at home again ----------------------------------------------------------- */

void resend(struct sthread *s, const siginfo_t *info)
{
	siginfo_t copy = *info;

	real(syscall)(SYS_rt_tgsigqueueinfo, getpid(), s->ring->tid,
		      info->si_signo, &copy);
}

/*
 * All signals are blocked.  Those that the caller has queued are sent to it
 * again, and are delivered when the mask that is returned comes into force.
 */
uint64_t brought_home(uint64_t now)
{
	struct sthread *s = sthread_self();
	uint64_t mask = now;

	atomic_store(&s->ring->attention, shim_cancel_due() ? ATTEND : 0);
	atomic_store(&s->verdict, NO_HANDLER);
	atomic_store(&s->expected, 0);
	if (atomic_load(&s->pending)) {
		mask = *(uint64_t *)&s->queued_mask;
		if (deliver_in_order(s)) {
			thread_deliver();
		} else {
			resend(s, &s->queued);
			atomic_store(&s->pending, 0);
		}
	}
	if (s->trapped) {
		s->trapped = false;
		resend(s, &s->trap);
	}
	return mask;
}

/*
 * A fault of the caller's own has landed on its carrier.  Have it delivered at
 * home: there the instruction faults again; a trap, which comes after its
 * instruction, is sent again.  False if it can't be: it was ours, or somebody
 * has sent it.
 */
bool fault_goes_home(struct sthread *s, int sig, const siginfo_t *info,
		     void *context)
{
	const greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t pc = (uintptr_t)r[REG_RIP];

	if (info->si_code <= 0 || sig == SIGSYS || s->ring->holds ||
	    code_is_ours(pc) || (sig == SIGTRAP && !code_is_programs(pc)) ||
	    !thread_bring_home(s->ring, context))
		return false;
	if (sig == SIGTRAP) {
		s->trap = *info;
		s->trapped = true;
	}
	return true;
}
