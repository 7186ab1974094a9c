"""Cells, and the order in which things are run.

A cell is one load and the arms that get it.  Every round runs each arm once.
ABBA, the usual order, turns round with each round, so that an arm is as often
early as late, and drift that is linear in time falls out.  A shuffled order is
drawn for each round from a seed that is told, so that it can be had again.
"""

import random


class RingLoad:
    """A load by ring-load."""

    def __init__(self, program, args, conns=1, seconds=None, requests=None,
                 proto='http', path='/', warmup=0.5, rate=None):
        self.program, self.args = program, args
        self.conns, self.seconds, self.requests = conns, seconds, requests
        self.proto, self.path, self.rate = proto, path, rate
        self.warmup = warmup if seconds else None

    def argv(self, port, marks, cpu_of=None):
        limit = (f'-d{self.seconds:g}' if self.seconds
                 else f'-n{self.requests}')
        return [self.program, '--json', f'--marks={marks}', f'-c{self.conns}',
                limit, *([f'--warmup={self.warmup:g}'] if self.warmup else []),
                *([f'-R{self.rate:g}'] if self.rate else []),
                *([f'--cpu-of={cpu_of}'] if cpu_of else []),
                f'--proto={self.proto}', *self.args,
                f'127.0.0.1:{port}{self.path}']

    def counting(self, requests):
        """The same with so many requests, as fast as they are answered."""
        return RingLoad(self.program, self.args, self.conns, None, requests,
                        self.proto, self.path)

    def longest(self):
        """Seconds after which it has certainly gone wrong."""
        return 120 + 3 * ((self.seconds or 180) + (self.warmup or 0))

    @property
    def socket(self):
        return 'udp' if self.proto == 'udp' else 'tcp'


class OtherLoad:
    """A load by any other command, with {port} in it."""

    socket, rate = 'tcp', None

    def __init__(self, argv, limit):
        self.command, self.limit = argv, limit

    def argv(self, port, marks, cpu_of=None):
        return [word.replace('{port}', str(port)) for word in self.command]

    def longest(self):
        return self.limit


class Cell:
    """One load, its arms and its rounds.  load None: a batch program."""

    def __init__(self, title, arms, load, rounds, **more):
        self.title, self.arms, self.load = title, arms, load
        self.rounds, self.more = rounds, more


def rounds_of(arms, rounds, order, seed):
    """For each round, the arms in the order in which they are run."""
    draw = random.Random(seed)
    for number in range(rounds):
        if order == 'shuffle':
            yield draw.sample(arms, len(arms))
        elif order == 'abba' and number % 2:
            yield arms[::-1]
        else:
            yield list(arms)
