"""A server from its start, over its readiness, to its end.

Its processes are all that is below ring-ab but for the load, a helper and
whatever the server was wrapped in to count it: so a server may fork workers,
or become a daemon, and is still seen whole.

Ready means that it listens, which is looked up, not tried: a connection made
to find out would be one more that the server has served, and might be the one
that its first thread is made for.  Before the start the port must be free, or
somebody else would be measured.

To the end: a signal, and a time in which all its processes have to go.  What
it says on standard error is kept, and is shown when something went wrong.
"""

import os
import re
import signal
import time

from . import proc
from .child import Child, how_it_ended, sweep
from .errors import Failed

LOOK = 0.005            # seconds between looks at whether it is ready
CLOSE = 20              # of so many looks, one is at every process
REST = 2                # seconds for workers once their parent has gone
SAYS = re.compile(r'^ring-shim: engine ([^\s,]+)(.*)$', re.M)
NUMBERS = re.compile(r'([a-z][a-z -]*[a-z]) (\d+)')


def shim_report(said):
    """What the shim said at exit, as a dictionary, or None.  If several
    processes said something, their numbers are added."""
    report = None
    for engine, rest in SAYS.findall(said):
        report = report or {'engine': engine}
        if engine not in ('none', 'off'):
            report['engine'] = engine
        for name, value in NUMBERS.findall(rest):
            report[name] = report.get(name, 0) + int(value)
    return report


class Server:
    """An arm's command while it serves.  A context: it is gone at the end."""

    def __init__(self, arm, how, proto='tcp', wrap=()):
        self.arm, self.how, self.proto = arm, how, proto
        self.beside = set()         # processes that are not the server's
        self.child, self.usages = None, []
        self.looks, self.seen = 0, None
        self.note = None
        kind, where = how.ready
        if kind in ('tcp', 'udp') and proc.port_is_taken(where, kind):
            raise Failed(f'port {where} is taken: somebody else listens there')
        if wrap:
            env = [f'{k}={v}' for k, v in arm.env.items()]
            self.child = Child([*wrap, 'env', *env, *arm.argv], None,
                               how.server_cpus, how.nice)
            self.beside.add(self.child.pid)
        else:
            self.child = Child(arm.argv, arm.env, how.server_cpus, how.nice)
        self.wrapped = bool(wrap)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.__exit__()       # first, for what it used is kept there
        sweep(self.beside - {self.child.pid})

    def pids(self):
        """All processes of the server."""
        wrapper = {self.child.pid} if self.wrapped else set()
        return [p for p in proc.descendants(os.getpid(),
                                            self.beside - wrapper)
                if p not in wrapper]

    def roots(self):
        """Those whose parent is not one of the server's."""
        pids = self.pids()
        above = proc.parents()
        return [p for p in pids if above.get(p) not in pids]

    def said(self):
        return self.child.said()

    def failed(self, why):
        return Failed(why, self.said())

    def check_alive(self):
        """It may have become a daemon, but not have ended."""
        if self.child.over():
            self.child.reap()
            if not self.pids():
                raise self.failed('the server died: '
                                  + how_it_ended(self.child.status))

    def port_now(self):
        """The port it listens on, a socket's path, or None yet."""
        kind, where = self.how.ready
        if kind == 'unix':
            lines = proc.text_of('/proc/net/unix').splitlines()
            return where if any(
                f[3] == '00010000' and f[-1] == where
                for f in map(str.split, lines) if len(f) > 7) else None
        if kind in ('tcp', 'udp'):
            return where if proc.port_is_taken(where, kind) else None
        if not self.worth_a_look():
            return None
        ports = proc.ports_of(self.pids(), self.proto)
        if len(ports) > 1:
            raise self.failed(
                'the server listens on several ports ('
                + ', '.join(map(str, ports))
                + f'): name one with --ready {self.proto}:PORT')
        return ports[0] if ports else None

    def worth_a_look(self):
        """A look at all processes is dear: only if there are new sockets, and
        now and then, in case that they are in another network namespace."""
        before, self.seen = self.seen, proc.bound(self.proto)
        self.looks += 1
        return self.seen != before or self.looks % CLOSE == 0

    def wait_until_ready(self):
        """The port.  It is the server's own, unless that cannot be seen."""
        until = time.monotonic() + self.how.patience
        while time.monotonic() < until:
            port = self.port_now()
            if port:
                self.check_alive()
                self.check_owner(port)
                return port
            if self.child.over(LOOK):
                self.check_gone()
        raise self.failed(f'the server does not listen after '
                          f'{self.how.patience:g} s')

    def check_gone(self):
        """The first process has ended before anything listened."""
        self.child.reap()
        if self.pids() and not self.child.status:
            time.sleep(LOOK)        # a daemon, which may still begin
            return
        raise self.failed(
            'the program ended without ever listening ('
            + how_it_ended(self.child.status)
            + '); for a client or batch program use --batch')

    def check_owner(self, port):
        if self.how.ready[0] not in ('tcp', 'udp'):
            return
        inodes, complete = proc.sockets_of(self.pids())
        theirs = [i for p, i in proc.bound(self.how.ready[0]) if p == port]
        if complete and not inodes.intersection(theirs):
            raise self.failed(f'port {port} was taken by somebody else')

    def check_shim(self):
        """A shim that ld.so did not load would be measured as native."""
        if self.arm.shim and not proc.has_mapped(self.pids(), self.arm.shim):
            raise self.failed(
                'the shim is not in the server, which would be measured as '
                'it is natively (is it static, setuid, or does it clear '
                'LD_PRELOAD?)')

    def signal_roots(self, signum):
        for pid in self.roots():
            try:
                os.kill(pid, signum)
            except OSError:
                pass

    def reap_others(self):
        """Reap orphans that came to us, keeping what they used."""
        for pid in self.pids():
            if pid == self.child.pid:
                continue
            try:
                got, _, usage = os.wait4(pid, os.WNOHANG)
            except OSError:
                continue
            if got:
                self.usages.append(usage)

    def gone_within(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.child.over(LOOK):
                self.child.reap()
                self.reap_others()
                if not self.pids():
                    return True
                time.sleep(LOOK)
        return False

    def stop(self):
        """Ask it to end.  It has to have lived until now."""
        self.check_alive()
        signum = self.how.stop
        self.signal_roots(signum)
        if not self.gone_within(self.how.patience):
            if not self.child.over():
                raise self.failed(
                    f'the server does not end within {self.how.patience:g} s '
                    f'of {signal.Signals(signum).name} (--stop sends another)')
            self.signal_roots(signal.SIGTERM)
            if not self.gone_within(REST):
                self.note = 'workers of the server had to be killed'
                sweep(self.beside)
        self.judge_status(self.child.status)

    def judge_status(self, status):
        if status < 0 and -status not in (self.how.stop, signal.SIGTERM):
            raise self.failed('the server crashed at its end: '
                              + how_it_ended(status))
        if status > 0 and status != 128 + self.how.stop:
            self.note = f'the server ended with status {status}'

    def switches(self):
        """(voluntary, involuntary) of all that was waited for."""
        usages = [self.child.usage, *self.usages]
        return (sum(u.ru_nvcsw for u in usages),
                sum(u.ru_nivcsw for u in usages))
