/*
 * intern.h - what the files of src/shim know of each other
 */
#ifndef SHIM_INTERN_H
#define SHIM_INTERN_H

#include "shim/shim.h"

#include "ring/stats.h"

#include <link.h>

/* --- a thread's record of the shim's (thread.user) ------------------------ */

struct sthread {
	/* what every call looks at, in one cache line */
	struct thread *ring;		/* the other half */
	pthread_t self;
	_Atomic uint8_t cancelled;
	uint8_t cancel_off;		/* PTHREAD_CANCEL_DISABLE */
	bool libc_knows;		/* that it has been cancelled */
	_Atomic uint8_t verdict;	/* of handlers run since last asked */
	_Atomic uint8_t pending;	/* a signal is queued below */
	_Atomic uint8_t expected;	/* one is on its way to the home */

	/* the work at hand, and its result: thread.c */
	void *(*start)(void *);
	void *arg, *result;
	_Atomic uint32_t done;		/* finished: waited on by address */
	_Atomic uint32_t claim;		/* CLAIM_*: who will collect it */
	bool exits;			/* its kernel thread ends with it */
	bool joined;			/* ... and libc has joined that */
	bool c11;			/* made by thrd_create */
	bool spent;			/* can't be recycled */
	bool own;			/* its kernel thread has something of
					   its own: process.c */
	uint32_t mxcsr;			/* the creator's rounding and so on */
	uint16_t fcw, fsw;
	_Atomic uint32_t told;		/* TOLD_*: who says whose number it is */
	_Atomic int users;		/* of this record: thread and creator */
	pthread_t *id;			/* of pthread_create()'s caller */
	int reap_rounds;
	uint32_t sent_before;		/* signals_sent() when it was made */
	size_t stack, guard;		/* as asked for: recycling's class */
	bool mask_differs;		/* the kernel thread's from .mask */
	_Atomic uint8_t hears;		/* HEARS_*: it has ended, and its home
					   takes signals */
	_Atomic bool sent_to;		/* a signal, for itself alone */
	_Atomic bool queued_to;		/* by pthread_sigqueue() */
	bool alt;			/* has set an alternate stack */
	char name[16];			/* as set through us; "": never */
	struct sthread *next;		/* in the pool */
	_Atomic uint32_t has_work;

	/* signals: signal.c */
	sigset_t mask;			/* as last set through us; without what
					   a handler that runs adds */
	int handling;			/* handlers that run */
	sigset_t queued_mask;
	siginfo_t queued;
	uint64_t lent_mask;		/* of the call that .lent says it is in */
	bool lent;
	siginfo_t trap;			/* to be sent again at home: homing.c */
	bool trapped;
	uintptr_t alt_from, alt_to;	/* a handler runs on this stack */
};

_Static_assert(sizeof(struct sthread) <= 832, "src/ring/mem.c: USER_AREA");

/* The caller's, made if need be; NULL without memory. */
struct sthread *sthread_self(void);

extern struct sthread *main_thread;	/* NULL: it has no record yet */

/* --- conf.c: false, and nothing changed, if s is not a value ------------- */

bool conf_parse_engine(const char *s, enum engine_kind *kind);
bool conf_parse_carriers(const char *s, int *n);
bool conf_parse_min_threads(const char *s, int *n);
bool conf_parse_bool(const char *s, bool *b);
bool conf_parse_fs(const char *s, enum fs_mode *mode);

/* --- aside.c ---------------------------------------------------------------- */

const char *aside_why(void);

/* --- process.c ------------------------------------------------------------- */

/* th is to stay at home from its next wait on; the caller does at once. */
void keep_home(pthread_t th);

/* Something has been set, or is about to be, of the thread with that id alone: it is
   to stay at home from now on. */
void set_for_tid(pid_t tid);

/* The caller, at home, is about to have a child. */
void shim_parent(void);

/* A vfork() child runs, in our memory: nothing of it is to be noted. */
extern bool shim_vforking;

