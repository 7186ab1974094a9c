/* The same as id_seccomp, set by number, as libseccomp does. */
#define BY_NUMBER
#include "id_seccomp.c"
