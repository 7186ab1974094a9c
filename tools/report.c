/*
 * report.c - findings as text and as JSON
 */
#include "report.h"
#include "launch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *word, *colour;
} levels[] = {
	[OK] = { "ok", "32" },	   [NOTE] = { "note", "36" },
	[WARN] = { "warn", "33" }, [FAIL] = { "fail", "31" },
	[PLAIN] = { "", "0" },
};

void report_add(struct report *r, enum level level, const char *name,
		const char *advice, const char *fmt, ...)
{
	va_list args;
	char *value;

	if (r->n == REPORT_ROWS)
		return;
	va_start(args, fmt);
	if (vasprintf(&value, fmt, args) < 0)
		value = NULL;
	va_end(args);
	r->rows[r->n++] =
		(struct row){ level, name, must_alloc(value), advice };
}

bool report_has(const struct report *r, enum level level)
{
	for (int i = 0; i < r->n; i++)
		if (r->rows[i].level == level)
			return true;
	return false;
}

static bool colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term &&
	       strcmp(term, "dumb") != 0;
}

static void paint(enum level level, const char *word, int width)
{
	if (colours())
		printf("\033[%sm%-*s\033[0m", levels[level].colour, width,
		       word);
	else
		printf("%-*s", width, word);
}

/* Names of files and the like: nothing that moves a terminal. */
static void plain(const char *s)
{
	for (; *s; s++)
		putchar((unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
	putchar('\n');
}

void report_print(const struct report *r)
{
	int widest = 0;

	for (int i = 0; i < r->n; i++)
		if ((int)strlen(r->rows[i].name) > widest)
			widest = (int)strlen(r->rows[i].name);
	for (int i = 0; i < r->n; i++) {
		const struct row *row = &r->rows[i];
		int indent = row->level == PLAIN ? 0 : 6;

		if (indent)
			paint(row->level, levels[row->level].word, indent);
		printf("%-*s  ", widest, row->name);
		plain(row->value);
		if (!row->advice)
			continue;
		printf("%*s", indent + widest + 2, "");
		plain(text("-> %s", row->advice));
	}
}

void report_sentence(enum level level, const char *sentence)
{
	paint(level, sentence, 0);
	putchar('\n');
}

/* The length of the UTF-8 sequence at s, 0 if it is none. */
static int utf8(const unsigned char *s)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int n = *s < 0x80	? 1
		: *s >> 5 == 6	? 2
		: *s >> 4 == 14 ? 3
		: *s >> 3 == 30 ? 4
				: 0;
	unsigned int c = n > 1 ? *s & (0xffu >> (n + 1)) : *s;

	for (int i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (n > 1 && (c < least[n] || c > 0x10ffff || c >> 11 == 0x1b))
		return 0;
	return n;
}

void json_string(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	int n;

	putchar('"');
	for (; *p; p += n ? n : 1) {
		n = utf8(p);
		if (!n)
			fputs("\\ufffd", stdout);
		else if (*p < ' ')
			printf("\\u%04x", *p);
		else if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else
			printf("%.*s", n, p);
	}
	putchar('"');
}

void json_member(const char *name, const char *value)
{
	json_string(name);
	fputs(": ", stdout);
	if (value)
		json_string(value);
	else
		fputs("null", stdout);
}

void json_rows(const char *name, const struct report *r)
{
	json_string(name);
	fputs(": [", stdout);
	for (int i = 0; i < r->n; i++) {
		const struct row *row = &r->rows[i];

		printf("%s\n  { ", i ? "," : "");
		json_member("name", row->name);
		fputs(", ", stdout);
		if (row->level != PLAIN) {
			json_member("level", levels[row->level].word);
			fputs(", ", stdout);
		}
		json_member("value", row->value);
		fputs(", ", stdout);
		json_member("advice", row->advice);
		fputs(" }", stdout);
	}
	fputs("\n]", stdout);
}
