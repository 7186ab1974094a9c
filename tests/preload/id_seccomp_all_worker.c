/* The same as id_seccomp_all, where a worker sets the filter and main waits. */
#define BY_WORKER
#include "id_seccomp_all.c"
