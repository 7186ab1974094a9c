/* Not a test: exit status 0 if this process may set up an io_uring. */
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	/* struct io_uring_params, all zero, without its header. */
	uint32_t params[30] = { 0 };
	long fd = syscall(SYS_io_uring_setup, 4, params);

	return fd < 0;
}
