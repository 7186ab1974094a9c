/*
 * doctor.h - what doctor's parts share: each looks at one thing and adds rows
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include "report.h"

/* --- doctor_look.c: small readings --- */

long read_number(const char *path, long otherwise);
/* The rest of the line "KEY:..." of /proc/self/status; "" if there is none. */
const char *status_line(const char *key);
bool kernel_since(int major, int minor);
bool may(int capability);
/* Is a process that calls fn() killed for a system call?  In a child. */
bool is_killed(void (*fn)(void));

/* --- what is looked at --- */

void look_at_kernel(struct report *r);	 /* doctor_look.c */
void look_at_fs_base(struct report *r);	 /* doctor_fs.c */
void look_at_io_uring(struct report *r); /* doctor_uring.c */
void look_at_limits(struct report *r);	 /* doctor_limits.c */
void look_at_counter(struct report *r);	 /* doctor_limits.c */

/* --- doctor_trial.c --- */

/* Run threads under the library; the engine they had ("io_uring", "epoll",
   "none"), or NULL. */
const char *look_at_trial(struct report *r);
/* What the trial's process does. */
int trial(void);

#endif
