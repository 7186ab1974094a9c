"""What the samples of a cell come to, and the plain sentence.

A summary is a list with one entry per arm: for each metric its median over the
rounds, the interval of that median, and how it compares with the base arm (see
stats.compare).  The base is the first arm.  What was counted has no rounds: a
number per arm and a plain ratio.
"""

from . import stats

# key, title, whether more of it is better
METRICS = (
    ('rate', 'requests/s', True),
    ('p50_us', 'p50', False),
    ('p99_us', 'p99', False),
    ('cpu_us', 'CPU/request', False),
    ('wall_s', 'wall time', False),
    ('cpu_s', 'CPU time', False),
    ('kernel_share', 'kernel share', False),
    ('peak_bytes', 'peak memory', False),
)
COUNTED = (('switches', 'switches'), ('syscalls', 'system calls'),
           ('parks', 'parks'), ('saved', 'saved'))
TITLES = {key: title for key, title, _ in METRICS} | dict(COUNTED)
WORDS = {'rate': 'throughput', 'cpu_us': 'CPU per request',
         'p99_us': 'p99 latency', 'p50_us': 'p50 latency',
         'wall_s': 'wall time', 'cpu_s': 'CPU time'}


def series(samples, arm, key):
    """{round: value} of those samples that have one."""
    return {s['round']: s[key] for s in samples
            if s['arm'] == arm and s.get(key) is not None}


def metric(samples, arm, base, key):
    ours = series(samples, arm, key)
    if not ours:
        return None
    found = {'median': stats.median(ours.values()),
             'interval': stats.interval(list(ours.values()))}
    if arm != base:
        found['to_base'] = stats.compare(ours, series(samples, base, key))
    return found


def counted(counts, arm, base, key):
    value = counts.get(arm, {}).get(key)
    if value is None:
        return None
    found = {'median': value}
    other = counts.get(base, {}).get(key)
    if arm != base and other:
        found['to_base'] = {'ratio': value / other}
    return found


def summarize(cell):
    """The entries of a cell's dictionary (see main.as_dict)."""
    base = cell['arms'][0]['name']
    entries = []
    for arm in cell['arms']:
        name = arm['name']
        entry = {'arm': name, 'label': arm['label'], 'rounds': len(
            [s for s in cell['samples'] if s['arm'] == name])}
        for key, _, _ in METRICS:
            entry[key] = metric(cell['samples'], name, base, key)
        for key, _ in COUNTED:
            entry[key] = counted(cell['counts'], name, base, key)
        entries.append(entry)
    return entries


def times(compared, interval=True):
    """'3.2x' and, if wanted and there, its interval."""
    text = f'{compared["ratio"]:.2f}x'
    if interval and compared.get('interval'):
        text += ' [{:.2f}, {:.2f}]'.format(*compared['interval'])
    return text


def keys_of(entry, open_loop):
    """The metrics that a sentence is made of, the most important first."""
    if entry['rate']:
        keys = ['cpu_us', 'p99_us'] if open_loop else ['rate', 'cpu_us']
    else:
        keys = ['wall_s', 'cpu_s']
    return [k for k in keys if entry[k] and entry[k].get('to_base')]


def fewer_switches(entry):
    found = entry['switches'] and entry['switches'].get('to_base')
    if not found or 0.9 < found['ratio'] < 1.1:
        return []
    if found['ratio'] < 1:
        return [f'{100 * (1 - found["ratio"]):.0f} % fewer switches']
    return [f'{found["ratio"]:.1f} times the switches']


def sentence(entry, base, open_loop):
    """One arm in plain words."""
    keys = keys_of(entry, open_loop)
    found = {k: entry[k]['to_base'] for k in keys}
    who = entry['label']
    if not found:
        return f'{who}: nothing to compare'
    said = ', '.join(f'{times(c)} {WORDS[k]}' for k, c in found.items())
    rounds = min(c['rounds'] for c in found.values())
    if rounds < stats.FEW:
        many = f'{rounds} round' + 's' * (rounds > 1)
        return (f'{who}: {said} of {base} in {many}: no verdict under '
                f'{stats.FEW} rounds')
    if all(c['verdict'] == 'none' for c in found.values()):
        return f'{who}: no difference found ({said})'
    parts = [f'no difference in {WORDS[k]}' if c['verdict'] == 'none'
             else f'{times(c)} {WORDS[k]}' for k, c in found.items()]
    return f'{who}: ' + ', '.join(parts + fewer_switches(entry))


def noise_floor(entry):
    """What --aa is for: how far apart two runs of the same thing are."""
    parts, few = [], False
    for key in keys_of(entry, False):
        found = entry[key]['to_base']
        few = few or found['rounds'] < stats.FEW
        ends = found['interval'] or (found['ratio'],) * 2
        off = max(abs(end - 1) for end in ends)
        parts.append(f'{100 * off:.1f} % in {WORDS[key]}')
    if not parts:
        return 'noise floor: nothing to compare'
    text = ('noise floor: the same thing twice differs by up to '
            + ' and '.join(parts) + '; a smaller difference means nothing')
    return text + (f' (fewer than {stats.FEW} rounds: run more)' * few)


def sentences(cell):
    """The last lines of a report."""
    entries = cell['summary']
    measured = [e for e in entries if e['rounds']]
    if len(measured) < 2 or not entries[0]['rounds']:
        return []
    if cell.get('aa'):
        return [noise_floor(e) for e in measured[1:]]
    return [sentence(e, entries[0]['label'], cell.get('open_loop'))
            for e in measured[1:]]


def noisy(cell, limit=0.15):
    """How many of the samples had much else going on beside them."""
    return sum(s.get('noise', 0) > limit for s in cell['samples'])
