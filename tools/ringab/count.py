"""Switches and system calls, counted in runs of their own.

Counting costs time, so no timed run is counted and no counted run is timed.
Three backends, the best one that works here:

    ring-count  eBPF: switches by the system call that blocked, system calls
    perf        switches and system calls, if the kernel lets us
    rusage      switches alone, from wait4(): always there

What is counted is the server's whole life, start and end included.  With
ring-load that is done twice, once with one request per connection and once
with many, and the difference is told per request, so that start, connections
and end cancel out.  With another load it is one run, told per request that the
load reports; for a batch program it is one run, told whole.

Of an arm under the shim ring-count also tells what the library counts itself:
the waits that stayed in user space (parks, but for sends, which would hardly have
waited), and the switches saved by that, as it estimates them.
"""

import json
import shutil
import subprocess
import tempfile

from . import measure
from .errors import Failed

EVENTS = 'context-switches,raw_syscalls:sys_enter'


class Counts(dict):
    """Numbers by name; those of `blocked` and `calls` by call."""

    MAPS = 'blocked', 'calls'

    def scaled(self, less, by):
        """(self - less) / by, for every number that is there."""
        out = Counts()
        for key, value in self.items():
            if key in self.MAPS:
                was = less.get(key, {})
                out[key] = {name: (n - was.get(name, 0)) / by
                            for name, n in value.items()}
            elif key == 'drops':
                out[key] = value + less.get(key, 0)
            elif value is not None:
                out[key] = (value - (less.get(key) or 0)) / by
        return out


class Rusage:
    """What wait4() knows anyway."""

    name = 'rusage'

    def wrap(self):
        return []

    def read(self, switches):
        return Counts(switches=sum(switches), involuntary=switches[1])


class Perf:
    """perf stat.  So that a server dies with it, setpriv, if it is there."""

    name = 'perf'
    die_too = (['setpriv', '--pdeathsig', 'KILL'] if shutil.which('setpriv')
               else [])

    def __init__(self):
        self.file = None

    def wrap(self):
        self.file = tempfile.NamedTemporaryFile('r')
        return ['perf', 'stat', '-x,', '-o', self.file.name, '-e', EVENTS,
                '--', *self.die_too]

    def read(self, switches):
        with self.file:
            found = [line.split(',')[0] for line in self.file
                     if line[:1].isdigit()]
        if len(found) != 2:
            raise Failed('perf counted nothing')
        return Counts(switches=int(found[0]), syscalls=int(found[1]))

    @staticmethod
    def works():
        if not shutil.which('perf'):
            return False
        with tempfile.NamedTemporaryFile('r') as out:
            done = subprocess.run(
                ['perf', 'stat', '-x,', '-o', out.name, '-e', EVENTS, '--',
                 'true'], capture_output=True, stdin=subprocess.DEVNULL)
            return (done.returncode == 0
                    and sum(line[:1].isdigit() for line in out) == 2)


class RingCount:
    """ring-count, where the kernel lets it use eBPF."""

    name = 'ring-count'

    def __init__(self, program):
        self.program, self.file = program, None

    def wrap(self):
        self.file = tempfile.NamedTemporaryFile('r')
        return [self.program, '--json', f'--output={self.file.name}', '--']

    def read(self, switches):
        with self.file:
            try:
                found = json.load(self.file)
                total = found['total']
                return self.counts(found, total)
            except (ValueError, KeyError, TypeError) as why:
                raise Failed(f'ring-count told nothing ({why})') from None

    @staticmethod
    def parks(total):
        """None natively, and from a ring-count that does not tell."""
        parks = total.get('shim_parks')
        return parks and parks - (total.get('shim_parked_sends') or 0)

    @classmethod
    def counts(cls, found, total):
        calls = total['calls']
        return Counts(
            switches=(total['voluntary_switches']
                      + total['involuntary_switches']),
            involuntary=total['involuntary_switches'],
            syscalls=sum(c['calls'] for c in calls.values()),
            blocked={n: c['voluntary_switches'] for n, c in calls.items()
                     if c['voluntary_switches']},
            calls={n: c['calls'] for n, c in calls.items() if c['calls']},
            parks=cls.parks(total), saved=total.get('saved_switches'),
            drops=found['drops'] or 0)

    def works(self):
        wrap = self.wrap()
        with self.file:
            done = subprocess.run([*wrap, 'true'], capture_output=True,
                                  stdin=subprocess.DEVNULL)
            try:
                found = json.load(self.file)
            except ValueError:
                return False
            return done.returncode == 0 and found['backend'] != 'proc'


def ring_count(places):
    """The backend, or None."""
    program = places.tool('ring-count')
    tool = program and RingCount(program)
    return tool if tool and tool.works() else None


def backend(wanted, places):
    """The backend to use: (it, or None if counting is off; why not)."""
    if wanted == 'no':
        return None, None
    if wanted in ('auto', 'ring-count'):
        tool = ring_count(places)
        if tool or wanted == 'ring-count':
            return tool, 'it is not there, or may not use eBPF here'
    if wanted in ('auto', 'perf') and Perf.works():
        return Perf(), None
    if wanted == 'perf':
        return None, 'perf cannot count system calls here'
    return Rusage(), None


def once(cell, arm, how, tool, plan):
    """(requests or None, Counts) of one run."""
    wrap = tool.wrap()
    if not plan:
        _, usage = measure.batch(arm, how, wrap)
        return None, tool.read((usage.ru_nvcsw, usage.ru_nivcsw))
    found, server = measure.serve(arm, plan, how, wrap)
    return found['requests'], tool.read(server.switches())


def count(cell, arm, how, tool, thousands):
    """Counts per request, or of a whole run, of one arm of a cell."""
    plan = cell.load
    if hasattr(plan, 'counting'):
        few = plan.counting(plan.conns)
        many = plan.counting(plan.conns * 9 + 1000 * thousands)
        n0, before = once(cell, arm, how, tool, few)
        n1, after = once(cell, arm, how, tool, many)
        return {**after.scaled(before, n1 - n0), 'per': 'request',
                'backend': tool.name, 'requests': n1 - n0}
    requests, counts = once(cell, arm, how, tool, plan)
    per = 'request' if requests else 'run'
    return {**counts.scaled({}, requests or 1), 'per': per,
            'backend': tool.name, 'requests': requests}
