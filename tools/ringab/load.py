"""Load commands, and how what they print is read.

ring-load is the one load that is understood in full: it is asked for JSON, and
tells by its marks when the time that counts starts and ends, so that the
server's CPU time is that of exactly the answers that were counted.  wrk, ab
and hey are recognised by what they print, whatever they were started through
(taskset, a script).  Of any other command only the time it takes and its exit
status are known, and a status other than 0 is a failure.

An answer is a dictionary with some of

    requests, rate (1/s), p50_us .. p99_us, max_us, seconds,
    errors ({kind: n}), histogram ([[upper bound in us, count]...])

and a wrong answer is an error, which fails the run: numbers for work that was
not done are worth nothing.
"""

import json
import os
import re

from .errors import Failed

UNIT_US = {'us': 1, 'ms': 1e3, 's': 1e6, 'm': 6e7, 'secs': 1e6}
POINTS = ('50', '90', '99', '99.9')


def basename(argv):
    return os.path.basename(argv[0])


def prepared(argv):
    """The command, asked for what we want to read."""
    if basename(argv) == 'ring-load' and '--json' not in argv:
        return [argv[0], '--json', *argv[1:]]
    if basename(argv) == 'wrk' and '--latency' not in argv:
        return [argv[0], '--latency', *argv[1:]]
    return list(argv)


def filled_in(argv, port):
    """With the server's port in place of {port}."""
    return [word.replace('{port}', str(port)) for word in argv]


def number(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return float(found[1]) if found else None


def duration_us(text, pattern):
    found = re.search(pattern, text, re.MULTILINE)
    return float(found[1]) * UNIT_US[found[2]] if found else None


def histogram(report):
    """ring-load's cells as [[upper bound in us, count]...], or None."""
    cells = report.get('latency_cells_ns')
    return cells and [[upper / 1e3, count] for upper, count in cells]


def read_ring_load(text):
    if not text.startswith('{') or '"ring-load"' not in text:
        return None
    report = json.loads(text)
    latency = report['latency_ns']
    found = {'tool': 'ring-load', 'requests': report['requests'],
             'rate': report['requests_per_second'],
             'seconds': report['seconds'], 'cpu_ns': report.get('cpu_ns'),
             'mean_us': latency['mean'] / 1e3, 'max_us': latency['max'] / 1e3,
             'errors': {k: n for k, n in report['errors'].items()
                        if n and k != 'total'},
             'histogram': histogram(report),
             'unsent': report.get('unsent', 0)}
    for point in POINTS:
        found[f'p{point}_us'] = latency[f'p{point}'] / 1e3
    if report.get('gave_up'):
        found['errors']['gave up'] = 1
    return found


def read_wrk(text):
    rate = number(text, r'^Requests/sec:\s+([\d.]+)')
    if rate is None or 'Thread Stats' not in text:
        return None
    errors = {}
    socket = re.search(r'Socket errors: connect (\d+), read (\d+), '
                       r'write (\d+), timeout (\d+)', text)
    if socket:
        errors = dict(zip(('connect', 'read', 'write', 'timeout'),
                          map(int, socket.groups())))
    errors['not 2xx'] = int(number(text, r'Non-2xx[^:]*: (\d+)') or 0)
    found = {'tool': 'wrk', 'rate': rate,
             'requests': int(number(text, r'^\s*(\d+) requests in') or 0),
             'errors': {k: n for k, n in errors.items() if n}}
    for point in '50', '90', '99':
        found[f'p{point}_us'] = duration_us(
            text, rf'^\s+{point}%\s+([\d.]+)(us|ms|s|m)$')
    return found


def read_ab(text):
    rate = number(text, r'^Requests per second:\s+([\d.]+)')
    if rate is None:
        return None
    errors = {'failed': int(number(text, r'^Failed requests:\s+(\d+)') or 0),
              'not 2xx': int(number(text, r'^Non-2xx responses:\s+(\d+)')
                             or 0)}
    found = {'tool': 'ab', 'rate': rate,
             'requests': int(number(text, r'^Complete requests:\s+(\d+)')
                             or 0),
             'errors': {k: n for k, n in errors.items() if n}}
    for point in '50', '90', '99':
        ms = number(text, rf'^\s+{point}%\s+(\d+)')
        found[f'p{point}_us'] = None if ms is None else ms * 1e3
    return found


def read_hey(text):
    rate = number(text, r'^\s*Requests/sec:\s+([\d.]+)')
    if rate is None or 'Status code distribution' not in text:
        return None
    answers = {int(s): int(n) for s, n in
               re.findall(r'^\s*\[(\d{3})\]\s+(\d+) responses', text, re.M)}
    errors = {f'status {s}': n for s, n in answers.items() if s // 100 != 2}
    failed = text.partition('Error distribution:')[2]
    broken = sum(map(int, re.findall(r'^\s*\[(\d+)\]', failed, re.M)))
    if broken:
        errors['failed'] = broken
    found = {'tool': 'hey', 'rate': rate, 'errors': errors,
             'requests': sum(answers.values())}
    for point in '50', '90', '99':
        found[f'p{point}_us'] = duration_us(
            text, rf'^\s+{point}%%? in ([\d.]+) (secs)')
    return found


READERS = read_ring_load, read_wrk, read_ab, read_hey


def last_words(output):
    """What is worth showing of a load that failed and gave no reason."""
    return '' if output.startswith('{') else output[-1000:]


def read(output, status, seconds):
    """What a load has found.  Raises Failed if that is no result."""
    for reader in READERS:
        found = reader(output.strip())
        if found:
            break
    else:
        if status:
            raise Failed('the load failed')
        return {'tool': None, 'wall_s': seconds, 'errors': {}}
    if found['errors']:
        raise Failed('wrong answers: ' + ', '.join(
            f'{kind} {n}' for kind, n in found['errors'].items()))
    if not found['requests']:
        raise Failed('the load got no answers')
    if status:
        raise Failed('the load failed')
    found['wall_s'] = seconds
    return found
