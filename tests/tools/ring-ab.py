"""What can be tested of ring-ab without running anything: statistics against
known answers, what loads print, order, words, pages.  Prints "ok   NAME" or
"FAIL NAME: WHY" for each; ring-ab.t counts them.

The known answers: medians and intervals by hand or by counting; Mann-Whitney
from the tables of its exact distribution and from R's wilcox.test.
"""

import random
import sys
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

from ringab import arms, load, options, page, plan, server, stats  # noqa: E402
from ringab import child, count, proc, summary, text               # noqa: E402
from ringab.errors import Failed, Usage                            # noqa: E402

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def near(got, want, within=1e-6):
    assert abs(got - want) <= within, f'{got} is not {want}'


def same(got, want):
    assert got == want, f'{got!r} is not {want!r}'


def raises(kind, call, *args):
    try:
        call(*args)
    except kind as why:
        return str(why)
    raise AssertionError(f'no {kind.__name__} for {args}')


# ---- statistics ----

@test
def the_median_of_odd_and_even_many():
    same(stats.median([3, 1, 2]), 2)
    same(stats.median([4, 1, 3, 2]), 2.5)
    same(stats.median([]), None)


@test
def ranks_share_ties():
    same(stats.ranks([10, 20, 20, 5]), [2, 3.5, 3.5, 1])


@test
def mann_whitney_exact():
    for ours, theirs, u, p in (
            ([1, 2, 3], [4, 5, 6], 0, 0.1),
            ([1, 2, 3, 4], [5, 6, 7, 8], 0, 2 / 70),
            ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0, 2 / 252),
            ([6, 7, 8, 9, 10], [1, 2, 3, 4, 5], 25, 2 / 252),
            ([1, 3, 5, 7, 9], [2, 4, 6, 8, 10], 10, 0.6904761904761905)):
        got = stats.mann_whitney(ours, theirs)
        near(got[0], u)
        near(got[1], p, 1e-12)


@test
def mann_whitney_of_the_depression_scores():
    # R: wilcox.test(x, y, alternative="g") gives W = 35, p = 0.1272; two-sided
    # it is twice that.
    x = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    y = [1.15, 0.88, 0.90, 0.74, 1.21]
    u, p = stats.mann_whitney(x, y)
    near(u, 35)
    near(p, 2 * 0.1272, 1e-4)


@test
def mann_whitney_with_ties_is_approximate():
    # By hand: U = 2, mean 12.5, variance 25/12 * (11 - 24/90) = 22.361,
    # z = (10.5 - 0.5) / sqrt(22.361) = 2.11472.
    u, p = stats.mann_whitney([1, 2, 2, 3, 4], [3, 5, 6, 4, 5])
    near(u, 2)
    near(p, 0.034454, 1e-6)
    near(stats.mann_whitney([1, 1, 1], [1, 1, 1])[1], 1)


@test
def mann_whitney_of_nothing():
    same(stats.mann_whitney([], [1]), None)


@test
def exact_and_approximate_agree_where_they_meet():
    draw = random.Random(3)
    ours = [draw.random() for _ in range(20)]
    theirs = [draw.random() + 0.2 for _ in range(20)]
    u, p = stats.mann_whitney(ours, theirs)
    near(p, stats.approximate(20, 20, u, ours + theirs), 0.01)


@test
def ratios_pair_rounds():
    same(stats.ratios({0: 2, 1: 9, 3: 1}, {0: 1, 1: 3, 2: 5}), [2, 3])


@test
def the_interval_of_equal_ratios_is_a_point():
    same(stats.interval([2.0] * 6), (2.0, 2.0))
    same(stats.interval([1.0, 2.0]), None)


@test
def the_interval_holds_the_median_and_is_repeatable():
    values = [1.1, 0.9, 1.3, 1.0, 1.2, 0.8, 1.05]
    low, high = stats.interval(values)
    assert low <= stats.median(values) <= high
    assert min(values) <= low < high <= max(values)
    same(stats.interval(values), (low, high))


