"""The report for a terminal, and the same table in Markdown.

One row per arm with medians, and what they are relative to the first arm; then
the ratios with their intervals and the p of the Mann-Whitney test beside them;
then what was noticed, and the plain sentences.  Colour is only ever bold and
dim, and only on a terminal without NO_COLOR.
"""

import os
import sys

from . import stats, summary


def rate(value):
    if value and value < 10:
        return f'{value:.2f}'
    return f'{value:,.0f}'.replace(',', ' ')


def latency(us):
    if us < 1000:
        return f'{us:.0f} us'
    if us < 1e6:
        return f'{us / 1e3:.3g} ms' if us < 1e5 else f'{us / 1e3:.0f} ms'
    return f'{us / 1e6:.2f} s'


def seconds(value):
    return f'{value:.3f} s' if value < 10 else f'{value:.1f} s'


def cpu(us):
    return f'{us:.1f} us'


def share(value):
    return f'{100 * value:.0f} %'


def memory(value):
    return f'{value / 2**20:.1f} MB' if value < 10 * 2**20 else \
        f'{value / 2**20:.0f} MB'


def per(value):
    value = 0 if abs(value) < 0.005 else value      # the noise of nothing
    return f'{value:.2f}' if value < 1000 else f'{value:.0f}'


FORMS = {'rate': rate, 'p50_us': latency, 'p99_us': latency, 'cpu_us': cpu,
         'wall_s': seconds, 'cpu_s': seconds, 'kernel_share': share,
         'peak_bytes': memory, 'switches': per, 'syscalls': per,
         'parks': per, 'saved': per}
# The columns of the table: metrics, and whether the ratio is shown with them.
COLUMNS = (('rate', True), ('p50_us', False), ('p99_us', False),
           ('cpu_us', True), ('wall_s', True), ('cpu_s', True),
           ('kernel_share', False), ('switches', False),
           ('syscalls', False), ('parks', False), ('saved', False),
           ('peak_bytes', False))


def value_of(entry, key):
    found = entry.get(key)
    if not found or found['median'] is None:
        return 'n/a'
    return FORMS[key](found['median'])


def ratio_of(entry, key):
    found = entry.get(key)
    if not found or not found.get('to_base'):
        return ''
    return f'{found["to_base"]["ratio"]:.2f}x'


def table(entries, first='arm'):
    """Rows of cells, the first being the heading."""
    shown = [(key, ratio) for key, ratio in COLUMNS
             if any(e.get(key) for e in entries)]
    rows = [[first]]
    for key, ratio in shown:
        rows[0] += [summary.TITLES[key]] + [''] * ratio
    for entry in entries:
        row = [entry['label']]
        for key, ratio in shown:
            row += [value_of(entry, key)] + [ratio_of(entry, key)] * ratio
        rows.append(row)
    return rows


def p_text(p):
    if p is None:
        return ''
    return ' p<0.001' if p < 0.001 else f' p={p:.3f}'


def ratio_table(entries, base):
    """The ratios with all that is known of them."""
    keys = [k for k, _, _ in summary.METRICS
            if any(e.get(k) and e[k].get('to_base') for e in entries)]
    keys = [k for k in keys if k not in ('kernel_share', 'peak_bytes',
                                         'parks', 'saved')]
    rows = [[f'times {base}'] + [summary.TITLES[k] for k in keys]]
    for entry in entries[1:]:
        found = [entry[k] and entry[k].get('to_base') for k in keys]
        rows.append([entry['label']] + [
            summary.times(f) + p_text(f['p']) if f else 'n/a' for f in found])
    return rows


def aligned(rows):
    """Lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        yield '  '.join(cells).rstrip()


def markdown(rows):
    yield '| ' + ' | '.join(rows[0]) + ' |'
    yield '|' + '---|' * len(rows[0])
    for row in rows[1:]:
        yield '| ' + ' | '.join(row) + ' |'


class Style:
    """Bold and dim, or nothing."""

    def __init__(self, out):
        on = (out.isatty() and not os.environ.get('NO_COLOR')
              and os.environ.get('TERM') not in (None, 'dumb'))
        self.bold_on, self.dim_on, self.off = (
            ('\033[1m', '\033[2m', '\033[0m') if on else ('', '', ''))

    def bold(self, text):
        return f'{self.bold_on}{text}{self.off}'

    def dim(self, text):
        return f'{self.dim_on}{text}{self.off}'


def engines(cell):
    """What engine the shim said it used, where that is not the arm's."""
    for arm in cell['arms']:
        if not arm['shim']:
            continue
        said = {(s.get('shim') or {}).get('engine')
                for s in cell['samples'] if s['arm'] == arm['name']} - {None}
        want = {'uring': 'io_uring', 'epoll': 'epoll'}.get(arm['engine'])
        for engine in sorted(said):
            if want and engine != want:
                yield f'{arm["label"]}: the shim used the engine {engine}'


def remarks(cell):
    """What one should know of these numbers."""
    yield from engines(cell)
    notes = {(s['arm'], s['note']) for s in cell['samples'] if s.get('note')}
    yield from (f'{arm}: {note}' for arm, note in sorted(notes))
    noisy = summary.noisy(cell)
    if noisy:
        yield (f'during {noisy} of {len(cell["samples"])} runs other '
               'processes took more than 0.15 CPUs: trust the ratios more '
               'than the times')
    dropped = sum(c.get('drops') or 0 for c in cell['counts'].values())
    if dropped:
        yield f'{dropped} events were not counted (drops)'
    if cell.get('count_note'):
        yield cell['count_note']


def cell_text(cell, style, as_markdown=False):
    """All lines of one cell's report."""
    entries = [e for e in cell['summary'] if e['rounds']]
    yield style.bold(cell['title'])
    if not entries:
        yield 'no numbers'
        return
    if as_markdown:
        yield ''
        yield from markdown(table(entries))
    else:
        yield from aligned(table(entries))
    ratios = ratio_table(entries, entries[0]['label'])
    rounds = entries[0]['rounds']
    if not as_markdown and len(entries) > 1 and rounds >= 2 \
            and entries[0]['arm'] == cell['arms'][0]['name']:
        yield ''
        yield style.dim(f'median of {rounds} rounds\' ratios '
                        f'[{stats.LEVEL:.0%} interval], Mann-Whitney p')
        yield from aligned(ratios)
    yield ''
    for remark in remarks(cell):
        yield style.dim(f'({remark})')
    yield from cell['sentences']


def report(result, out=sys.stdout, as_markdown=False):
    style = Style(out)
    for number, cell in enumerate(result['cells']):
        if number:
            print(file=out)
        for line in cell_text(cell, style, as_markdown):
            print(line, file=out, flush=True)
