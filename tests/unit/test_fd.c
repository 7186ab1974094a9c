#include "unit.h"
Suite *fd_suite(void)
{
 return suite_create("fd");
}
