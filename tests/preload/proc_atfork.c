/* pthread_atfork(): the handlers' order, in main and in threads. */
#include "t.h"

static char log_[64];
static int len;

static void note(char c)
{
	log_[len++] = c;
	log_[len] = 0;
}

static void prepare1(void)
{
	note('1');
}

static void prepare2(void)
{
	note('2');
}

static void parent1(void)
{
	note('a');
}

static void parent2(void)
{
	note('b');
}

static void child1(void)
{
	note('x');
}

static void child2(void)
{
	note('y');
}

static void body(void)
{
	pid_t pid;

	len = 0;
	pid = DO(fork());
	if (!pid) {
		printf("child %s\n", log_);
		fflush(stdout);
		_exit(0);
	}
	t_reap(pid);
	printf("parent %s\n", log_);
}

int main(void)
{
	PDO(pthread_atfork(prepare1, parent1, child1));
	PDO(pthread_atfork(prepare2, parent2, child2));
	t_both(body);
	return t_end();
}
