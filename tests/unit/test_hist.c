/* ring-load's histogram: known answers, the bounds of its error, merging. */
#include "unit.h"

#include "../../tools/hist.h"

#include <string.h>

#define MOST ((1ULL << HIST_BITS) - 1)

static struct hist a, b;

static void setup(void)
{
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
}

/* The cell that a lone value went into. */
static unsigned int cell_with(uint64_t ns)
{
	unsigned int i = 0;

	setup();
	hist_add(&a, ns, 1);
	while (i < HIST_CELLS && !a.cell[i])
		i++;
	WANT(i < HIST_CELLS);
	return i;
}

START_TEST(empty)
{
	ck_assert_uint_eq(hist_percentile(&a, 50), 0);
	ck_assert_uint_eq(hist_percentile(&a, 100), 0);
	ck_assert(hist_mean(&a) <= 0);
	hist_merge(&b, &a);
	ck_assert_uint_eq(b.count, 0);
	hist_add(&a, 5, 0);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_uint_eq(a.max, 0);
}
END_TEST

START_TEST(one_value)
{
	hist_add(&a, 1234567, 1);
	ck_assert_uint_eq(hist_percentile(&a, 0), 1234567);
	ck_assert_uint_eq(hist_percentile(&a, 50), 1234567);
	ck_assert_uint_eq(hist_percentile(&a, 99.9), 1234567);
	ck_assert_uint_eq(a.max, 1234567);
}
END_TEST

/* Small values are exact: 1 to 200, each once. */
START_TEST(exact)
{
	for (uint64_t i = 1; i <= 200; i++)
		hist_add(&a, i, 1);
	ck_assert_uint_eq(a.count, 200);
	ck_assert_uint_eq(hist_percentile(&a, 50), 100);
	ck_assert_uint_eq(hist_percentile(&a, 90), 180);
	ck_assert_uint_eq(hist_percentile(&a, 99), 198);
	ck_assert_uint_eq(hist_percentile(&a, 99.5), 199);
	ck_assert_uint_eq(hist_percentile(&a, 100), 200);
	ck_assert(hist_mean(&a) > 100.49 && hist_mean(&a) < 100.51);
}
END_TEST

/* 990 fast ones and 10 slow ones: the slow ones begin after p99. */
START_TEST(tail)
{
	hist_add(&a, 1000, 990);
	hist_add(&a, 1000000, 10);
	ck_assert_uint_eq(hist_percentile(&a, 50), 1001);
	ck_assert_uint_eq(hist_percentile(&a, 99), 1001);
	ck_assert_uint_eq(hist_percentile(&a, 99.1), 1000000);
	ck_assert_uint_eq(hist_percentile(&a, 99.9), 1000000);
	ck_assert_uint_eq(a.max, 1000000);
}
END_TEST

/* Cells follow one another without a gap, and none is too wide. */
START_TEST(cells)
{
	uint64_t bottom = 0, top;

	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		top = hist_top(i);
		WANT(top >= bottom);
		WANT(top - bottom <= bottom / HIST_PARTS);
		WANT(cell_with(bottom) == i);
		WANT(cell_with(top) == i);
		bottom = top + 1;
	}
	ck_assert_uint_eq(bottom, MOST + 1);
}
END_TEST

/* What is larger than all cells goes into the last, and the maximum is true. */
START_TEST(too_large)
{
	hist_add(&a, MOST + 1, 1);
	hist_add(&a, UINT64_MAX, 1);
	ck_assert_uint_eq(a.cell[HIST_CELLS - 1], 2);
	ck_assert_uint_eq(hist_percentile(&a, 50), MOST);
	ck_assert_uint_eq(a.max, UINT64_MAX);
}
END_TEST

/* Any value is told to within 1/HIST_PARTS, and never too low. */
START_TEST(error)
{
	uint32_t seed = 7;
	uint64_t ns, told;

	for (int i = 0; i < 2000; i++) {
		setup();
		ns = ((uint64_t)rnd(&seed) << 8 | (rnd(&seed) & 255)) >>
		     rnd(&seed) % 40;
		hist_add(&a, ns, 1);
		hist_add(&a, MOST, 1);
		told = hist_percentile(&a, 50);
		WANT(told >= ns);
		WANT(told - ns <= ns / HIST_PARTS);
	}
}
END_TEST

/* Two merged ones are the one that had been told of everything. */
START_TEST(merging)
{
	static struct hist all;
	uint32_t seed = 3;
	uint64_t ns;

	memset(&all, 0, sizeof(all));
	for (int i = 0; i < 5000; i++) {
		ns = rnd(&seed) >> rnd(&seed) % 32;
		hist_add(i % 3 ? &a : &b, ns, i % 5);
		hist_add(&all, ns, i % 5);
	}
	hist_merge(&a, &b);
	ck_assert_uint_eq(a.count, all.count);
	ck_assert_uint_eq(a.max, all.max);
	ck_assert(!memcmp(a.cell, all.cell, sizeof(a.cell)));
	ck_assert(hist_mean(&a) - hist_mean(&all) < 1);
	ck_assert(hist_mean(&all) - hist_mean(&a) < 1);
}
END_TEST

Suite *hist_suite(void)
{
	Suite *s = suite_create("hist");
	TCase *c = tcase_create("hist");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, empty);
	tcase_add_test(c, one_value);
	tcase_add_test(c, exact);
	tcase_add_test(c, tail);
	tcase_add_test(c, cells);
	tcase_add_test(c, too_large);
	tcase_add_test(c, error);
	tcase_add_test(c, merging);
	return s;
}
