#include "unit.h"
Suite *op_suite(void)
{
 return suite_create("op");
}
