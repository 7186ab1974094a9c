"""The arms of a comparison.

An arm is a name, an environment and a command.  These are built in:

    native    the command as it is, with no shim in it
    epoll     the command under the shim, on the epoll engine
    uring     the same on io_uring
    auto      the same on whichever engine the shim chooses
    off       the shim loaded and told to do nothing: what it costs to be there

More are made with --arm NAME='[@BASE] [VAR=VALUE]... [COMMAND ARG...]', where
@BASE takes over another arm's environment and the command, if there is none,
is that of all arms:

    --arm 'one=@uring RING_SHIM_CARRIERS=1'
    --arm 'rewrite=./server_epoll -p 8080'

The environment alone makes an arm: LD_PRELOAD, prepended to what is there, and
RING_SHIM_ENGINE.  The user's other RING_SHIM_ variables hold in all arms; but
the native one is rid of the shim even where the user's environment has it.
"""

import os
import re
import shlex

from .errors import Usage

ENGINES = {'epoll': 'epoll', 'uring': 'uring', 'auto': None, 'off': 'off'}
BUILT_IN = ('native', *ENGINES)
NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]*\Z')
ASSIGNMENT = re.compile(r'[A-Za-z_][A-Za-z0-9_]*=')


class Arm:
    """One of the things that are compared."""

    def __init__(self, name, argv, env=None, shim=None, label=None):
        self.name, self.argv, self.env = name, argv, env or {}
        self.shim = shim            # the file that has to be mapped, or None
        self.label = label or name

    @property
    def engine(self):
        return self.env.get('RING_SHIM_ENGINE') if self.shim else None

    def as_dict(self):
        return {'name': self.name, 'label': self.label, 'command': self.argv,
                'environment': self.env}


def without_shim():
    """LD_PRELOAD as it is for us, but for any ring-shim in it."""
    kept = [p for p in re.split('[ :]+', os.environ.get('LD_PRELOAD', ''))
            if p and os.path.basename(p) != 'libring-shim.so']
    return ':'.join(kept)


def native_env():
    return {'LD_PRELOAD': without_shim()} if 'LD_PRELOAD' in os.environ else {}


def shim_env(shim, engine):
    """Under the shim; it says at exit what it did."""
    others = without_shim()
    env = {'LD_PRELOAD': f'{shim}:{others}' if others else shim,
           'RING_SHIM_VERBOSE': '1'}
    if engine:
        env['RING_SHIM_ENGINE'] = engine
    return env


def built_in(name, argv, shim):
    """@shim: a function that finds the file, called only if it is needed."""
    if name == 'native':
        return Arm(name, argv, native_env())
    if name not in ENGINES:
        raise Usage(f"there is no arm '{name}'; there are "
                    f"{', '.join(BUILT_IN)} and those made with --arm")
    path = shim()
    return Arm(name, argv, shim_env(path, ENGINES[name]), path)


def own(text, argv, shim):
    """An arm made with --arm."""
    name, equals, rest = text.partition('=')
    if not equals or not NAME.match(name):
        raise Usage(f"--arm: '{text}' is not NAME='[@BASE] [VAR=VALUE]... "
                    "[COMMAND]'")
    try:
        words = shlex.split(rest)
    except ValueError as why:
        raise Usage(f'--arm {name}: {why}') from None
    base = 'native'
    if words and words[0].startswith('@'):
        base = words.pop(0)[1:]
    arm = built_in(base, argv, shim)
    while words and ASSIGNMENT.match(words[0]):
        variable, _, value = words.pop(0).partition('=')
        arm.env[variable] = value
    return Arm(name, words or argv, arm.env, arm.shim)


def chosen(names, extra, argv, shim):
    """All arms of a command line, in order, the first being the base."""
    arms = [built_in(n, argv, shim) for n in names]
    arms += [own(text, argv, shim) for text in extra]
    seen = set()
    for arm in arms:
        if arm.name in seen:
            raise Usage(f"the arm '{arm.name}' is there twice")
        if not arm.argv:
            raise Usage(f"the arm '{arm.name}' has no command")
        seen.add(arm.name)
    return arms


def same_twice(argv):
    """The arms of --aa: the same thing under two names."""
    return [Arm('native', argv, native_env()),
            Arm('again', argv, native_env(), label='native again')]
