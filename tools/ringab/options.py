"""The command line.

Wrong usage gets one line and status 2.  What is checked here needs nothing but
the words themselves; whether files and commands are there is checked by main,
before the first round.
"""

import argparse
import os
import shlex
import signal
import sys

from . import VERSION
from .errors import Usage

ARMS = 'native,epoll,uring'
USAGE = 'ring-ab [OPTION]... [--] COMMAND [ARG]...'
DESCRIPTION = """\
Run COMMAND natively and under ring-shim, in turn, under the same load, and
tell by how much they differ and how sure that is.  COMMAND is a server, which
is started for each run, waited for until it listens, loaded and stopped; with
--batch it is a program that ends by itself.
"""
EPILOG = """\
Exit status: 0 all was measured; 1 a run failed; 2 wrong usage; 126 and 127 a
command cannot be executed or was not found; 130 and 143 interrupted.

  ring-ab -c 64 -- ./legacy_server -p 8080
  ring-ab -c 64,1000 --html report.html -- ./legacy_server -p 8080
  ring-ab --load 'wrk -t1 -c64 -d3 http://127.0.0.1:{port}/' -- ./server
  ring-ab --batch -- ./client --requests 10000
  ring-ab --aa -c 64 -- ./legacy_server     # how much is noise here?
"""


class Parser(argparse.ArgumentParser):
    """One line for an error, instead of the whole usage."""

    def error(self, message):
        raise Usage(f'{message}; see ring-ab --help')

    def _print_message(self, message, file=None):
        print(message, end='', file=file or sys.stdout, flush=True)


def whole(low, high=10**9):
    def parse(text):
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f"'{text}' is not a whole number from {low} to {high}")
        return value
    return parse


