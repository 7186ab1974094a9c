"""Starting commands, and leaving none behind.

Every command gets a process group of its own, so that a Ctrl-C at the terminal
reaches ring-ab alone, which then decides what ends how.  A group and not a
session: a session would also be a scheduling group of its own, in which a
nice value means nothing.

Nobody survives.  A direct child asks the kernel to be killed when ring-ab
dies, whatever it dies of.  Below that, ring-ab is a subreaper: processes whose
parents have gone become its own children instead of init's, so all that were
ever started can be found below it, daemons too, and sweep() kills them.  The
sweep is in the way of every exit but SIGKILL.

What commands print goes to files without a name, never to pipes, so nobody
blocks on us and the end of it can be shown when something goes wrong.
"""

import ctypes
import os
import select
import signal
import subprocess
import tempfile
import time

from . import proc
from .errors import Failed, Interrupted

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TAIL = 4000         # bytes of what a command said that are shown
STUBBORN = 200      # rounds of killing before we give up on a tree

LIBC = ctypes.CDLL(None, use_errno=True)


def prepared(cpus, nice):
    """What a child does between fork and exec."""
    mother = os.getpid()

    def prepare():
        os.setpgid(0, 0)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != mother:
            os._exit(125)
        if nice:
            os.nice(nice)
        if cpus:
            os.sched_setaffinity(0, cpus)
    return prepare


class Child:
    """A command from its start to wait4()."""

    def __init__(self, argv, env=None, cpus=None, nice=0, fds=()):
        self.argv = argv
        self.out = tempfile.TemporaryFile()
        self.err = tempfile.TemporaryFile()
        self.usage = self.status = None
        self.started = time.monotonic()
        try:
            self.popen = subprocess.Popen(
                argv, env={**os.environ, **(env or {})}, pass_fds=fds,
                stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
                preexec_fn=prepared(cpus, nice))
        except OSError as why:
            raise Failed(f'cannot run {argv[0]}: {why.strerror}', status=(
                127 if isinstance(why, FileNotFoundError) else 126)) from None
        except subprocess.SubprocessError as why:
            raise Failed(f'cannot prepare {argv[0]}: {why}') from None
        self.pid = self.popen.pid
        self.fd = os.pidfd_open(self.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.usage is None:
            self.send(signal.SIGKILL)
            self.reap()
        os.close(self.fd)
        self.out.close()
        self.err.close()

    def send(self, signum):
        """Signal the child itself; false if it has ended."""
        if self.usage is not None:
            return False
        try:
            os.kill(self.pid, signum)
        except ProcessLookupError:
            return False
        return True

    def over(self, seconds=0):
        """Has it ended, or does it within so many seconds?"""
        return (self.usage is not None
                or bool(select.select([self.fd], [], [], seconds)[0]))

    def reap(self):
        """Wait for its end: its status as Python has it (-N: signal N)."""
        if self.usage is None:
            _, status, self.usage = os.wait4(self.pid, 0)
            self.ended = time.monotonic()
            self.status = os.waitstatus_to_exitcode(status)
            self.popen.returncode = self.status
        return self.status

    def said(self, file=None):
        """The end of what it wrote to standard error, or to @file."""
        file = file or self.err
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        return file.read().decode('utf-8', 'replace')

    def output(self):
        """All it wrote to standard output."""
        self.out.seek(0)
        return self.out.read().decode('utf-8', 'replace')


def how_it_ended(status):
    if status < 0:
        try:
            return f'killed by {signal.Signals(-status).name}'
        except ValueError:
            return f'killed by signal {-status}'
    return f'exit status {status}'


def become_reaper():
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def sweep(spare=()):
    """Kill and reap all that is left below us, but for @spare and below."""
    me = os.getpid()
    for _ in range(STUBBORN):
        left = proc.descendants(me, spare)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for pid in left:
            reap_orphan(pid)
        time.sleep(0.005)


def reap_orphan(pid):
    """Reap it if it is our child and has ended."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except OSError:
        pass


def on_signals():
    """The first of these signals raises Interrupted; later ones do nothing,
    so that what ends the others is not ended itself."""
    signals = signal.SIGINT, signal.SIGTERM, signal.SIGHUP

    def handler(signum, _):
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signum)

    for each in signals:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, handler)
