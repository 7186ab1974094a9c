"""Statistics for few rounds of noisy numbers.

Why medians of ratios.  The machine drifts: other work comes and goes, caches
warm, clocks change.  Within one round all arms ran within seconds of each
other, so the ratio of two arms in one round is freed of most of that drift,
and the median of those ratios is not moved by the one round that went wrong.

The interval is a percentile bootstrap of that median: the rounds are drawn
again, with replacement, and the middle 95 % of the medians of such draws are
shown.  The draws come from a generator with a fixed seed, so the same samples
always give the same interval.  It says how well these rounds know their own
median; it knows nothing of what differs between two days or two machines.

Beside it stands the Mann-Whitney U test of all values of one arm against all
of the other, which does not pair rounds and assumes no distribution.  Up to 20
values a side and without ties its p is exact, else the normal approximation
with corrections for ties and continuity.

With fewer than FEW rounds no test can say anything (3 against 3 never gets
below p = 0.1), so no verdict is given.
"""

import math
import random

FEW = 5             # rounds below which nothing is concluded
DRAWS = 4000        # of the bootstrap
EXACT = 20          # values a side up to which Mann-Whitney is exact
LEVEL = 0.95


def median(values):
    """The median, or None of nothing."""
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return None
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def interval(values, level=LEVEL, seed=1, draws=DRAWS):
    """(low, high) of the bootstrapped median; None for fewer than 3 values."""
    n = len(values)
    if n < 3:
        return None
    pick = random.Random(seed)
    medians = sorted(median(pick.choices(values, k=n)) for _ in range(draws))
    cut = (1 - level) / 2
    return (medians[int(cut * draws)], medians[math.ceil((1 - cut) * draws) - 1])


def ratios(ours, theirs):
    """Per round: ours over theirs.  Both are {round: value}."""
    return [ours[n] / theirs[n] for n in sorted(ours)
            if ours[n] is not None and theirs.get(n)]


def ranks(values):
    """Their ranks from 1 on, ties sharing the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    rank = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while (end < len(order)
               and values[order[end]] == values[order[at]]):
            end += 1
        for i in order[at:end]:
            rank[i] = (at + end + 1) / 2
        at = end
    return rank


def exact_tail(n, m, u):
    """P(U <= u) if both arms are alike: ways of choosing n of n + m ranks."""
    ways = {(0, 0): 1}
    for rank in range(1, n + m + 1):
        more = dict(ways)
        for (chosen, total), count in ways.items():
            if chosen < n:
                key = chosen + 1, total + rank - chosen - 1
                more[key] = more.get(key, 0) + count
        ways = more
    low = sum(count for (chosen, total), count in ways.items()
              if chosen == n and total <= u)
    return low / math.comb(n + m, n)


def approximate(n, m, u, both):
    """The two-sided p of the normal approximation; @both: all values."""
    ties = sum(t ** 3 - t for t in map(both.count, set(both)))
    size = n + m
    spread = n * m / 12 * (size + 1 - ties / (size * (size - 1)))
    if spread <= 0:
        return 1.0
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(spread)
    return min(1.0, math.erfc(max(0.0, z) / math.sqrt(2)))


def mann_whitney(ours, theirs):
    """(U of ours, two-sided p), or None if a side is empty."""
    n, m = len(ours), len(theirs)
    if not n or not m:
        return None
    both = list(ours) + list(theirs)
    u = sum(ranks(both)[:n]) - n * (n + 1) / 2
    if max(n, m) <= EXACT and len(set(both)) == len(both):
        return u, min(1.0, 2 * exact_tail(n, m, int(min(u, n * m - u))))
    return u, approximate(n, m, u, both)


def compare(ours, theirs):
    """All of the above for two arms' {round: value}, as a dictionary."""
    per_round = ratios(ours, theirs)
    if not per_round:
        return None
    test = mann_whitney([v for v in ours.values() if v is not None],
                        [v for v in theirs.values() if v is not None])
    found = {'ratio': median(per_round), 'interval': interval(per_round),
             'rounds': len(per_round), 'per_round': per_round,
             'p': test and test[1]}
    return {**found, 'verdict': verdict(found)}


def verdict(found):
    """'more', 'less' or 'none'; None with too few rounds to say."""
    if found['rounds'] < FEW:
        return None
    low, high = found['interval']
    if found['p'] >= 1 - LEVEL or low <= 1 <= high:
        return 'none'
    return 'more' if low > 1 else 'less'
