/* The unit tests: of what has no need to be preloaded. */
#include "unit.h"

#include <stdlib.h>

int main(void)
{
	SRunner *r = srunner_create(runq_suite());
	int failed;

	srunner_add_suite(r, timer_suite());
	srunner_add_suite(r, park_suite());
	srunner_add_suite(r, op_suite());
	srunner_add_suite(r, fd_suite());
	srunner_add_suite(r, conf_suite());
	srunner_add_suite(r, hist_suite());
	srunner_add_suite(r, mem_suite());
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
