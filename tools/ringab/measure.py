"""One run of one arm: a sample.

Nothing counts or traces in a timed run.  The server's CPU time, and how much
of it the kernel had, are read from /proc at the two moments that ring-load marks
(if the server is one process, ring-load reads its clock itself, and is never
late); with another load, at the start and at the end of the load.  Memory is
the sum of the peaks of the server's processes just before they are stopped.
How much CPU everything else took meanwhile is kept with each sample.

A client or a batch program is its own load: wall time, and CPU time, switches
and memory from wait4().
"""

import os
import select
import time

from . import load as loads
from . import proc
from .child import Child, how_it_ended
from .errors import Failed
from .server import Server, shim_report


class How:
    """What is the same for all runs."""

    def __init__(self, **settings):
        self.server_cpus = self.load_cpus = None
        self.ready = (None, None)
        self.nice, self.patience, self.stop, self.limit = 0, 20, 15, 600
        self.helper = None
        self.__dict__.update(settings)


class Marks:
    """The readings of a server at the ends of the time that counts."""

    def __init__(self, server):
        self.server, self.readings = server, []
        self.from_fd, self.to_fd = os.pipe()
        os.set_blocking(self.from_fd, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.from_fd)
        os.close(self.to_fd)

    def take(self):
        self.readings.append(proc.Reading(self.server.pids()))

    def look(self):
        """Read the server once for each mark that has come."""
        try:
            lines = os.read(self.from_fd, 4096).count(b'\n')
        except BlockingIOError:
            return
        for _ in range(lines):
            self.take()

    def used(self, whole, span):
        """Between the marks; or from start to end, if there were none or we
        were so late that half of the time was over."""
        first, last = whole
        if len(self.readings) >= 2:
            marked = self.readings[-1].since(self.readings[0])
            if marked['seconds'] > span / 2:
                return marked
        return last.since(first)


def watch(load, server, marks, seconds):
    """Until the load ends.  The server must not end before."""
    until = time.monotonic() + seconds
    fds = [load.fd, marks.from_fd, server.child.fd]
    while not load.over():
        left = until - time.monotonic()
        if left <= 0:
            raise server.failed(f'the load did not end within {seconds:g} s')
        ready = select.select(fds, [], [], min(left, 1))[0]
        if marks.from_fd in ready:
            marks.look()
        if server.child.fd in ready:
            server.check_alive()
            fds.remove(server.child.fd)
    marks.look()


def lone_process(server):
    """The server's process, if it has but one: ring-load can then read its
    clock by itself, at the very moments that matter."""
    pids = server.pids()
    return pids[0] if len(pids) == 1 else None


def run_load(plan, server, port, how):
    """(what the load found, what the server used meanwhile)"""
    with Marks(server) as marks:
        alone = lone_process(server)
        argv = loads.prepared(plan.argv(port, marks.to_fd, alone))
        with Child(argv, None, how.load_cpus, how.nice,
                   (marks.to_fd,)) as load:
            server.beside.add(load.pid)
            first = proc.Reading(server.pids())
            watch(load, server, marks, plan.longest())
            last = proc.Reading(server.pids())
            load.reap()
            server.check_alive()
            try:
                found = loads.read(load.output(), load.status,
                                   load.ended - load.started)
            except Failed as why:
                said = load.said() or loads.last_words(load.output())
                raise Failed(f'{why} ({how_it_ended(load.status)})', (
                    f'{said}\n' if said else '') + server.said()) from None
            used = marks.used((first, last), found.get('seconds') or 0)
            if found.get('cpu_ns') and alone == lone_process(server) and \
                    first.ended == last.ended:
                used['exact_ns'] = found['cpu_ns']
            return found, used


def serve(arm, plan, how, wrap=()):
    """One server and one load: (sample, server), the server having ended."""
    with Server(arm, how, plan.socket, wrap) as server:
        port = server.wait_until_ready()
        server.check_shim()
        found, used = run_load(plan, server, port, how)
        pids = server.pids()
        sample = {'peak_bytes': proc.peak_memory(pids),
                  'threads': proc.threads(pids), 'processes': len(pids),
                  'io_uring': proc.has_ring(pids), 'load': found}
        server.stop()
        sample['shim'] = shim_report(server.said()) if arm.shim else None
        sample['note'] = server.note
        return digest(sample, found, used), server


def digest(sample, found, used):
    """The numbers of a sample, each under the name that reports use."""
    requests = found.get('requests')
    for key in 'rate', 'p50_us', 'p90_us', 'p99_us', 'p99.9_us', 'max_us':
        sample[key] = found.get(key)
    sample['requests'] = requests
    sample['kernel_share'] = used['kernel_share']
    cpu = cpu_ns(found, used)
    if requests:
        sample['cpu_us'] = cpu and cpu / requests / 1e3
    else:
        sample['wall_s'] = found['wall_s']
        sample['cpu_s'] = cpu and cpu / 1e9
    if not cpu and not sample.get('note'):
        sample['note'] = ('processes of the server ended and were not waited '
                          'for: its CPU time is not known')
    return sample


def cpu_ns(found, used):
    """The server's CPU time while answers counted, or None."""
    if 'exact_ns' in used or not used['cpu_ns']:
        return used.get('exact_ns')
    span = found.get('seconds') or used['seconds']
    return used['cpu_ns'] / max(used['seconds'], 1e-9) * span


def batch(arm, how, wrap=()):
    """A program that ends by itself: (sample, usage)."""
    if how.helper:
        with Server(*how.helper) as helper:
            port = helper.wait_until_ready()
            found = alone(arm, how, wrap, port)
            helper.stop()
            return found
    return alone(arm, how, wrap, None)


def alone(arm, how, wrap, port):
    argv = loads.filled_in(arm.argv, port) if port else list(arm.argv)
    env = arm.env
    if wrap:
        argv = [*wrap, 'env', *(f'{k}={v}' for k, v in env.items()), *argv]
        env = None
    with Child(argv, env, how.server_cpus, how.nice) as child:
        if not child.over(how.limit):
            raise Failed(f'it did not end within {how.limit:g} s',
                         child.said())
        status = child.reap()
        if status:
            raise Failed(f'it failed: {how_it_ended(status)}', child.said())
        use = child.usage
        cpu = use.ru_utime + use.ru_stime
        return {'wall_s': child.ended - child.started, 'cpu_s': cpu,
                'kernel_share': use.ru_stime / cpu if cpu else None,
                'peak_bytes': use.ru_maxrss << 10,
                'switches_run': use.ru_nvcsw + use.ru_nivcsw,
                'shim': shim_report(child.said()) if arm.shim else None,
                }, use


def sample(cell, arm, how):
    """One timed run."""
    noise = proc.Noise()
    if cell.load:
        found = serve(arm, cell.load, how)[0]
    else:
        found = batch(arm, how)[0]
    found['noise'] = noise.share()
    return found
