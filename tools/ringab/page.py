"""The report as one HTML file: to be mailed, attached, opened in ten years.

Nothing is fetched and nothing runs: style sheet and charts are in the file, and
there is no script.  It is light or dark as the reader's system is, prints, and
falls into one column where there is no room for two.

From the top: what came of it in plain words; for each cell the throughput and
the CPU per request with their intervals and every single round; the latencies
by percentile; what threads waited in, if that was counted; all numbers as a
table; and last how it was measured, and on what.
"""

from html import escape

from . import stats, summary, svg
from . import text as forms

STYLE = """
:root { color-scheme: light dark; --page: #fbfbf9; --card: #fff;
  --ink: #1c1f23; --soft: #5b626b; --line: #e2e3df; --grid: #eceae4;
  --a0: #8a8f98; --a1: #2f6fbd; --a2: #d9622b; --a3: #2c8a6b; --a4: #8c59b5;
  --a5: #b8860b; --a6: #c2406f; --bad: #b3382c; --c1: #1d8a99;
  --c2: #7a5bc0; --c3: #93952c; --c4: #c24a6a; --c5: #9a6a43; --c6: #4f9fd0; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b;
  --card: #1c2026; --ink: #e8e9eb; --soft: #a0a8b3; --line: #2f353d;
  --grid: #2a2f37; --a0: #858c97; --a1: #62a0ea; --a2: #f08a52;
  --a3: #4fbd95; --a4: #b98be0; --a5: #d9ae3c; --a6: #e5749b;
  --bad: #f0796b; --c1: #45b8c6; --c2: #a68cec; --c3: #c3c55a; --c4: #ee7f9c;
  --c5: #c99a72; --c6: #86c5ee; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .2em }
h2 { font-size: 1.15rem; margin: 2.2em 0 .6em; overflow-wrap: anywhere }
h3 { font-size: .95rem; margin: 0 0 .1em }
p { margin: .3em 0 } .soft { color: var(--soft); font-size: .9rem }
code { font: .92em ui-monospace, "DejaVu Sans Mono", monospace;
  overflow-wrap: anywhere }
.card { background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 14px 16px; min-width: 0 }
.said { font-size: 1.05rem; padding: 12px 18px; margin: 14px 0 }
.said p { margin: .35em 0; padding-left: .8em; border-left: 4px solid }
.said b { font-weight: 650 } .said span { color: var(--ink) }
.grid { display: grid; gap: 14px; margin: 14px 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)) }
.sub { margin: .8em 0 0; font-size: .9rem }
svg { display: block; width: 100%; height: auto; margin-top: 6px;
  font: 13px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
svg text { fill: var(--ink) } svg .tick { fill: var(--soft); font-size: 12px }
svg .name { font-weight: 600 } svg .value { fill: var(--soft) }
svg .grid { stroke: var(--grid) } svg .dot { fill: var(--ink); opacity: .35 }
svg .whisker { stroke: var(--ink); stroke-width: 1.6 }
svg .s { fill: none; stroke: currentColor; stroke-width: 2.2;
  stroke-linejoin: round } svg .f { fill: currentColor }
svg .half { fill: currentColor; opacity: .45 }
svg .parks { fill: var(--grid); stroke: var(--soft); stroke-dasharray: 2 2 }
ul.key { list-style: none; margin: .4em 0 0; padding: 0; display: flex;
  flex-wrap: wrap; gap: .1em 1.1em; font-size: .85rem }
ul.key i { display: inline-block; width: .8em; height: .8em; margin-right: .4em;
  border-radius: 2px; background: currentColor; vertical-align: -.05em }
ul.key i.half { opacity: .45 } ul.key i.parks { background: var(--grid);
  outline: 1px dashed var(--soft); outline-offset: -1px }
ul.key span { color: var(--ink) }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%;
  font-size: .88rem; font-variant-numeric: tabular-nums }
th, td { padding: .35em .4em; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
th { font-weight: 600; color: var(--soft) } tr:last-child td { border: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em;
  margin: 0; font-size: .9rem } dt { color: var(--soft) } dd { margin: 0;
  overflow-wrap: anywhere }
.bad { color: var(--bad) } pre { overflow-x: auto; font-size: .85rem }
@media (max-width: 520px) { main { padding: 18px 12px 40px }
  .card { padding: 12px } h1 { font-size: 1.25rem }
  dl { grid-template-columns: 1fr } dd { margin-bottom: .4em } }
@media print { .card { break-inside: avoid } }
""" + '\n'.join(f'.a{n} {{ color: var(--a{n}) }}' for n in range(7)) \
    + '\n' + '\n'.join(f'.c{n} {{ color: var(--c{n}) }}' for n in range(1, 7))
