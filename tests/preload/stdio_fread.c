/* fread() and fwrite() of megabytes over a socket, dprintf() at the end. */
#include "t.h"

#define SIZE (1u << 20)
static unsigned char data[SIZE];
static int fd[2];

static void *writer(void *arg)
{
	FILE *f = fdopen(fd[1], "w");

	(void)arg;
	if (fwrite(data, 1, SIZE, f) != SIZE)
		t_die("fwrite");
	fflush(f);
	if (dprintf(fd[1], "the %s\n", "end") != 8)
		t_die("dprintf");
	fclose(f);
	return NULL;
}

static void body(void)
{
	static unsigned char in[SIZE];
	char line[16];
	pthread_t th;
	FILE *f;

	t_tcp(fd);
	th = t_go(writer, NULL);
	f = fdopen(fd[0], "r");
	SHOW(fread(in, 1, SIZE, f));
	CHECK(!memcmp(in, data, SIZE));
	if (!fgets(line, sizeof(line), f))
		t_die("fgets");
	printf("%s", line);
	SHOW(getc(f));
	fclose(f);
	t_join(th);
}

int main(void)
{
	for (size_t i = 0; i < SIZE; i++)
		data[i] = t_byte(i);
	t_both(body);
	return t_end();
}