@test
def the_interval_is_that_of_the_bootstrap():
    # The bootstrapped median of 1..5 is 1 or 5 in 181/3125 (5.8 %) of all
    # draws each, so both ends are reached; of 1..9 it is at most 1 in 0.14 %
    # and at most 2 in 3.04 %, so the 2.5 % point is 2.
    same(stats.interval([1, 2, 3, 4, 5]), (1, 5))
    same(stats.interval(list(range(1, 10)), draws=20000), (2, 8))


@test
def the_interval_covers_as_often_as_it_says():
    draw, hits = random.Random(5), 0
    for n in range(200):
        values = [draw.gauss(1, 0.1) for _ in range(15)]
        low, high = stats.interval(values, seed=n, draws=400)
        hits += low <= 1 <= high
    assert 176 <= hits <= 199, hits


@test
def no_verdict_under_five_rounds():
    ours, theirs = {n: 10 + n for n in range(4)}, {n: 1 + n for n in range(4)}
    same(stats.compare(ours, theirs)['verdict'], None)


@test
def verdicts():
    base = {n: 100.0 + n for n in range(6)}
    for factor, want in ((2, 'more'), (0.5, 'less'), (1, 'none')):
        ours = {n: v * factor for n, v in base.items()}
        same(stats.compare(ours, base)['verdict'], want)
    noise = {n: v * f for (n, v), f in zip(
        base.items(), (1.1, 0.9, 1.2, 0.8, 1.05, 0.95))}
    same(stats.compare(noise, base)['verdict'], 'none')


# ---- what loads print ----

WRK = """Running 2s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.84ms  412.10us  11.95ms   91.63%
    Req/Sec    34.93k     1.40k   36.59k    80.00%
  Latency Distribution
     50%    1.79ms
     75%    1.95ms
     90%    2.11ms
     99%  950.00us
  69518 requests in 2.00s, 5.30MB read
Requests/sec:  34725.12
Transfer/sec:      2.65MB
"""
AB = """Concurrency Level:      8
Complete requests:      1000
Failed requests:        0
Requests per second:    24813.89 [#/sec] (mean)
Time per request:       0.322 [ms] (mean)

Percentage of the requests served within a certain time (ms)
  50%      1
  66%      1
  99%      4
 100%      9 (longest request)
"""
HEY = """
Summary:
  Total:\t0.1023 secs
  Slowest:\t0.0203 secs
  Requests/sec:\t19543.1

Latency distribution:
  10% in 0.0005 secs
  50% in 0.0021 secs
  90%% in 0.0040 secs
  99% in 0.0125 secs

Status code distribution:
  [200]\t2000 responses

"""


@test
def wrk_is_read():
    found = load.read(WRK, 0, 2)
    near(found['rate'], 34725.12)
    same(found['requests'], 69518)
    near(found['p50_us'], 1790)
    near(found['p99_us'], 950)


@test
def errors_of_wrk_fail():
    for more in ('  Socket errors: connect 0, read 3, write 0, timeout 0\n',
                 '  Non-2xx or 3xx responses: 12\n'):
        raises(Failed, load.read, WRK + more, 0, 2)
    load.read(WRK + '  Socket errors: connect 0, read 0, write 0, timeout 0\n',
              0, 2)


@test
def ab_is_read():
    found = load.read(AB, 0, 1)
    near(found['rate'], 24813.89)
    same((found['requests'], found['p50_us'], found['p99_us']),
         (1000, 1000.0, 4000.0))
    raises(Failed, load.read, AB.replace('requests:        0',
                                         'requests:        7'), 0, 1)


@test
def hey_is_read():
    found = load.read(HEY, 0, 1)
    near(found['rate'], 19543.1)
    near(found['p90_us'], 4000)
    near(found['p99_us'], 12500)
    same(found['requests'], 2000)
    raises(Failed, load.read, HEY.replace('[200]', '[503]'), 0, 1)
    raises(Failed, load.read, HEY + 'Error distribution:\n  [5]\tGet: EOF\n',
           0, 1)


