/*
 * hist.c - a mergeable log-linear histogram of durations
 *
 * The first HIST_PARTS cells hold one value each.  After them every power of
 * two has HIST_PARTS cells: a value is shifted right until it has
 * HIST_PART_BITS + 1 bits, the top one of which is always set, and the shift
 * chooses the row and the other bits the cell within it.
 */
#include "hist.h"

static unsigned int cell_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < HIST_PARTS)
		return (unsigned int)ns;
	if (ns >> HIST_BITS)
		return HIST_CELLS - 1;
	shift = 63 - HIST_PART_BITS - (unsigned int)__builtin_clzll(ns);
	return shift * HIST_PARTS + (unsigned int)(ns >> shift);
}

uint64_t hist_top(unsigned int cell)
{
	unsigned int shift;
	uint64_t part;

	if (cell < HIST_PARTS)
		return cell;
	shift = cell / HIST_PARTS - 1;
	part = cell % HIST_PARTS + HIST_PARTS;
	return ((part + 1) << shift) - 1;
}

void hist_add(struct hist *h, uint64_t ns, uint64_t times)
{
	h->cell[cell_of(ns)] += times;
	h->count += times;
	h->sum += (double)ns * (double)times;
	if (times && ns > h->max)
		h->max = ns;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	for (unsigned int i = 0; i < HIST_CELLS; i++)
		to->cell[i] += from->cell[i];
	to->count += from->count;
	to->sum += from->sum;
	if (from->max > to->max)
		to->max = from->max;
}

uint64_t hist_percentile(const struct hist *h, double percent)
{
	uint64_t rank = (uint64_t)(percent / 100 * (double)h->count + 0.5);
	uint64_t seen = 0, top;

	if (!rank)
		rank = 1;
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		seen += h->cell[i];
		if (seen < rank)
			continue;
		top = hist_top(i);
		return top < h->max ? top : h->max;
	}
	return h->max;
}

double hist_mean(const struct hist *h)
{
	return h->count ? h->sum / (double)h->count : 0;
}
