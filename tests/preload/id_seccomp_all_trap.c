/* The same as id_seccomp_all, with a filter that raises SIGSYS for the rest,
 * whose handler would say which call it was. */
#define ELSE SECCOMP_RET_TRAP
#include "id_seccomp_all.c"