@test
def any_other_load_is_timed():
    same(load.read('hello', 0, 1.5)['wall_s'], 1.5)
    raises(Failed, load.read, 'hello', 3, 1.5)


@test
def loads_are_asked_for_what_is_read():
    same(load.prepared(['/usr/bin/wrk', '-t1']),
         ['/usr/bin/wrk', '--latency', '-t1'])
    same(load.prepared(['ring-load', 'x']), ['ring-load', '--json', 'x'])
    same(load.prepared(['other']), ['other'])


# ---- arms, order, options ----

def shim():
    return '/lib/libring-shim.so'


@test
def arms_of_the_environment():
    arm = arms.built_in('uring', ['x'], shim)
    assert arm.env['LD_PRELOAD'].startswith('/lib/libring-shim.so')
    same(arm.env['RING_SHIM_ENGINE'], 'uring')
    assert 'RING_SHIM_ENGINE' not in arms.built_in('auto', ['x'], shim).env
    same(arms.built_in('native', ['x'], shim).shim, None)


@test
def arms_of_ones_own():
    arm = arms.own("one=@epoll A=1 B='2 3' ./x -p 1", ['./y'], shim)
    same((arm.name, arm.argv), ('one', ['./x', '-p', '1']))
    same((arm.env['A'], arm.env['B']), ('1', '2 3'))
    same(arm.env['RING_SHIM_ENGINE'], 'epoll')
    same(arms.own('two=', ['./y'], shim).argv, ['./y'])
    for bad in 'noname', '=x', 'a b=x', "q='":
        raises(Usage, arms.own, bad, ['./y'], shim)


@test
def an_arm_once_only():
    raises(Usage, arms.chosen, ['native', 'native'], [], ['x'], shim)
    raises(Usage, arms.chosen, ['native', 'fast'], [], ['x'], shim)


@test
def abba():
    same(list(plan.rounds_of([1, 2, 3], 3, 'abba', 0)),
         [[1, 2, 3], [3, 2, 1], [1, 2, 3]])


@test
def shuffles_follow_their_seed():
    first = list(plan.rounds_of([1, 2, 3], 9, 'shuffle', 4))
    same(first, list(plan.rounds_of([1, 2, 3], 9, 'shuffle', 4)))
    assert first != list(plan.rounds_of([1, 2, 3], 9, 'shuffle', 5))
    assert all(sorted(r) == [1, 2, 3] for r in first)


@test
def options_with_values_that_may_be_left_out():
    o = options.parse(['--close', '--', 'x', '--close'])
    same((o.close, o.command), ('', ['x', '--close']))
    same(options.parse(['--close=7', 'x']).close, 7)
    same(options.parse(['--shuffle', '--', 'x']).shuffle, True)
    same(options.parse(['--shuffle=0', '--', 'x']).shuffle, 0)
    same(options.parse(['--count', '--', 'x']).count, 'auto')
    same(options.parse(['-c', '8,64', 'x', '-c', '1']).command,
         ['x', '-c', '1'])


@test
def options_that_are_wrong():
    for bad in (['--rounds', '0', 'x'], ['-c', '0', 'x'], ['-c', '8,,', 'x'],
                ['--pin', 'both:1', 'x'], ['--pin', 'server:9999', 'x'],
                ['--ready', 'tcp:0', 'x'], ['--ready', 'ftp:1', 'x'],
                ['--stop', 'SOON', 'x'], ['--arms', '', 'x'], ['--bogus'],
                ['-d', '1', '-n', '1', 'x'], ['--load', "'", 'x'],
                ['--load', 'a', '--batch', 'x'], ['--load', 'a', '-c1', 'x'],
                ['--models', 'x'], ['--helper', 'a', 'x'], [], ['--'],
                ['--aa', '--arms', 'native', 'x'], ['--shuffle=x', 'x'],
                ['--count=guess', 'x'], ['-d', 'nan', 'x']):
        said = raises(Usage, options.parse, bad)
        assert said and '\n' not in said, said


# ---- processes ----

