/* getaddrinfo() of numbers and names in many threads. */
#include "t.h"
#include <netdb.h>

#define THREADS 10

static void *worker(void *arg)
{
	struct addrinfo hints = { .ai_family = AF_INET,
				  .ai_socktype = SOCK_STREAM }, *ai;
	long ok = 0;

	for (int i = 0; i < 10; i++) {
		if (getaddrinfo((char *)arg, "80", &hints, &ai))
			continue;
		ok += ((struct sockaddr_in *)ai->ai_addr)->sin_addr.s_addr ==
		      htonl(INADDR_LOOPBACK);
		freeaddrinfo(ai);
	}
	return (void *)ok;
}

int main(void)
{
	pthread_t th[THREADS];

	t_background();
	for (int i = 0; i < THREADS; i++)
		th[i] = t_go(worker, (void *)(i % 2 ? "127.0.0.1"
						    : "localhost"));
	for (int i = 0; i < THREADS; i++)
		printf("%ld\n", (long)t_join(th[i]));
	return t_end();
}
