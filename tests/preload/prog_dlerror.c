/* At main() nothing has gone wrong with the loader yet. */
#include "t.h"
#include <dlfcn.h>

int main(void)
{
	const char *said = dlerror();

	printf("dlerror: %s\n", said ? said : "-");
	return t_end();
}