/* fork(), and hold the caller until the child execs or ends. */
pid_t vfork_as_fork(void) __attribute__((visibility("hidden")));

/* By number a call comes, at home, that may set something of the kernel
   thread's alone: it is to stay there, then. */
void thread_raw(long nr, const long *a);

/* --- lock.c ----------------------------------------------------------------- */

/* Locks of the caller's that know it for their owner. */
extern __thread int locks_owned
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* --- thread.c -------------------------------------------------------------- */

void threads_child(void);
void threads_idle(void);
int threads_retreating(void);	/* ring_conf.retreating */
void signals_child(void);

/* The caller has been cancelled: have libc know, on its own kernel thread. */
void cancel_at_home(struct sthread *s);
bool shim_cancel_due(void);

/* By a thread at home that stays there: from now on the process makes only the
   system calls that it would make without us.  If there is no engine yet there
   will be none. */
void shim_leave(void);
void note_name(pthread_t th, const char *name);

/* A kernel thread is about to end by exit(), by number. */
void thread_raw_exit(int status);

/*
 * By s, at home, which blocks these signals, as bits, from now on.  If it is the main
 * thread, none that has ended takes them when this returns.
 */
void signals_held(const struct sthread *s, uint64_t mask);

/* sig, or nothing, is sent to th alone.  False if that has ended: then it is not to be. */
bool thread_takes(pthread_t th, int sig);

/* Somebody wants to know what th uses of the CPU. */
void threads_clocked(pthread_t th);

/* Was th made by us, and has it ended?  Its kernel thread may be there yet. */
bool thread_gone(pthread_t th);

/* --- fd.c ------------------------------------------------------------------- */

enum fd_kind {
	FD_UNKNOWN,
	FD_PLAIN,	/* never blocks for long: files */
	FD_DEVICE,	/* nor does this: /dev/null, zero, urandom; but see
			   fd_long_read() */
	FD_HOME,	/* may block, and has no form that we can wait for */
	FD_TCP,		/* a byte stream over IP */
	FD_STREAM,	/* another byte stream */
	FD_MESSAGES,	/* datagrams, sequenced packets */
	FD_PIPE,
	FD_COUNTER,	/* eventfd: read as a pipe is */
	FD_EVENTS,	/* is ready or not, and then read: inotify, timerfd */
	FD_KINDS
};

struct fdent {
	_Atomic uint8_t kind;
	_Atomic uint8_t nonblock;	/* the program has set O_NONBLOCK */
	_Atomic uint8_t drained;	/* OP_DRAINED, see op.h */
	_Atomic uint32_t gen, opts;	/* opts of a pipe: see fd_askable() */
	_Atomic uint32_t alone;	/* no other descriptor is of its description */
	_Atomic int64_t rcvtimeo, sndtimeo; /* ns, 0: none */
};

/*
 * What is known of fd, found out if need be.  NULL if it is none, or is not
 * one to wait for: a file, one that the program has made nonblocking, or
 * nothing is waited for at all yet: then this is the cancellation point that
 * the call is.  A thread that is away and whose call can't be waited for has
 * gone home when this returns.
 */
struct fdent *fd_waits(int fd);

/* The same, but for a call that is no cancellation point. */
bool fd_may_wait(int fd);

/* Is what there is to say of fd said at home, as of a signalfd: it tells of the
   signals of who asks? */
bool fd_is_for_home(int fd);

/* Has there been a signalfd?  An epoll may have it. */
extern _Atomic bool signals_by_fd;

/* Does an EPIPE of fd come with SIGPIPE? */
bool fd_raises(int fd);

/* The same for the kinds of op that fit sockets alone; of -1, that nothing is
   to be waited for. */
struct fdent *sock_waits(int fd);

/* Can f, a pipe, be asked without waiting?  False: nobody knows, for it is a FIFO,
   or came from elsewhere, or pages have been moved (fd_spliced()), after which it
   can't.  fd_asked(): it can, as was seen since pipes_spliced() was that. */
