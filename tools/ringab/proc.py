"""What /proc tells of a tree of processes.

A server may be many processes: a parent that only waits and workers that do
everything, some of which end meanwhile.  So everything is read of a tree, and
the tree is found by asking every process for its parent: one pass over /proc,
whose cost does not depend on the number of threads, and a server here may have
ten thousand of them.

CPU time.  Each process has a CPU clock with nanoseconds, which includes its
ended threads.  Ended processes are in their parent's cutime and cstime, which
have clock ticks.  The split into user and system comes in ticks from
/proc/PID/stat, so a share of the kernel needs tens of ticks to mean anything.
Lost is a process that ended and was not waited for by its parent.

Sockets are found in the table of the process's own network namespace, and are
the tree's if one of its processes has a descriptor of that inode.  Where the
descriptors may not be read (a server that changed its user) the port alone has
to do.
"""

import os
import time

TICK = os.sysconf('SC_CLK_TCK')
LISTEN = '0A'           # in /proc/net/tcp
UNCONNECTED = '07'      # in /proc/net/udp


def text_of(path):
    """A file of /proc, or '' if its process has gone or is not ours."""
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            return f.read()
    except OSError:
        return ''


def stat(pid):
    """The fields of /proc/PID/stat from the third (state) on, or []."""
    return text_of(f'/proc/{pid}/stat').rpartition(')')[2].split()


def parents():
    """{pid: parent} of all processes there are."""
    found = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            fields = stat(name)
            if fields:
                found[int(name)] = int(fields[1])
    return found


def descendants(root, without=()):
    """All below root, but not those of @without nor what is below them."""
    below = {}
    for pid, parent in parents().items():
        below.setdefault(parent, []).append(pid)
    found, look = [], [root]
    while look:
        for pid in below.get(look.pop(), ()):
            if pid not in without:
                found.append(pid)
                look.append(pid)
    return found


def cpu_ns(pid):
    """The CPU time that it and its ended threads took."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


class Reading:
    """CPU times of a tree at one moment."""

    def __init__(self, pids):
        self.at = time.monotonic()
        self.pids = set(pids)
        self.ns = self.user = self.system = self.ended = 0
        for pid in pids:
            fields = stat(pid)
            if not fields:
                continue
            user, system, ended_user, ended_system = map(int, fields[11:15])
            self.ns += cpu_ns(pid)
            self.ended += ended_user + ended_system
            self.user += user + ended_user
            self.system += system + ended_system

    def since(self, before):
        """What was used between two readings, as a dictionary; no CPU time
        if processes ended whose time is nowhere to be found."""
        if before.pids - self.pids and self.ended == before.ended:
            return {'seconds': self.at - before.at, 'cpu_ns': None,
                    'kernel_share': None}
        user = max(0, self.user - before.user)
        system = max(0, self.system - before.system)
        ns = self.ns - before.ns + (self.ended - before.ended) * 10**9 // TICK
        return {'seconds': self.at - before.at, 'cpu_ns': max(0, ns),
                'kernel_share': (system / (user + system)
                                 if user + system else None)}


def peak_memory(pids):
    """The sum of the processes' peak resident sizes, in bytes."""
    total = 0
    for pid in pids:
        for line in text_of(f'/proc/{pid}/status').splitlines():
            if line.startswith('VmHWM:'):
                total += int(line.split()[1]) << 10
    return total


def threads(pids):
    """How many threads there are."""
    return sum(int(fields[17]) for fields in map(stat, pids) if fields)


def sockets_of(pids):
    """The inodes of all sockets of these processes, and whether all of them
    could be looked at."""
    inodes, complete = set(), True
    for pid in pids:
        try:
            for fd in os.scandir(f'/proc/{pid}/fd'):
                target = os.readlink(fd.path)
                if target.startswith('socket:['):
                    inodes.add(target[8:-1])
        except PermissionError:
            complete = False
        except OSError:
            pass
    return inodes, complete


def bound(proto, pid='self'):
    """[(port, inode)] of listening TCP or of unconnected UDP sockets."""
    want = LISTEN if proto == 'tcp' else UNCONNECTED
    found = []
    for table in proto, proto + '6':
        for line in text_of(f'/proc/{pid}/net/{table}').splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[3] == want:
                found.append((int(fields[1].rpartition(':')[2], 16),
                              fields[9]))
    return found


def ports_of(pids, proto):
    """The ports on which these processes listen, in order of size."""
    inodes, complete = sockets_of(pids)
    if not inodes and complete:
        return []
    table = {}
    for pid in pids:
        table.update({inode: port for port, inode in bound(proto, pid)})
        if table:
            break
    return sorted({port for inode, port in table.items()
                   if inode in inodes and port})


def port_is_taken(port, proto, pid='self'):
    return any(port == p for p, _ in bound(proto, pid))


def has_mapped(pids, path):
    """Is this file mapped into one of them?"""
    return any(path in text_of(f'/proc/{pid}/maps') for pid in pids)


def has_ring(pids):
    """Has one of them an io_uring?"""
    for pid in pids:
        try:
            for fd in os.scandir(f'/proc/{pid}/fd'):
                if os.readlink(fd.path) == 'anon_inode:[io_uring]':
                    return True
        except OSError:
            pass
    return False


class Noise:
    """How much CPU everything that is not ours takes meanwhile."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        """(time, busy seconds of all CPUs, CPU of our descendants)"""
        fields = text_of('/proc/stat').splitlines()[0].split()[1:9]
        user, nice, system, _, _, *rest = map(int, fields)
        tree = [os.getpid(), *descendants(os.getpid())]
        ours = Reading(tree)
        return (time.monotonic(), (user + nice + system + sum(rest)) / TICK,
                ours.ns / 1e9 + ours.ended / TICK)

    def share(self):
        """In CPUs: 1 is one whole CPU."""
        (t0, busy0, ours0), (t1, busy1, ours1) = self.start, self.now()
        took = (busy1 - busy0) - (ours1 - ours0)
        return max(0.0, took / (t1 - t0)) if t1 > t0 else 0.0