@test
def the_shim_reports_add_up():
    same(server.shim_report(
        'ring-shim: engine io_uring, carriers 2, user-space switches 5\n'
        'other: words 3\n'
        'ring-shim: engine none, user-space switches 2\n'),
        {'engine': 'io_uring', 'carriers': 2, 'user-space switches': 7})
    same(server.shim_report('nothing'), None)


@test
def ends_have_words():
    same(child.how_it_ended(-11), 'killed by SIGSEGV')
    same(child.how_it_ended(3), 'exit status 3')


@test
def readings_of_ourselves():
    import os
    before = proc.Reading([os.getpid()])
    while proc.cpu_ns(os.getpid()) - before.ns < 20 * 10**6:
        pass
    used = proc.Reading([os.getpid()]).since(before)
    assert used['cpu_ns'] >= 20 * 10**6, used
    assert proc.peak_memory([os.getpid()]) > 2**20
    assert os.getpid() in proc.descendants(os.getppid())


@test
def what_ring_count_tells_is_read():
    found = {'drops': 2, 'total': {
        'voluntary_switches': 10, 'involuntary_switches': 1, 'calls': {
            'recvfrom': {'calls': 9, 'voluntary_switches': 8,
                         'involuntary_switches': 0},
            'close': {'calls': 3, 'voluntary_switches': 0,
                      'involuntary_switches': 1}}}}
    got = count.RingCount.counts(found, found['total'])
    same((got['switches'], got['syscalls'], got['drops']), (11, 12, 2))
    same(got['blocked'], {'recvfrom': 8})
    less = count.Counts(switches=1, syscalls=2, drops=1, blocked={},
                        calls={'close': 1}, involuntary=1)
    per = got.scaled(less, 2)
    same((per['switches'], per['syscalls'], per['drops']), (5, 5, 3))
    same(per['calls'], {'recvfrom': 4.5, 'close': 1})
    same((got['parks'], got['saved']), (None, None))
    assert 'parks' not in per and 'saved' not in per, per


@test
def what_the_shim_saved_is_read():
    total = {'voluntary_switches': 1, 'involuntary_switches': 0, 'calls': {},
             'shim_parks': 50, 'shim_parked_sends': 20, 'saved_switches': 25}
    got = count.RingCount.counts({'drops': 0}, total)
    same((got['parks'], got['saved']), (30, 25))
    per = got.scaled(count.Counts(parks=10, saved=5), 10)
    same((per['parks'], per['saved']), (2, 2))
    same(got.scaled(count.Counts(parks=None, saved=None), 1)['parks'], 30)
    cell = made_up(5, 2, True)
    cell['counts']['uring'] |= {'parks': 1.0, 'saved': 0.97}
    cell['summary'] = summary.summarize(cell)
    rows = text.table(cell['summary'])
    same([row[rows[0].index('saved')] for row in rows],
         ['saved', 'n/a', '0.97'])
    found = page.page(result_of(cell))
    assert 'parked in user space: 1.000' in found
    assert '0.01, parked 1.00, saved 0.97' in found


# ---- reports ----

def made_up(rounds, factor, blocked=False):
    """A cell as main makes it, with known numbers."""
    samples, draw = [], random.Random(1)
    for number in range(rounds):
        for arm, rate in (('native', 1000), ('uring', 1000 * factor)):
            wobble = 1 + draw.random() / 50
            samples.append({
                'arm': arm, 'round': number, 'rate': rate * wobble,
                'cpu_us': 20000 / rate / wobble, 'p50_us': 900.0,
                'p90_us': 1200.0, 'p99_us': 4000.0, 'p99.9_us': 9000.0,
                'kernel_share': 0.8, 'peak_bytes': 2 << 20, 'noise': 0,
                'shim': None, 'note': None,
                'load': {'histogram': [[500.0, 50], [900.0, 940],
                                       [4000.0, 9], [9000.0, 1]]}})
    counts = {}
    for arm, n in ('native', 1.0), ('uring', 0.01):
        counts[arm] = {'switches': n, 'syscalls': 2 * n, 'per': 'request',
                       'backend': 'made up', 'drops': 3}
        if blocked:
            counts[arm]['blocked'] = {'recvfrom': n * 0.9, 'futex': n * 0.1}
    cell = {'title': 'a <b> & c', 'rounds': rounds, 'aa': False,
            'open_loop': False, 'load': ['ring-load'], 'samples': samples,
            'counts': counts, 'arms': [
                {'name': n, 'label': n, 'shim': n != 'native',
                 'engine': None} for n in ('native', 'uring')]}
    cell['summary'] = summary.summarize(cell)
    cell['sentences'] = summary.sentences(cell)
    return cell


