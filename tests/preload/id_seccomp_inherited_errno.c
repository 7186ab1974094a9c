/* The same as id_seccomp_inherited, with a filter that answers EPERM. */
#define ELSE (SECCOMP_RET_ERRNO | 1)
#include "id_seccomp_inherited.c"
