/* popen(): output, input and exit status, in main and in threads at once. */
#include "t.h"

static void body(void)
{
	char line[64];
	FILE *f = popen("echo one; echo two; exit 3", "r");
	int st;

	if (!f)
		t_die("popen");
	while (fgets(line, sizeof(line), f))
		printf("%s", line);
	st = pclose(f);
	printf("status %d\n", WEXITSTATUS(st));
	f = popen("cat >/dev/null; exit 4", "w");
	if (!f)
		t_die("popen");
	fprintf(f, "some text\n");
	st = pclose(f);
	printf("status %d\n", WEXITSTATUS(st));
}

int main(void)
{
	t_both(body);
	return t_end();
}