bool fd_askable(const struct fdent *f);
uint32_t pipes_spliced(void);
void fd_asked(struct fdent *f, uint32_t when);
void fd_spliced(void);

/* len bytes are to be read from fd, which is none to wait for.  Of some a signal ends
   that between two pages, also one of ours to a carrier: home. */
void fd_long_read(int fd, size_t len);

void fd_new(int fd);

/* fd is about to be closed or replaced.  False if it is one of ours, which
   for the program is none. */
bool fd_going(int fd);

void fd_known(int fd, enum fd_kind kind, bool nonblock);
void fd_touch(int fd);
void fd_accepted(int fd, const struct fdent *from, int flags);
void fds_init(void);
void fds_shared(void);

/* --- leave.c -------------------------------------------------------------------- */

/* libc's call, at home: the rest of op.  Returns as libc does. */
typedef ssize_t by_libc(struct op *op);
by_libc by_read, by_write, by_recv, by_send, by_recvfrom, by_sendto, by_readv,
	by_writev, by_recvmsg, by_sendmsg, by_sendmmsg, by_accept, by_accept4,
	by_connect, by_nothing;

/* --- stream.c, for bulk.c ---------------------------------------------------- */

/* Descriptors that came in a message are new. */
void took_rights(struct msghdr *m);

/* r is what libc's own call on fd, with flags, has given.  If that was made on a
   carrier, where signals are blocked, its SIGPIPE is still due.  Returns r. */
ssize_t piped(int fd, ssize_t r, int flags);

/* r is what libc has given of a call that may have a file grow.  True if it was refused
   for RLIMIT_FSIZE on a carrier, where its SIGXFSZ comes to nothing: it has moved
   nothing, and is to be made again, at home, where the caller is now. */
bool too_big(ssize_t r);

/*
 * fd's file is kept while a call waits in several steps, also if it is left by a
 * jump or a cancellation.  hold() gives the number to go on with, or -1: there is none,
 * and the thread is at home, for libc's call.  let_go_of() keeps errno.
 */
int hold(struct op_held *h, int fd);
void let_go_of(struct op_held *h);

/* sock_waits() for a send with these flags. */
struct fdent *send_waits(int fd, int flags);
struct fdent *recv_waits(int fd, int flags);

/* own: fd, or a duplicate that is held. */
ssize_t sendmsg_held(struct fdent *f, int fd, int own, const struct msghdr *m,
		     int flags, by_libc *libc, bool later);
ssize_t sendmsg_op(struct fdent *f, int fd, const struct msghdr *m, int flags,
		   by_libc *libc);

/* How a call takes a signal whose handler has run (signal(7)); RESTART_ANEW: by its
   caller, who is given -ERESTART, as he is where op.held. */
enum restart { RESTART, NO_RESTART, RESTART_ANEW };

/* Wait until fd, which is f, is ready for events, as its call would: under
   its SO_RCVTIMEO or SO_SNDTIMEO.  later: op.later.  >= 0: what it is ready for; or
   -errno. */
ssize_t fd_ready(struct fdent *f, int fd, int events, enum restart restart,
		 bool later);

/* --- stdio.c ------------------------------------------------------------------- */

void stdio_init(void);

/* --- libc.c ------------------------------------------------------------------- */

/* From now on, or no longer, forks of the caller run no handlers of the program's. */
void shim_vforks(bool now);

/* Around a fork that libc does not know of. */
void shim_before_fork(void);
void shim_after_fork(void);

/* --- wait.c ----------------------------------------------------------------- */

/* Can len bytes be read at p?  An address that can't is for the real call to
   refuse.  True for NULL, for most calls' NULL means something. */
bool readable(const void *p, size_t len);

/* The one place where it is decided what to do when a call blocks.  Returns
   as op_await(), with cancellation and signals attended to.  libc: what the call
   is if there is no engine any more. */
ssize_t op_call(struct op *op, int64_t timeout, enum restart restart,
		by_libc *libc);

/* --- signal.c ---------------------------------------------------------------- */

