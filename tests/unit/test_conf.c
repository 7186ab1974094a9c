/* The environment variables: what they may be, and what is said of others. */
#include "unit.h"

#include "shim/intern.h"

START_TEST(engine_good)
{
	static const struct {
		const char *s;
		enum engine_kind kind;
	} good[] = {
		{ "auto", ENGINE_AUTO },
		{ "uring", ENGINE_URING },
		{ "epoll", ENGINE_EPOLL },
		{ "off", ENGINE_OFF },
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		enum engine_kind kind = (enum engine_kind)77;

		ck_assert(conf_parse_engine(good[i].s, &kind));
		ck_assert_int_eq(kind, good[i].kind);
	}
}
END_TEST

START_TEST(engine_bad)
{
	static const char *const bad[] = {
		"",	"Auto", "URING", "io_uring", "epol", "epoll2",
		" off", "off ", "on",	 "0",	     "1",    "select",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		enum engine_kind kind = ENGINE_EPOLL;

		ck_assert_msg(!conf_parse_engine(bad[i], &kind), "%s", bad[i]);
		ck_assert_int_eq(kind, ENGINE_EPOLL);
	}
}
END_TEST

START_TEST(carriers_good)
{
	for (int want = 1; want <= 256; want++) {
		char s[8];
		int n = 0;

		snprintf(s, sizeof(s), "%d", want);
		ck_assert(conf_parse_carriers(s, &n));
		ck_assert_int_eq(n, want);
	}
}
END_TEST

START_TEST(carriers_bad)
{
	static const char *const bad[] = {
		"",
		"0",
		"257",
		"1000",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1x",
		"x",
		"0x10",
		"1.5",
		"1e2",
		"4294967297",
		"18446744073709551617",
		"99999999999999999999999",
		"eight",
		"\t3",
		"3\n",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		int n = 42;

		ck_assert_msg(!conf_parse_carriers(bad[i], &n), "%s", bad[i]);
		ck_assert_int_eq(n, 42);
	}
}
END_TEST

START_TEST(bools)
{
	static const char *const bad[] = {
		"", "2", "00", "01", "10", "1 ", " 1", "yes", "true", "on",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		bool yes = true, no = false;

		ck_assert_msg(!conf_parse_bool(bad[i], &yes), "%s", bad[i]);
		ck_assert_msg(!conf_parse_bool(bad[i], &no), "%s", bad[i]);
		ck_assert(yes && !no);
	}
	for (int i = 0; i < 2; i++) {
		bool b = !i;

		ck_assert(conf_parse_bool(i ? "1" : "0", &b));
		ck_assert_int_eq(b, i);
	}
}
END_TEST

/* --- read from the environment --------------------------------------- */

static struct ring_conf conf_before;
static bool on_before;
static int err_before, err[2];

static void setup(void)
{
	conf_before = shim_conf;
	on_before = shim_on;
	shim_conf.engine = ENGINE_AUTO;
	shim_conf.carriers = 0;
	shim_min_threads = 4;
	shim_verbose = false;
	unsetenv("RING_SHIM_ENGINE");
	unsetenv("RING_SHIM_CARRIERS");
	unsetenv("RING_SHIM_MIN_THREADS");
	unsetenv("RING_SHIM_VERBOSE");
	ck_assert_int_eq(pipe2(err, O_NONBLOCK), 0);
	err_before = dup(STDERR_FILENO);
	dup2(err[1], STDERR_FILENO);
}

static void teardown(void)
{
	shim_conf = conf_before;
	shim_on = on_before;
	shim_verbose = false;
	dup2(err_before, STDERR_FILENO);
	close(err_before);
	close(err[0]);
	close(err[1]);
}

