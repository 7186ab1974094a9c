// Exceptions thrown and caught over waits: each thread's are its own.
#include "t.h"
#include <stdexcept>
#include <string>

static int fd[8][2];

static void *worker(void *arg)
{
	long i = (long)(intptr_t)arg, bad = 0;
	char b;

	for (int r = 0; r < 50; r++) {
		try {
			try {
				throw std::runtime_error(std::to_string(i));
			} catch (const std::exception &e) {
				t_put(fd[(i + 1) % 8][1], "x", 1);
				t_take(fd[i][0], &b, 1);
				bad += e.what() != std::to_string(i);
				bad += std::uncaught_exceptions() != 0;
				throw;
			}
		} catch (const std::runtime_error &e) {
			bad += e.what() != std::to_string(i);
		}
	}
	return (void *)bad;
}

int main()
{
	pthread_t th[8];
	long bad = 0;

	for (auto &p : fd)
		DO(pipe(p));
	for (long i = 0; i < 8; i++)
		th[i] = t_go(worker, (void *)i);
	for (auto &t : th)
		bad += (long)t_join(t);
	printf("%ld bad\n", bad);
	return t_end();
}
