"""The order of things, and the exit status."""

import errno
import json
import os
import random
import shlex
import signal
import sys
import time

from . import SCHEMA, VERSION
from . import arms as arm_kinds
from . import (child, count, machine, measure, models, options, page,
               plan, summary, text)
from .errors import Failed, Interrupted, Usage
from .places import find_command

TITLE = 64      # characters of a command in a title


def say(message):
    print(f'ring-ab: {message}', file=sys.stderr, flush=True)


class Progress:
    """A line on a terminal that leaves nothing behind."""

    def __init__(self, quiet, total):
        self.on = not quiet and sys.stderr.isatty()
        self.total, self.done, self.start = total, 0, time.monotonic()

    def show(self, what):
        if self.on:
            left = ''
            if self.done:
                each = (time.monotonic() - self.start) / self.done
                left = f', {each * (self.total - self.done):.0f} s left'
            print(f'\r\033[K{what}{left}', end='', file=sys.stderr,
                  flush=True)
        self.done += 1

    def clear(self):
        if self.on:
            print('\r\033[K', end='', file=sys.stderr, flush=True)


class Comparison:
    """All cells of one command line, and the result that they make."""

    def __init__(self, o, places):
        self.o, self.places = o, places
        self.failures, self.interrupted = [], None
        self.left_out = []
        self.seed = o.shuffle if o.shuffle is not True and \
            o.shuffle is not None else random.SystemRandom().randrange(10**6)
        self.order = 'abba' if o.shuffle is None else 'shuffle'
        self.how = measure.How(
            server_cpus=o.pin.get('server'), load_cpus=o.pin.get('load'),
            ready=o.ready, nice=o.nice, patience=o.patience, stop=o.stop,
            limit=o.limit)
        self.tool, why = count.backend(o.count, places)
        if o.count not in ('auto', 'no') and not self.tool:
            raise Usage(f'--count={o.count}: {why}')
        self.cells = list(self.make_cells())
        self.results = [self.as_dict(cell) for cell in self.cells]

    # ---- what there is to do ----

    def shim(self):
        if not self.o.shim:
            return self.places.shim()
        if not os.path.exists(self.o.shim):
            raise Usage(f'--shim: {self.o.shim} is not there')
        return os.path.realpath(self.o.shim)

    def arms(self):
        o = self.o
        if o.aa:
            return arm_kinds.same_twice(o.command)
        return arm_kinds.chosen(o.arms, o.arm, o.command, self.shim)

    def load_args(self):
        o, args = self.o, []
        if o.timeout:
            args.append(f'--timeout={o.timeout:g}')
        if o.size:
            args.append(f'--size={o.size}')
        if o.close is not None:
            args.append('--close' + (f'={o.close}' if o.close else ''))
        return args

    def make_cells(self):
        o = self.o
        if o.models:
            wanted = models.NAMES if o.arms == options.ARMS.split(',') \
                else o.arms
            if unknown := set(wanted) - set(models.NAMES):
                raise Usage(f"there is no model '{min(unknown)}'; there are "
                            + ', '.join(models.NAMES))
            makes = models.Models(self.places, o, self.shim, self.load_args())
            yield from makes.cells(wanted)
            self.left_out += dict.fromkeys(makes.left_out)
            return
        arms = self.arms()
        for arm in arms:
            find_command(arm.argv, f'the arm {arm.name}')
        what = shlex.join(o.command)
        what = what if len(what) <= TITLE else what[:TITLE - 3] + '...'
        rounds = o.rounds or 10
        if o.batch:
            self.make_helper()
            yield plan.Cell(what, arms, None, rounds)
        elif o.load:
            find_command(o.load, '--load')
            yield plan.Cell(f'{what}: {shlex.join(o.load)}', arms,
                            plan.OtherLoad(o.load, o.limit), rounds)
        else:
            yield from self.ring_load_cells(what, arms, rounds)

    def make_helper(self):
        o = self.o
        if o.helper:
            find_command(o.helper, '--helper')
            arm = arm_kinds.Arm('helper', o.helper, arm_kinds.native_env())
            self.how.helper = arm, measure.How(
                server_cpus=self.how.load_cpus, nice=o.nice, ready=o.ready,
                patience=o.patience)

    def ring_load_cells(self, what, arms, rounds):
        o = self.o
        kind = '' if o.proto == 'http' else f', {o.proto}'
        if o.close is not None:
            kind += f', {o.close or 1} request{"s" * ((o.close or 1) > 1)} ' \
                    'per connection'
        if o.rate:
            kind += f', {o.rate:g} requests/s'
        program = self.places.ring_load()
        for conns in o.connections or [64]:
            seconds = None if o.requests else o.duration or 2.0
            yield plan.Cell(
                f'{what}: {conns} connection{"s" * (conns > 1)}{kind}', arms,
                plan.RingLoad(program, self.load_args(), conns, seconds,
                              o.requests, o.proto, o.path, o.warmup, o.rate),
                rounds)

    @staticmethod
    def load_text(load):
        """The load's command as one would write it, or None."""
        words = load and [w for w in load.argv('{port}', 'FD')
                          if not w.startswith('--marks=')]
        return words and [os.path.basename(words[0]), *words[1:]]

    def as_dict(self, cell):
        """A cell as it goes into the JSON, still without numbers."""
        return {'title': cell.title, 'arms': [
                    {**arm.as_dict(), 'shim': bool(arm.shim),
                     'engine': arm.engine} for arm in cell.arms],
                'rounds': cell.rounds, 'aa': self.o.aa,
                'open_loop': bool(cell.load and cell.load.rate),
                'connections': getattr(cell.load, 'conns', None),
                'load': self.load_text(cell.load),
                'samples': [], 'counts': {}, 'summary': [], 'sentences': []}

    # ---- doing it ----

    def failed(self, cell, where, why):
        """One run gave no numbers: say so, and stop or go on."""
        message = f'{cell.title}: {where}: {why}'
        self.progress.clear()
        say(f'FAILED: {message}')
        said = getattr(why, 'said', '').strip()
        if said:
            print('\n'.join('    ' + line for line in said.splitlines()),
                  file=sys.stderr, flush=True)
        self.failures.append({'cell': cell.title, 'where': where,
                              'why': str(why), 'stderr': said})
        if not self.o.keep_going:
            raise Stop(getattr(why, 'status', 1))

    def timed(self, cell, out):
        broken = set()
        orders = plan.rounds_of(cell.arms, cell.rounds, self.order, self.seed)
        for number, arms in enumerate(orders):
            for place, arm in enumerate(arms):
                if arm.name in broken:
                    continue
                self.progress.show(f'{cell.title}: round {number + 1} of '
                                   f'{cell.rounds}, {arm.label}')
                try:
                    sample = measure.sample(cell, arm, self.how)
                except (Failed, OSError) as why:
                    broken.add(arm.name)
                    self.failed(cell, f'{arm.name}, round {number + 1}', why)
                    continue
                out['samples'].append({'arm': arm.name, 'round': number,
                                       'place': place, **sample})
        return broken

    def counted(self, cell, out, broken):
        for arm in cell.arms if self.tool else ():
            if arm.name in broken:
                continue
            self.progress.show(f'{cell.title}: counting, {arm.label}')
            try:
                out['counts'][arm.name] = count.count(
                    cell, arm, self.how, self.tool, self.o.thousands)
            except (Failed, OSError) as why:
                self.failed(cell, f'{arm.name}, counting', why)

    def run_cell(self, cell, out):
        try:
            self.counted(cell, out, self.timed(cell, out))
        finally:
            self.progress.clear()
            out['summary'] = summary.summarize(out)
            out['sentences'] = summary.sentences(out)

    def run(self, show):
        """All cells, showing each as it is done.  The exit status."""
        runs = sum(len(c.arms) * (c.rounds + bool(self.tool))
                   for c in self.cells)
        self.progress = Progress(self.o.quiet, runs)
        self.done = 0
        try:
            for cell, out in zip(self.cells, self.results):
                self.done += 1
                self.run_cell(cell, out)
                show(out)
        except Stop as why:
            show(out)
            return why.status
        except Interrupted as why:
            self.interrupted = signal.Signals(why.signum).name
            child.sweep()
            if self.done:
                show(out)
            say(f'interrupted ({self.interrupted})')
            return 128 + why.signum
        return 1 if self.failures else 0

    def result(self, before):
        o = self.o
        return {
            'schema': SCHEMA, 'tool': 'ring-ab', 'version': VERSION,
            'title': o.title, 'date': time.strftime('%Y-%m-%d'),
            'command': shlex.join(o.command), 'machine': before,
            'load_average_after': os.getloadavg(),
            'order': self.order,
            'seed': self.seed if self.order == 'shuffle' else None,
            'pin': {who: sorted(cpus) for who, cpus in o.pin.items()},
            'backend': self.tool.name if self.tool else None,
            'drops': sum(c.get('drops') or 0 for r in self.results
                         for c in r['counts'].values()),
            'interrupted': self.interrupted, 'left_out': self.left_out,
            'failures': self.failures,
            'cells': self.results[:self.done]}