@test
def the_sentence_tells_a_difference():
    said = made_up(6, 3)['sentences'][0]
    assert said.startswith('uring: 3.00x ['), said
    assert 'throughput' in said and '99 % fewer switches' in said, said


@test
def the_sentence_tells_that_there_is_none():
    said = made_up(6, 1)['sentences'][0]
    assert 'no difference found' in said, said


@test
def the_sentence_waits_for_five_rounds():
    said = made_up(4, 3)['sentences'][0]
    assert 'no verdict under 5 rounds' in said, said


@test
def the_noise_floor():
    cell = {**made_up(6, 1.1), 'aa': True}
    said = summary.sentences(cell)[0]
    assert said.startswith('noise floor') and 'throughput' in said, said


@test
def nothing_has_no_sign():
    same([text.per(n) for n in (-0.004, 0.004, -0.01, 1000)],
         ['0.00', '0.00', '-0.01', '1000'])


@test
def tables_line_up():
    lines = list(text.aligned(text.table(made_up(6, 2)['summary'])))
    same(len(lines), 3)
    assert 'requests/s' in lines[0] and '2.0' in lines[2], lines
    rows = list(text.markdown(text.table(made_up(6, 2)['summary'])))
    same(len({row.count('|') for row in rows}), 1)


@test
def drops_are_told():
    assert any('6 events were not counted' in r
               for r in text.remarks(made_up(5, 2)))


def result_of(*cells):
    return {'title': None, 'command': './x <y>', 'date': '2026-01-01',
            'machine': {'cpu': 'C', 'cpus': 2, 'virtual': True, 'libc': 'l',
                        'memory_bytes': 2**33, 'kernel': '6', 'versions': {},
                        'io_uring': 'granted', 'load_average': [0, 0, 0]},
            'load_average_after': [0, 0, 0], 'order': 'abba', 'seed': None,
            'pin': {'server': [0]}, 'backend': 'made up', 'drops': 6,
            'left_out': [], 'failures': [{'cell': 'c', 'where': 'w',
                                          'why': '<i>', 'stderr': '<s>'}],
            'interrupted': None, 'cells': list(cells)}


class Balance(HTMLParser):
    """Every element is closed, and nothing is loaded from anywhere."""

    VOID = {'meta', 'br'}

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not {'src', 'href'} & {k for k, _ in attrs}, attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        same(self.open.pop(), tag)


@test
def the_page_is_whole_and_alone():
    html = page.page(result_of(made_up(6, 3, True), made_up(1, 1)))
    balance = Balance()
    balance.feed(html)
    same(balance.open, [])
    assert not {'script', 'link', 'img', 'iframe'} & balance.seen
    assert '<b>' not in html.split('<h2>')[1].split('</h2>')[0]
    assert 'What threads waited in' in html and 'recvfrom' in html
    assert 'prefers-color-scheme: dark' in html
    for part in html.split('<svg')[1:]:
        xml.fromstring('<svg' + part.split('</svg>')[0] + '</svg>')
    assert 'NaN' not in html and 'nan' not in html.split('</style>')[1]


@test
def curves_rise():
    cell = made_up(5, 2)
    points = page.from_histogram(page.merged(cell, 'native'))
    assert points == sorted(points), points
    same(points[0], (0.0, 500.0))
    near(points[-1][1], 9000)


def main():
    for each in TESTS:
        name = each.__name__.replace('_', ' ')
        try:
            each()
            print(f'ok   {name}')
        except Exception as why:
            print(f'FAIL {name}: {type(why).__name__}: {why}')


main()
