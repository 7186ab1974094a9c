"""The classic models of a server, as cells.

One piece of work, an 80-byte answer to a request, written five ways:

    threads   a blocking thread per connection   (tests/programs/http_threads)
    states    nonblocking sockets, a readiness loop and an explicit state
              machine per connection             (tests/bench/loop_states)
    epoll     an edge-triggered epoll loop       (tests/bench/loop_epoll)
    uring     an io_uring loop                   (tests/bench/loop_uring)
    shim-*    the first again, unmodified, under ring-shim on each engine

with requests on connections that stay open, and with one connection per
request; then the echo of datagrams: tests/programs/udp_echo with its threads
on one socket, and the loops again.  The
programs are part of a build tree and are not installed.  What is not there is
left out, and said; so is a number of connections for which there are not
enough descriptors.
"""

import resource

from . import arms as arm_kinds
from .errors import Usage
from .plan import Cell, RingLoad

LOOPS = {
    'states': ('readiness loop, states', 'tests/bench/loop_states'),
    'epoll': ('epoll loop', 'tests/bench/loop_epoll'),
    'uring': ('io_uring loop', 'tests/bench/loop_uring'),
}
UNDER_SHIM = {
    'shim-epoll': ('threads, ring-shim epoll', 'epoll'),
    'shim-uring': ('threads, ring-shim io_uring', 'uring'),
}
NAMES = ('threads', *LOOPS, *UNDER_SHIM)
HTTP = 'tests/programs/http_threads'
UDP = 'tests/programs/udp_echo'
UDP_THREADS = '64'
CONNS = [64, 1000, 10000]
UDP_CONNS = 64
SPARE = 64              # descriptors beside those of connections
SOMAXCONN = '/proc/sys/net/core/somaxconn'


def descriptors():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def backlog():
    """Connections that may wait to be accepted.  With more than that at once,
    one connection per request would measure how the kernel drops and repeats
    SYNs."""
    with open(SOMAXCONN, encoding='ascii') as f:
        return int(f.read())


class Models:
    """Makes the cells; what had to be left out is in .left_out."""

    def __init__(self, places, options, shim, load_args):
        self.places, self.options = places, options
        self.shim, self.load_args = shim, load_args
        self.left_out = []
        self.load = places.ring_load()

    def program(self, path):
        found = self.places.program(path)
        if not found:
            self.left_out.append(f'{path} is not there (--models needs a '
                                 'build tree of ring-shim)')
        return found

    def shim_arms(self, argv, wanted):
        for name, (label, engine) in UNDER_SHIM.items():
            if name in wanted:
                arm = arm_kinds.built_in(engine, argv, self.shim)
                yield arm_kinds.Arm(name, argv, arm.env, arm.shim, label)

    def arms_of(self, wanted, threads, more):
        """The models; @threads is the blocking one: (label, path, args)."""
        found = []
        programs = {'threads': threads,
                    **{name: (*what, more) for name, what in LOOPS.items()}}
        for name, (label, path, args) in programs.items():
            program = name in wanted and self.program(path)
            if program:
                found.append(arm_kinds.Arm(
                    name, [program, '-p', '0', *args], arm_kinds.native_env(),
                    None, label))
        if not found or found[0].name != 'threads':
            raise Usage('the model servers are not here: give a build tree '
                        'with --build, and keep the arm "threads"')
        return [*found, *self.shim_arms(found[0].argv, wanted)]

    def http_arms(self, wanted, more):
        return self.arms_of(wanted, ('threads', HTTP, more), more)

    def udp_arms(self, wanted):
        return self.arms_of(wanted, (f'{UDP_THREADS} threads, one socket',
                                     UDP, ['-t', UDP_THREADS]), ['--udp'])

    def ring_load(self, conns, args=(), proto='http'):
        o = self.options
        return RingLoad(self.load, [*self.load_args, *args], conns,
                        o.duration or 2.0, None, proto, '/', o.warmup)

    def conns(self):
        for conns in self.options.connections or CONNS:
            if conns + SPARE > descriptors():
                self.left_out.append(f'{conns} connections: the limit of '
                                     f'descriptors is {descriptors()}')
            else:
                yield conns

    def cells(self, wanted):
        rounds = self.options.rounds or 5
        arms = self.http_arms(wanted, [])
        for conns in self.conns():
            yield Cell(f'keep-alive, {conns} connections', arms,
                       self.ring_load(conns), rounds)
        arms = self.http_arms(wanted, ['--close'])
        most = backlog()
        for conns in self.conns():
            if conns >= most:
                self.left_out.append(
                    f'one request per connection at {conns} connections: '
                    'more than the listen backlog (net.core.somaxconn is '
                    f'{most})')
                continue
            yield Cell(f'one request per connection, {conns} connections',
                       arms, self.ring_load(conns, ['--close']), rounds)
        yield Cell(f'UDP echo, {UDP_CONNS} clients', self.udp_arms(wanted),
                   self.ring_load(UDP_CONNS, proto='udp'), rounds)