class Stop(Exception):
    """After a failure, without --keep-going."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


def write(path, content):
    """A report to its file; "-" is standard output."""
    if path == '-':
        sys.stdout.write(content)
        return
    try:
        with open(path, 'w', encoding='utf-8') as f:
            f.write(content)
    except OSError as why:
        raise Failed(f'cannot write {path}: {why.strerror}') from None


def write_reports(o, result):
    if o.json:
        write(o.json, json.dumps(result, separators=(',', ':')) + '\n')
    if o.html:
        write(o.html, page.page(result))


def check_writable(o):
    """Before an hour of measuring, not after it."""
    for path in o.json, o.html:
        if path and path != '-':
            folder = os.path.dirname(path) or '.'
            if not os.path.isdir(folder) or os.path.isdir(path) or \
                    not os.access(path if os.path.exists(path) else folder,
                                  os.W_OK):
                raise Usage(f'{path} cannot be written')


def again(o):
    """The reports of an earlier result."""
    try:
        with open(o.from_file, encoding='utf-8') as f:
            result = json.load(f)
    except OSError as why:
        raise Usage(f'{o.from_file}: {why.strerror}') from None
    except ValueError:
        result = None
    if not isinstance(result, dict) or result.get('tool') != 'ring-ab':
        raise Usage(f'{o.from_file} is not what ring-ab --json writes')
    if result['schema'] != SCHEMA:
        raise Usage(f'{o.from_file} has schema {result["schema"]}, and this '
                    f'is for {SCHEMA}')
    result['title'] = o.title or result['title']
    for cell in result['cells']:
        cell['summary'] = summary.summarize(cell)
        cell['sentences'] = summary.sentences(cell)
    text.report(result, sys.stderr if '-' in (o.json, o.html) else sys.stdout,
                o.markdown)
    write_reports(o, result)
    return 0


def heading(o, comparison):
    """How it is going to be measured, in one line."""
    order = 'there and back' if comparison.order == 'abba' else \
        f'shuffled (seed {comparison.seed})'
    pinned = ', '.join(f'{who} on CPU {"+".join(map(str, sorted(cpus)))}'
                       for who, cpus in o.pin.items()) or 'nothing pinned'
    counted = f'; counted with {comparison.tool.name}' \
        if comparison.tool else ''
    return f'rounds {order}; {pinned}{counted}'


def compare(o, places):
    check_writable(o)
    child.become_reaper()
    child.on_signals()
    before = machine.describe(places)
    comparison = Comparison(o, places)
    out = sys.stderr if '-' in (o.json, o.html) else sys.stdout
    style = text.Style(out)
    for reason in comparison.left_out:
        say(f'left out: {reason}')
    print(style.dim(heading(o, comparison)), file=out, flush=True)

    def show(cell):
        print(file=out)
        for line in text.cell_text(cell, style, o.markdown):
            print(line, file=out, flush=True)

    try:
        status = comparison.run(show)
    finally:
        child.sweep()
    write_reports(o, comparison.result(before))
    return status


def main(argv, places):
    """The exit status."""
    try:
        o = options.parse(argv)
        if o.build:
            places.build = o.build
        return again(o) if o.from_file else compare(o, places)
    except Usage as why:
        say(why)
        return why.status
    except Failed as why:
        say(why)
        return why.status
    except Interrupted as why:
        return 128 + why.signum
    except OSError as why:
        if not isinstance(why, BrokenPipeError):
            say(f'cannot write: {why.strerror}' if why.errno == errno.ENOSPC
                else why)
        # nothing more is to be written at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