COLOURS = 7
CALLS = 6           # blocking calls that get a colour; the rest is "other"
VISIBLE = 0.005     # of the longest bar, what gets one of them
CURVE = 400         # points of a latency curve, at most


def colour(number):
    """An arm's class.  The first is grey: it is what there was before."""
    return f'a{number if number < COLOURS else 1 + number % (COLOURS - 1)}'


def card(title, note, content):
    return (f'<section class="card"><h3>{escape(title)}</h3>'
            f'<p class="soft">{escape(note)}</p>{content}</section>')


def key(items):
    """A legend: [(classes, name)]."""
    return '<ul class="key">' + ''.join(
        f'<li class="{classes.split()[0]}"><i class="{classes}"></i>'
        f'<span>{escape(name)}</span></li>'
        for classes, name in items) + '</ul>'


def dots(cell, arm, metric):
    return list(summary.series(cell['samples'], arm, metric).values())


def remark(entry, metric):
    found = entry[metric]
    shown = forms.FORMS[metric](found['median'])
    if not found.get('to_base'):
        return shown
    return f'{shown}  ·  {summary.times(found["to_base"])}'


def bar_rows(cell, metric, split=False):
    rows = []
    for number, entry in enumerate(cell['summary']):
        found = entry.get(metric)
        if not found:
            continue
        kernel = split and entry['kernel_share']
        parts = [(1, 'f', '')]
        if kernel:
            parts = [(kernel['median'], 'f', ', in the kernel'),
                     (1 - kernel['median'], 'half', ', in the program')]
        rows.append({'name': entry['label'], 'colour': colour(number),
                     'value': found['median'], 'interval': found['interval'],
                     'dots': dots(cell, entry['arm'], metric),
                     'parts': parts, 'remark': remark(entry, metric)})
    return rows


NOTES = {
    'rate': ('Requests per second', 'More is better. Dots are rounds, the '
             'line is the 95 % interval of their median.'),
    'cpu_us': ('CPU per request', 'The server\'s, less is better: in the '
               'kernel (full colour) and in the program (pale).'),
    'wall_s': ('Wall time', 'Less is better. Dots are rounds, the line is '
               'the 95 % interval of their median.'),
    'cpu_s': ('CPU time', 'Less is better: in the kernel (full colour) and '
              'in the program (pale).'),
}


def bar_card(cell, metric):
    rows = bar_rows(cell, metric, metric in ('cpu_us', 'cpu_s'))
    if not rows:
        return ''
    title, note = NOTES[metric]
    return card(title, note, svg.bars(rows, forms.FORMS[metric], title))


def merged(cell, arm):
    """The histograms of all rounds in one: [(us, count)], or []."""
    cells = {}
    for sample in cell['samples']:
        if sample['arm'] == arm:
            for us, count in (sample.get('load') or {}).get('histogram') or ():
                cells[us] = cells.get(us, 0) + count
    return sorted(cells.items())


def from_histogram(cells):
    """[(percent, us)] with at most CURVE points, evenly along the curve."""
    total, seen, points = sum(n for _, n in cells), 0, []
    for us, count in cells:
        percent = 100 * seen / total
        seen += count
        reach = 100 * min(seen, total - 0.5) / total
        if not points or svg.nines(reach) - svg.nines(points[-1][0]) > \
                6 / CURVE:
            points += [(percent, us), (reach, us)]
    return [(p, us) for p, us in points if p <= 99.999]


def from_percentiles(cell, arm):
    """The same from the few percentiles that any load tells."""
    points = []
    for percent in 50, 90, 99, 99.9:
        found = dots(cell, arm, f'p{percent}_us')
        if found:
            points.append((percent, stats.median(found)))
    return points


