/*
 * protos.h - functions that libc exports and no header declares: internal
 * aliases that old binaries and other libraries link to, and the bodies of
 * the FORTIFY_SOURCE macros.  Types as in glibc's own source.
 */
#ifndef SHIM_PROTOS_H
#define SHIM_PROTOS_H

ssize_t __read(int, void *, size_t);
ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *,
		       socklen_t *);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void *, size_t, off64_t, size_t);
ssize_t __write(int, const void *, size_t);
ssize_t __send(int, const void *, size_t, int);
int __connect(int, const struct sockaddr *, socklen_t);
int __poll(struct pollfd *, nfds_t, int);
int __poll_chk(struct pollfd *, nfds_t, int, size_t);
int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *,
		const sigset_t *, size_t);
int __select(int, fd_set *, fd_set *, fd_set *, struct timeval *);
int __nanosleep(const struct timespec *, struct timespec *);
int __open(const char *, int, ...);
int __open64(const char *, int, ...);
int __open_2(const char *, int);
int __open64_2(const char *, int);
int __openat_2(int, const char *, int);
int __openat64_2(int, const char *, int);
int __mq_open_2(const char *, int);
int __close(int);
int __dup2(int, int);
int __fcntl(int, int, ...);
int __pthread_mutex_lock(pthread_mutex_t *);
int __pthread_mutex_trylock(pthread_mutex_t *);
int __pthread_mutex_unlock(pthread_mutex_t *);
int __pthread_rwlock_rdlock(pthread_rwlock_t *);
int __pthread_rwlock_wrlock(pthread_rwlock_t *);
int __pthread_rwlock_tryrdlock(pthread_rwlock_t *);
int __pthread_rwlock_trywrlock(pthread_rwlock_t *);
int __pthread_rwlock_unlock(pthread_rwlock_t *);
int __pthread_once(pthread_once_t *, void (*)(void));
int __pthread_key_create(pthread_key_t *, void (*)(void *));
int __sigaction(int, const struct sigaction *, struct sigaction *);
__sighandler_t bsd_signal(int, __sighandler_t);
int __sigpause(int, int);
int __xpg_sigpause(int);
int __sigsuspend(const sigset_t *);
pid_t __fork(void);
pid_t __vfork(void);
int __pipe(int[2]);
int pidfd_open(pid_t, unsigned);
int pidfd_getfd(int, int, unsigned);
int __sched_yield(void);
ssize_t __pread64(int, void *, size_t, off64_t);
ssize_t __pwrite64(int, const void *, size_t, off64_t);
int __register_atfork(void (*)(void), void (*)(void), void (*)(void),
		      void *);
int arch_prctl(int, unsigned long);
int capset(cap_user_header_t, cap_user_data_t);
int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
void __longjmp_chk(sigjmp_buf, int) __attribute__((noreturn));

#endif