def positive(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number above 0 and up to 1000000")
    return value


def wholes(low, high):
    return lambda text: [whole(low, high)(part) for part in text.split(',')]


def names(text):
    if not text or '' in text.split(','):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of arms")
    return text.split(',')


def words(text):
    try:
        found = shlex.split(text)
    except ValueError as why:
        raise argparse.ArgumentTypeError(f"'{text}': {why}") from None
    if not found:
        raise argparse.ArgumentTypeError('the command is empty')
    return found


def ready(text):
    """(kind, where): tcp or udp and a port, or unix and a path."""
    kind, _, where = text.partition(':')
    if kind in ('tcp', 'udp'):
        return kind, whole(1, 65535)(where)
    if kind == 'unix' and where:
        return kind, where
    raise argparse.ArgumentTypeError(
        f"'{text}' is not tcp:PORT, udp:PORT or unix:PATH")


def cpu_set(text):
    """{0, 1, 4} of '0-1+4'."""
    cpus = set()
    for part in text.split('+'):
        low, _, high = part.partition('-')
        low = whole(0, 65535)(low)
        cpus.update(range(low, (whole(low, 65535)(high) if high else low) + 1))
    missing = cpus - os.sched_getaffinity(0)
    if missing:
        raise argparse.ArgumentTypeError(
            f'CPU {min(missing)} is not one that may be used here')
    return cpus


def pins(text):
    """{'server': cpus, 'load': cpus}"""
    if text == 'none':
        return {}
    found = {}
    for part in text.split(','):
        who, colon, cpus = part.partition(':')
        if who not in ('server', 'load') or not colon:
            raise argparse.ArgumentTypeError(
                f"'{part}' is not server:CPUS or load:CPUS, with CPUS such "
                'as 0, 0-3 or 0-1+4; or the whole is not none')
        found[who] = cpu_set(cpus)
    return found


def default_pins():
    """The load on the last CPU, the server on the others."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        return {}
    return {'server': set(cpus[:-1]), 'load': {cpus[-1]}}


def signal_named(text):
    name = text.upper()
    name = name if name.startswith('SIG') else 'SIG' + name
    try:
        return signal.Signals[name]
    except KeyError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not the name of a signal") from None


def parser():
    p = Parser(prog='ring-ab', usage=USAGE, description=DESCRIPTION,
               epilog=EPILOG, allow_abbrev=False,
               formatter_class=argparse.RawDescriptionHelpFormatter)
    add = p.add_argument_group('what is compared').add_argument
    add('--arms', type=names, default=None, metavar='LIST',
        help=f'of native, epoll, uring, auto, off ({ARMS}); the first is '
        'what the others are compared with')
    add('--arm', action='append', default=[], metavar='NAME=SPEC',
        help="one more arm: [@ARM] [VAR=VALUE]... [COMMAND...]")
    add('--aa', action='store_true',
        help='native against itself: how much is noise')
    add('--batch', action='store_true',
        help='the command is a client or a batch program: it ends by itself')
    add('--helper', type=words, metavar='CMD', help='with --batch: a server '
        'that runs meanwhile, natively; {port} in the command is its port')
    add('--models', action='store_true', help='the classic models of a '
        'server, and the blocking one under the shim (needs a build tree)')
    add = p.add_argument_group('load, by ring-load').add_argument
    add('-c', '--connections', type=wholes(1, 10**6), default=None,
        metavar='N[,N]...', help='connections, one comparison for each (64)')
    add('-d', '--duration', type=positive, metavar='SEC',
        help='that count, of each run (2)')
    add('-n', '--requests', type=whole(1), metavar='N',
        help='instead of a duration')
    add('-R', '--rate', type=positive, help='open loop, requests a second')
    add('--close', type=lambda text: text and whole(1)(text), metavar='N',
        help='one request per connection, or N (--close=N)')
    add('--proto', choices=('http', 'echo', 'udp'), default='http')
    add('--path', default='/', help='what to ask for (/)')
    add('--size', type=whole(1, 1 << 30), metavar='BYTES')
    add('--warmup', type=positive, default=0.5, metavar='SEC',
        help='before what counts (0.5)')
    add('--timeout', type=positive, metavar='SEC',
        help='longest wait for an answer')
    add = p.add_argument_group('load, by another command').add_argument
    add('--load', type=words, metavar='CMD', help='wrk, ab, hey or ring-load, '
        'whose report is read, or anything, which is timed; {port} in it is '
        "the server's port")
    add('--limit', type=positive, default=600, metavar='SEC',
        help='longest time for it, and for a batch program (600)')
    add = p.add_argument_group('how').add_argument
    add('--rounds', type=whole(1, 10000), default=None, metavar='N',
        help='runs of each arm (10)')
    add('--shuffle', type=lambda text: text == '' or whole(0, 2**32)(text),
        metavar='SEED', help='a new order for each round, from a seed that '
        'is told; otherwise there and back (ABBA)')
    add('--ready', type=ready, default=(None, None), metavar='tcp:PORT',
        help='what the server listens on: also udp:PORT, unix:PATH '
        '(found out)')
    add('--pin', type=pins, default=None, metavar='server:CPUS,load:CPUS',
        help='CPUS such as 0, 0-3, 0-1+4; none to pin nothing (the load on '
        'the last CPU, the server on the others)')
    add('--stop', type=signal_named, default=signal.SIGTERM, metavar='SIGNAL',
        help='that ends the server (TERM)')
    add('--patience', type=positive, default=20, metavar='SEC',
        help='for the server to start, and to end (20)')
    add('--nice', type=int, default=0, help='of the servers and the load')
    add('--count', default='auto',
        choices=('auto', 'ring-count', 'perf', 'rusage', 'no'),
        help='count switches and system calls in runs apart, with which tool '
        '(auto: the best that works)')
    add('--no-count', dest='count', action='store_const', const='no',
        help='no such runs')
    add('--thousands', type=whole(1, 10**6), default=20, metavar='N',
        help='of requests in a counting run (20)')
    add('--keep-going', action='store_true',
        help='a failed arm is left out, and the others go on')
    add = p.add_argument_group('reports').add_argument
    add('--json', metavar='FILE', help='all samples and what came of them')
    add('--html', metavar='FILE', help='one file with charts')
    add('--markdown', action='store_true', help='tables as Markdown')
    add('--from', dest='from_file', metavar='FILE',
        help='measure nothing: the reports of an earlier --json')
    add('--title', help='of the HTML')
    add('-q', '--quiet', action='store_true', help='no progress line')
    add = p.add_argument_group('where things are').add_argument
    add('--build', metavar='DIR', help='a build tree of ring-shim')
    add('--shim', metavar='FILE', help='the libring-shim.so to use')
    add('-V', '--version', action='version', version=f'ring-ab {VERSION}')
    p.add_argument('command', nargs=argparse.REMAINDER,
                   help=argparse.SUPPRESS)
    return p


LOAD_OPTIONS = 'connections', 'duration', 'requests', 'rate', 'close', 'size'


def check(o):
    """What excludes what."""
    if o.command[:1] == ['--']:
        o.command = o.command[1:]
    special = o.models or o.from_file
    if special and o.command:
        raise Usage(f'--{"models" if o.models else "from"} takes no command')
    if not o.command and not special:
        raise Usage('a command is wanted: ring-ab [OPTION]... -- COMMAND; '
                    'see ring-ab --help')
    if o.requests and o.duration:
        raise Usage('-n and -d exclude each other')
    if o.load and o.batch:
        raise Usage('--batch and --load exclude each other')
    if o.helper and not o.batch:
        raise Usage('--helper is for --batch')
    if o.load or o.batch:
        given = [k for k in LOAD_OPTIONS if getattr(o, k) is not None]
        if given:
            raise Usage(f'--{given[0]} is for a load by ring-load, which '
                        f'--{"load" if o.load else "batch"} excludes')
    if o.aa and (o.arms or o.arm):
        raise Usage('--aa has arms of its own')


# Their value is optional and comes after "=", so that a command may follow.
OPTIONAL = {'--close': '--close=', '--shuffle': '--shuffle=',
            '--count': '--count=auto'}


def settled(argv):
    """The words, with an empty value where an optional one is not given."""
    end = argv.index('--') if '--' in argv else len(argv)
    return [OPTIONAL.get(word, word) for word in argv[:end]] + argv[end:]


def parse(argv):
    try:
        o = parser().parse_args(settled(argv))
        check(o)
    except argparse.ArgumentTypeError as why:
        raise Usage(str(why)) from None
    o.arms = o.arms or ARMS.split(',')
    o.pin = default_pins() if o.pin is None else o.pin
    return o
