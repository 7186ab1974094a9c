/*
 * hist.h - a mergeable log-linear histogram of durations
 *
 * Every power of two is cut into HIST_PARTS equal parts, so a value is known
 * to within 1/HIST_PARTS of itself (0.4%) whatever its size, in a fixed 74 kB.
 * Values are nanoseconds from 0 to 2^HIST_BITS - 1 (18 minutes); larger ones
 * count as that.  Two histograms are merged by adding their counts, which
 * loses nothing.  A struct hist of zeroes is empty.
 */
#ifndef HIST_H
#define HIST_H

#include <stdint.h>

#define HIST_BITS	40
#define HIST_PART_BITS	8
#define HIST_PARTS	(1 << HIST_PART_BITS)
#define HIST_CELLS	((HIST_BITS - HIST_PART_BITS + 1) * HIST_PARTS)

struct hist {
	uint64_t count;			/* values recorded */
	uint64_t max;			/* the largest of them, exactly */
	double sum;			/* of all of them */
	uint64_t cell[HIST_CELLS];
};

/* The largest value that goes into @cell. */
uint64_t hist_top(unsigned int cell);

/* Record @ns @times over. */
void hist_add(struct hist *h, uint64_t ns, uint64_t times);

/* Add all that @from has recorded to @to. */
void hist_merge(struct hist *to, const struct hist *from);

/*
 * The value that @percent of all values do not exceed, rounded up by at most
 * 1/HIST_PARTS of itself and never above the largest; 0 if there are none.
 */
uint64_t hist_percentile(const struct hist *h, double percent);

/* The mean of all values, 0 if there are none. */
double hist_mean(const struct hist *h);

#endif
