"""Charts, as the text of inline SVG.

Small on purpose: a chart is a list of elements in a viewBox 420 wide, which is
close to a phone's width, so that the same text is legible there and in a column
twice as wide.  Colours are never given here but by class: the page's style
sheet says what they are in the light and in the dark.  Every mark has a title,
which browsers show when the pointer rests on it.

A class `aN` is the colour of arm N; `s` makes of it a stroke, `f` a fill.
"""

import math
from html import escape

WIDTH = 420
LABEL = 13          # height of a line of text
BAR = 18
ARM = BAR + LABEL + 14      # from one arm to the next


def text(x, y, content, classes='', anchor='start'):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{classes}" '
            f'text-anchor="{anchor}">{escape(content)}</text>')


def line(x1, y1, x2, y2, classes):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'class="{classes}"/>')


def rect(x, y, w, h, classes, title):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(w, 0.5):.1f}" '
            f'height="{h}" rx="2" class="{classes}"><title>{escape(title)}'
            '</title></rect>')


def chart(height, elements, title):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
            f'aria-label="{escape(title)}">' + ''.join(elements) + '</svg>')


def steps(top, most=5):
    """Round numbers from 0 to at least @top, for an axis."""
    if top <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(top / most))
    for times in (1, 2, 5, 10):
        if top / (step * times) <= most:
            step *= times
            break
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def axis_below(x0, x1, y, ticks, form):
    """A grid from the top down to y, and its numbers below."""
    for tick in ticks:
        x = x0 + (x1 - x0) * tick / ticks[-1]
        yield line(x, 4, x, y, 'grid')
        anchor = 'start' if tick == 0 else (
            'end' if tick == ticks[-1] else 'middle')
        yield text(x, y + LABEL + 2, form(tick), 'tick', anchor)


def bars(rows, form, title):
    """Horizontal bars.  A row: name, colour, value, interval or None, dots
    (one per round), parts ([(share, classes, name)], together 1), remark."""
    most = max(max([r['value'], *(r['interval'] or ()), *r['dots']])
               for r in rows)
    ticks = steps(most, 4)
    x0, x1 = 6, WIDTH - 6

    def x_of(value):
        return x0 + (x1 - x0) * value / ticks[-1]

    bottom = 8 + ARM * len(rows)
    out = list(axis_below(x0, x1, bottom, ticks, form))
    for number, row in enumerate(rows):
        y = 8 + ARM * number
        out.append(text(x0, y + LABEL - 2, row['name'], 'name'))
        out.append(text(x1, y + LABEL - 2, row['remark'], 'value', 'end'))
        y += LABEL + 3
        x = x0
        for share, classes, name in row['parts']:
            width = x_of(row['value'] * share) - x0
            out.append(rect(x, y, width, BAR, f'{row["colour"]} {classes}',
                            f'{row["name"]}{name}: '
                            f'{form(row["value"] * share)}'))
            x += width
        out += whisker(row, x_of, y)
    return chart(bottom + LABEL + 8, out, title)


def whisker(row, x_of, y):
    """The rounds as dots and the interval as a line with ends."""
    middle = y + BAR / 2
    for value in row['dots']:
        yield (f'<circle cx="{x_of(value):.1f}" cy="{middle:.1f}" r="2" '
               'class="dot"/>')
    if row['interval']:
        low, high = map(x_of, row['interval'])
        yield line(low, middle, high, middle, 'whisker')
        for x in low, high:
            yield line(x, middle - 5, x, middle + 5, 'whisker')


def stacks(rows, form, title):
    """Bars of several parts, each in a colour of its own: what threads waited
    in.  A row: name, remark, parts ([(value, classes, name)])."""
    most = max(sum(v for v, _, _ in r['parts']) for r in rows)
    ticks = steps(most, 4)
    x0, x1 = 6, WIDTH - 6
    bottom = 8 + ARM * len(rows)
    out = list(axis_below(x0, x1, bottom, ticks, form))
    for number, row in enumerate(rows):
        y = 8 + ARM * number
        out.append(text(x0, y + LABEL - 2, row['name'], 'name'))
        out.append(text(x1, y + LABEL - 2, row['remark'], 'value', 'end'))
        x = x0
        for value, classes, name in row['parts']:
            width = (x1 - x0) * value / ticks[-1]
            if value:
                out.append(rect(x, y + LABEL + 3, width, BAR, classes,
                                f'{row["name"]}, {name}: {value:.3f}'))
            x += width
    return chart(bottom + LABEL + 8, out, title)


def decades(low, high):
    """Powers of ten from the one below low to the one above high."""
    first = math.floor(math.log10(low) + 1e-9)
    last = math.ceil(math.log10(high) - 1e-9)
    return [10.0 ** e for e in range(first, max(last, first + 1) + 1)]


PERCENTILES = (50, 90, 99, 99.9, 99.99)


def nines(percent):
    """How far to the right: 90 is 1, 99 is 2, 99.9 is 3."""
    return -math.log10(max(1 - percent / 100, 1e-6))


def curves(lines, form, title):
    """Latency by percentile, both scales logarithmic, each further nine as
    far to the right as the one before.  A line: name, colour, points
    [(percent, us)]."""
    points = [p for each in lines for p in each['points']]
    values = [us for _, us in points if us > 0]
    ticks = decades(min(values), max(values))
    left = min(nines(percent) for percent, _ in points)
    right = max(nines(percent) for percent, _ in points)
    x0, x1, top, bottom = 52, WIDTH - 10, 10, 250

    def at(percent, us):
        scale = math.log10(max(us, ticks[0]) / ticks[0])
        return (x0 + (x1 - x0) * (nines(percent) - left) / (right - left),
                bottom - (bottom - top) * scale
                / math.log10(ticks[-1] / ticks[0]))

    out = []
    for tick in ticks:
        y = at(points[0][0], tick)[1]
        out += [line(x0, y, x1, y, 'grid'),
                text(x0 - 6, y + 4, form(tick), 'tick', 'end')]
    for percent in PERCENTILES:
        if not left - 1e-6 <= nines(percent) <= right + 1e-6:
            continue
        x = at(percent, ticks[0])[0]
        out += [line(x, top, x, bottom, 'grid'),
                text(x, bottom + LABEL + 3, f'p{percent:g}', 'tick',
                     'end' if x > x1 - 16 else 'middle')]
    for each in lines:
        way = ' '.join('{:.1f},{:.1f}'.format(*at(*p))
                       for p in each['points'])
        out.append(f'<polyline points="{way}" class="{each["colour"]} s">'
                   f'<title>{escape(each["name"])}</title></polyline>')
    return chart(bottom + LABEL + 10, out, title)