def latency_card(cell):
    lines = []
    for number, entry in enumerate(cell['summary']):
        cells = merged(cell, entry['arm'])
        points = from_histogram(cells) if cells else \
            from_percentiles(cell, entry['arm'])
        points = [(p, us) for p, us in points if us > 0]
        if len(points) > 1:
            lines.append({'name': entry['label'], 'points': points,
                          'colour': colour(number)})
    if not lines:
        return ''
    title = 'Latency by percentile'
    note = ('Lower is better, both scales logarithmic'
            + (f'; from {lines[0]["points"][0][0]:g} % on'
               if lines[0]['points'][0][0] else '') + '.')
    return card(title, note, svg.curves(lines, forms.latency, title)
                + key((f'{each["colour"]} f', each['name'])
                      for each in lines))


def in_user_space(counts, parts, switches):
    """A row's parts and remark, with the waits that the shim kept."""
    parks, saved = counts.get('parks'), counts.get('saved')
    if not parks:
        return {'parts': parts, 'remark': forms.per(switches)}
    return {'parts': parts + [(parks, 'parks', 'parked in user space')],
            'remark': f'{forms.per(switches)}, parked {forms.per(parks)}'
                      + (f', saved {forms.per(saved)}' if saved else '')}


def blocked_rows(cell):
    """(the calls that get a colour, rows) of what threads waited in."""
    blocked = {e['arm']: cell['counts'].get(e['arm'], {}).get('blocked') or {}
               for e in cell['summary']}
    total = {}
    for found in blocked.values():
        for name, count in found.items():
            total[name] = total.get(name, 0) + count
    most = max((sum(found.values()) for found in blocked.values()), default=0)
    calls = [c for c in sorted(total, key=total.get, reverse=True)[:CALLS]
             if total[c] > VISIBLE * most]
    rows = []
    for entry in cell['summary']:
        found = blocked[entry['arm']]
        if not found:
            continue
        parts = [(max(0, found.get(call, 0)), f'c{n + 1} f', call)
                 for n, call in enumerate(calls)]
        rest = sum(found.values()) - sum(v for v, _, _ in parts)
        parts.append((max(0, rest), 'a0 f', 'other'))
        rows.append({'name': entry['label'], **in_user_space(
            cell['counts'][entry['arm']], parts, sum(found.values()))})
    return calls, rows


def blocked_chart(cell):
    calls, rows = blocked_rows(cell)
    if not rows:
        return ''
    keys = [(f'c{n + 1} f', call) for n, call in enumerate(calls)]
    keys.append(('a0 f', 'other'))
    parked = any(c == 'parks' for r in rows for _, c, _ in r['parts'])
    if parked:
        keys.append(('parks', 'parked in user space'))
    return ('<p class="sub">What threads waited in: context switches by the '
            'system call that blocked'
            + ', and waits that stayed in user space' * parked + '</p>'
            + svg.stacks(rows, lambda v: f'{v:g}', 'What threads waited in')
            + key(keys))


def counted_bars(cell, metric):
    rows = [{'name': e['label'], 'colour': colour(n), 'interval': None,
             'value': e[metric]['median'], 'dots': [],
             'parts': [(1, 'f', '')], 'remark': remark(e, metric)}
            for n, e in enumerate(cell['summary']) if e.get(metric)]
    if not rows or not max(r['value'] for r in rows) > 0:
        return ''
    title = dict(summary.COUNTED)[metric]
    return (f'<p class="sub">{title[0].upper() + title[1:]}</p>'
            + svg.bars(rows, lambda v: f'{v:g}' if v < 100 else f'{v:.0f}',
                       title))


def counted_card(cell):
    """What threads waited in, or else how often; and system calls."""
    content = blocked_chart(cell) or counted_bars(cell, 'switches')
    content += counted_bars(cell, 'syscalls')
    if not content:
        return ''
    counts = next(iter(cell['counts'].values()))
    return card(f'Waits and calls per {counts["per"]}',
                f'Less is better; counted with {counts["backend"]}, in runs '
                'of their own.', content)


def html_table(rows):
    head, *body = rows
    return ('<div class="scroll"><table><tr>'
            + ''.join(f'<th>{escape(c)}</th>' for c in head) + '</tr>'
            + ''.join('<tr>' + ''.join(f'<td>{escape(c)}</td>' for c in row)
                      + '</tr>' for row in body) + '</table></div>')