/* What has been said on stderr since this was last asked. */
static const char *said(void)
{
	static char buf[4096];
	ssize_t n = read(err[0], buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

START_TEST(nothing_set)
{
	setenv("RING_SHIM_ENGINE", "", 1);
	setenv("RING_SHIM_CARRIERS", "", 1);
	setenv("RING_SHIM_MIN_THREADS", "", 1);
	setenv("RING_SHIM_VERBOSE", "", 1);
	shim_on = false;
	conf_init();
	ck_assert_str_eq(said(), "");
	ck_assert_int_eq(shim_conf.engine, ENGINE_AUTO);
	ck_assert_int_eq(shim_conf.carriers, 0);
	ck_assert_int_eq(shim_min_threads, 4);
	ck_assert(shim_on && !shim_verbose);
	ck_assert_ptr_nonnull(shim_conf.spawn);
	ck_assert_ptr_nonnull(shim_conf.attend);
}
END_TEST

START_TEST(all_set)
{
	setenv("RING_SHIM_ENGINE", "epoll", 1);
	setenv("RING_SHIM_CARRIERS", "3", 1);
	setenv("RING_SHIM_MIN_THREADS", "0", 1);
	setenv("RING_SHIM_VERBOSE", "1", 1);
	conf_init();
	ck_assert_str_eq(said(), "");
	ck_assert_int_eq(shim_conf.engine, ENGINE_EPOLL);
	ck_assert_int_eq(shim_conf.carriers, 3);
	ck_assert_int_eq(shim_min_threads, 0);
	ck_assert(shim_on && shim_verbose);
}
END_TEST

START_TEST(off)
{
	setenv("RING_SHIM_ENGINE", "off", 1);
	shim_on = true;
	conf_init();
	ck_assert(!shim_on);
}
END_TEST

/* One line each, that names the variable, and the default. */
START_TEST(all_wrong)
{
	static const char *const names[] = {
		"RING_SHIM_ENGINE",
		"RING_SHIM_CARRIERS",
		"RING_SHIM_MIN_THREADS",
		"RING_SHIM_VERBOSE",
	};
	char want[64];

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *text;

		setenv(names[i], "wrong", 1);
		conf_init();
		text = said();
		snprintf(want, sizeof(want), "ring-shim: %s=wrong ", names[i]);
		ck_assert_int_eq(strncmp(text, want, strlen(want)), 0);
		ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
		unsetenv(names[i]);
	}
	ck_assert_int_eq(shim_conf.engine, ENGINE_AUTO);
	ck_assert_int_eq(shim_conf.carriers, 0);
	ck_assert_int_eq(shim_min_threads, 4);
	ck_assert(shim_on && !shim_verbose);
}
END_TEST

/* However long, it is one line that ends. */
START_TEST(long_line)
{
	static char longest[3000];
	const char *text;
	size_t n;

	memset(longest, 'x', sizeof(longest) - 1);
	setenv("RING_SHIM_ENGINE", longest, 1);
	conf_init();
	text = said();
	n = strlen(text);
	ck_assert_uint_gt(n, 100);
	ck_assert_uint_lt(n, sizeof(longest));
	ck_assert_ptr_eq(strchr(text, '\n'), text + n - 1);
}
END_TEST

START_TEST(saying)
{
	errno = EXDEV;
	say("%d", 5);
	ck_assert_str_eq(said(), "");
	shim_verbose = true;
	errno = EXDEV;
	say("%d%s", 5, "!");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_str_eq(said(), "ring-shim: 5!\n");
	shim_conf.say("because", 0);
	ck_assert_str_eq(said(), "ring-shim: because\n");
	shim_conf.say("because", -ENOENT);
	ck_assert_str_eq(said(),
			 "ring-shim: because: No such file or directory\n");
}
END_TEST

Suite *conf_suite(void)
{
	Suite *s = suite_create("conf");
	TCase *c = tcase_create("parse"), *e = tcase_create("environment");

	suite_add_tcase(s, c);
	tcase_set_timeout(c, LIMIT);
	tcase_add_test(c, engine_good);
	tcase_add_test(c, engine_bad);
	tcase_add_test(c, carriers_good);
	tcase_add_test(c, carriers_bad);
	tcase_add_test(c, bools);
	suite_add_tcase(s, e);
	tcase_set_timeout(e, LIMIT);
	tcase_add_checked_fixture(e, setup, teardown);
	tcase_add_test(e, nothing_set);
	tcase_add_test(e, all_set);
	tcase_add_test(e, off);
	tcase_add_test(e, all_wrong);
	tcase_add_test(e, long_line);
	tcase_add_test(e, saying);
	return s;
}
