/*
 * report.h - findings: rows of a name, what was found, and what to do about it
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stdbool.h>

enum level {
	OK,    /* as it should be */
	NOTE,  /* good to know; changes nothing for the shim */
	WARN,  /* works, but not as well as it could */
	FAIL,  /* does not work */
	PLAIN, /* a fact, neither good nor bad */
};

#define REPORT_ROWS 64

struct row {
	enum level level;
	const char *name, *value;
	const char *advice; /* NULL: nothing to do */
};

struct report {
	int n;
	struct row rows[REPORT_ROWS];
};

void report_add(struct report *r, enum level level, const char *name,
		const char *advice, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Is there a row of that level? */
bool report_has(const struct report *r, enum level level);

/* On stdout, for people: colours on a terminal, unless NO_COLOR is set. */
void report_print(const struct report *r);
void report_sentence(enum level level, const char *sentence);

/* On stdout, for programs. */
void json_string(const char *s);
void json_member(const char *name, const char *value); /* NULL: null */
void json_rows(const char *name, const struct report *r);

#endif