def numbers_card(cell):
    entries = [e for e in cell['summary'] if e['rounds']]
    rounds = entries[0]['rounds']
    out = html_table(forms.table(entries))
    if len(entries) > 1 and rounds > 1:
        out += ('<p class="soft">Ratios: the median of the ratios within each '
                f'of {rounds} rounds, its bootstrapped 95 % interval, and the '
                'p of a Mann-Whitney U test of all values.</p>'
                + html_table(forms.ratio_table(entries, entries[0]['label'])))
    remarks = ''.join(f'<p class="soft">{escape(r[0].upper() + r[1:])}.</p>'
                      for r in forms.remarks(cell))
    return card('All numbers', f'Medians of {rounds} round'
                + 's' * (rounds > 1) + '.', out + remarks)


def said(cell):
    """The sentences, each in its arm's colour."""
    labels = {e['label']: colour(n) for n, e in enumerate(cell['summary'])}
    out = ''
    for sentence in cell['sentences']:
        who, _, what = sentence.partition(': ')
        out += (f'<p class="{labels.get(who, "a1")}"><span><b>{escape(who)}'
                f'</b>: {escape(what)}</span></p>')
    return f'<div class="card said">{out}</div>' if out else ''


def cell_html(cell):
    if not any(e['rounds'] for e in cell['summary']):
        return f'<h2>{escape(cell["title"])}</h2><p>No numbers.</p>'
    cards = ''.join(bar_card(cell, m)
                    for m in ('rate', 'wall_s', 'cpu_us', 'cpu_s'))
    cards += latency_card(cell) + counted_card(cell)
    return (f'<h2>{escape(cell["title"])}</h2>{said(cell)}'
            f'<div class="grid">{cards}</div>{numbers_card(cell)}')


def definitions(items):
    return '<dl>' + ''.join(f'<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>'
                            for k, v in items if v) + '</dl>'


def machine_card(result):
    m = result['machine']
    kind = ' (virtual machine)' if m['virtual'] else ''
    items = [('Processor', f'{m["cpu"]}, {m["cpus"]} CPUs{kind}'),
             ('Memory', f'{m["memory_bytes"] / 2**30:.1f} GB'),
             ('Kernel', f'Linux {m["kernel"]}'), ('C library', m['libc']),
             ('io_uring', m['io_uring'])]
    items += [(k, v) for k, v in m['versions'].items()]
    items.append(('Load average', ' before, '.join(
        f'{x[0]:.2f}' for x in (m['load_average'],
                                result['load_average_after'])) + ' after'))
    return card('Machine and versions', '', definitions(items))


def method_card(result):
    order = 'there and back (ABBA)' if result['order'] == 'abba' else \
        f'shuffled, seed {result["seed"]}'
    pin = ', '.join(f'{who} on CPU {", ".join(map(str, cpus))}'
                    for who, cpus in result['pin'].items())
    loads = {' '.join(c['load']) for c in result['cells'] if c['load']}
    items = [('Command', result['command']), ('Rounds', f'{order}; a fresh '
             'server for every run of every arm'), ('Pinned', pin),
             ('Counted with', f'{result["backend"]}, in runs apart from the '
              f'timed ones; {result["drops"]} events dropped'
              if result['backend'] else ''), ('Load', '; '.join(
                  sorted(loads))), ('Date', result['date']),
             ('Left out', '; '.join(result['left_out'])),
             ('Verdict', 'a difference is one if the interval excludes 1 and '
              'Mann-Whitney says p < 0.05; none is given under '
              f'{stats.FEW} rounds')]
    return card('How it was measured', '', definitions(items))


def failures(result):
    out = ''
    for f in result['failures']:
        out += (f'<p class="bad">{escape(f["cell"])}, {escape(f["where"])}: '
                f'{escape(f["why"])}</p>')
        if f['stderr']:
            out += f'<pre>{escape(f["stderr"][-1000:])}</pre>'
    if result['interrupted']:
        out += '<p class="bad">Interrupted before the end.</p>'
    return f'<div class="card">{out}</div>' if out else ''


def page(result):
    """The whole file."""
    title = result['title'] or 'ring-ab: ' + (
        result['command'] or 'the classic models of a server')
    cells = ''.join(map(cell_html, result['cells']))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main><h1>{escape(title)}</h1>
<p class="soft">{escape(result['machine']['cpu'])}, Linux
{escape(result['machine']['kernel'])}, {escape(result['date'])}</p>
{failures(result)}{cells}
<h2>How, and on what</h2>
<div class="grid">{method_card(result)}{machine_card(result)}</div>
</main></body></html>
"""
