/* The older names: sigset, sighold, sigrelse, sigpause, sysv_signal, sigblock,
 * ssignal, gsignal, killpg, and sigpause() of a mask;
 * in threads that have waited. */
#include "t.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define BIT (1 << (SIGUSR1 - 1))

/* What the name meant before X/Open: BSD's. */
int pause_mask(int mask) __asm__("sigpause");

static volatile sig_atomic_t count;
static pthread_t self;
static int up;

static void on_signal(int sig)
{
	(void)sig;
	if (pthread_equal(pthread_self(), self))
		count++;
}

static void *sender(void *arg)
{
	(void)arg;
	t_await(t_get(&up));
	t_settle();
	PDO(pthread_kill(self, SIGUSR1));
	return NULL;
}

static const char *name(__sighandler_t h)
{
	return h == SIG_DFL  ? "default" :
	       h == SIG_HOLD ? "hold" :
	       h == SIG_ERR  ? "error" :
	       h == on_signal ? "ours" : "other";
}

static void body(void)
{
	struct sigaction sa;
	pthread_t th;

	self = pthread_self();
	count = 0;
	t_set(&up, 0);
	t_msleep(1);
	printf("%s\n", name(sigset(SIGUSR1, on_signal)));
	SHOW(sighold(SIGUSR1));
	printf("%s\n", name(sigset(SIGUSR1, SIG_HOLD)));
	th = t_go(sender, NULL);
	t_set(&up, 1);
	SHOW(sigpause(SIGUSR1));
	printf("count %d\n", count);
	t_join(th);
	t_msleep(1);
	PDO(pthread_kill(pthread_self(), SIGUSR1));
	printf("count %d\n", count);
	SHOW(sigrelse(SIGUSR1));
	printf("count %d\n", count);
	t_msleep(1);
	SHOW(sigblock(BIT) & BIT);
	raise(SIGUSR1);
	printf("count %d\n", count);
	SHOW(sigsetmask(0) & BIT);
	printf("count %d\n", count);
	printf("%s\n", name(sysv_signal(SIGUSR1, on_signal)));
	t_msleep(1);
	raise(SIGUSR1);
	DO(sigaction(SIGUSR1, NULL, &sa));
	printf("count %d, then %s\n", count, name(sa.sa_handler));
	printf("%s\n", name(sysv_signal(-1, on_signal)));
	t_msleep(1);
	printf("%s\n", name(ssignal(SIGUSR1, on_signal)));
	t_msleep(1);
	SHOW(gsignal(SIGUSR1));
	printf("count %d\n", count);
	SHOW(sigblock(BIT) & BIT);
	t_set(&up, 0);
	th = t_go(sender, NULL);
	t_set(&up, 1);
	SHOW(pause_mask(0));
	printf("count %d\n", count);
	t_join(th);
	SHOW(sigsetmask(0) & BIT);
	t_msleep(1);
	SHOW(killpg(-1, SIGUSR1));
}

int main(void)
{
	t_both(body);
	return t_end();
}