enum verdict { NO_HANDLER, HANDLERS_RESTART, HANDLER_INTERRUPTS };

/* As shim_attend(), in full. */
enum verdict attend(void);

/* Has the program a handler for it? */
bool signal_handled(int sig);

/* poll() that does not wait, and that our signals do not end. */
int poll_once(struct pollfd *p, nfds_t n);

/* At the beginning of a call: what came before it is no business of its. */
static inline void attend_first(void)
{
	if (shim_attention())
		attend();
}

/* At the end of a wait that nothing has interrupted: what has come meanwhile
   does so before the caller goes on, and would end a further wait of the same call. */
void attend_and_tell(void);

static inline void attend_late(void)
{
	if (shim_attention())
		attend_and_tell();
}

/* The caller has come home, with nothing announced. */
void came_home(void);	/* thread.c */

/* Go home, and be there as if one had never been away: with the own signal
   mask, nothing queued, and known to libc as cancelled if need be (who has
   cancelled a thread that was away may come too late to announce it). */
static inline void shim_go_home(void)
{
	bool away = thread_is_away();

	thread_go_home();
	if (shim_attention())
		attend();
	else if (away)
		came_home();
}

/* The same for good.  As the kernel thread ends, too: whatever still runs,
   cleanup handlers and destructors, may wait, but must come back to it.  In a
   handler, too, whose end forgets the flag alone (signal.c). */
static inline void shim_stay_home(void)
{
	struct thread *t = thread_self();

	shim_go_home();
	if (!t)
		return;
	thread_bind(t);
	t->flags |= THREAD_STAYS;
}

/* --- time.c ------------------------------------------------------------------ */

/* Does clock run on what the caller itself uses of the CPU? */
bool clock_is_own(clockid_t clock);

/* The caller's own is wanted. */
void own_clock(void);

/* By the monitor, about once a second. */
void clock_watch(void);

/* By a thread that has ended: decline what is queued for it. */
void signals_decline(struct sthread *s);

/* Block, on the kernel thread it runs on, what no thread brings on itself; *old: the
   mask that was.  A thread made meanwhile begins so. */
void deafen(sigset_t *old);

/* For ring_conf.attend: run what was held off. */
void signals_held_off(void);

/* The stack pointer will be sp: the handler on the alternate stack, if one runs
   and it is not there, has been left. */
void stack_left_for(struct sthread *s, uintptr_t sp);

void run_queued(struct sthread *s);

/* shim_over is set: the kernel calls the program's handlers as the program has
   asked for them; that of SIGTRAP, too, which has been the ring's if trap. */
void signals_give_back(void);
void signals_leave(bool trap);
void send_sigpipe(void);	/* self.c */

/* self.c: something has been done to the home of s, which another thread is: if it
   is away it comes home before it goes on. */
void expect_home(struct sthread *s);

/* The call nr has been made, by number, and has succeeded. */
void sent_raw(long nr, const long *a);

/* self.c: around a call of libc's, at home, that has this mask in force (NULL:
   none) while it waits. */
void mask_lent(const sigset_t *mask);
void mask_back(void);
uint32_t signals_sent(void);	/* to the process, by itself: self.c */
pid_t own_tid(void);		/* gettid(): self.c */

/* --- homing.c ------------------------------------------------------------------ */

void deliver_queued(void *context);
bool deliver_in_order(const struct sthread *s);

/* Send the signal to s's kernel thread once more, as it was. */
void resend(struct sthread *s, const siginfo_t *info);

void homing_init(void);

/* Is p in this object, as dl_iterate_phdr() shows it? */
bool object_contains(const struct dl_phdr_info *info, uintptr_t p);
bool code_is_programs(uintptr_t pc);	/* ring_conf.interruptible */
bool code_is_ours(uintptr_t pc);	/* ring_conf.ours */
uint64_t brought_home(uint64_t mask);	/* ring_conf.brought */
bool fault_goes_home(struct sthread *s, int sig, const siginfo_t *info,
		     void *context);

#endif
