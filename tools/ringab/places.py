"""Where the things are that ring-ab needs.

They lie in a build tree (ring-ab was run from there, or --build names one) or
where `make install` put them; the command knows which, and gives us the paths.
A file that is not there is only missed when something needs it.
"""

import os
import shutil

from .errors import Usage


class Places:
    """Set once by the command."""

    def __init__(self, build=None, bindir=None, libdir=None):
        self.build, self.bindir, self.libdir = build, bindir, libdir

    def first(self, *paths):
        for path in paths:
            if path and os.path.exists(path):
                return os.path.realpath(path)
        return None

    def shim(self):
        built = self.build and os.path.join(self.build,
                                            '.libs/libring-shim.so')
        there = self.libdir and os.path.join(self.libdir, 'libring-shim.so')
        found = self.first(built, there)
        if not found:
            raise Usage(f'libring-shim.so is not at {built or there}: build '
                        'or install it, or name it with --shim')
        return found

    def tool(self, name):
        """One of our own commands, or None."""
        return self.first(*(d and os.path.join(d, name)
                            for d in (self.build, self.bindir))) \
            or shutil.which(name)

    def ring_load(self):
        found = self.tool('ring-load')
        if not found:
            raise Usage('ring-load was not found; build or install it, or '
                        'give another load with --load')
        return found

    def program(self, name):
        """A program that only build trees have, or None."""
        return self.build and self.first(os.path.join(self.build, name))


def find_command(argv, what):
    """Say early that a command is not there, with the status of env(1)."""
    name = argv[0]
    path = name if '/' in name else shutil.which(name)
    if not path or not os.path.exists(path):
        raise Usage(f'{what}: {name} was not found', 127)
    if os.path.isdir(path) or not os.access(path, os.X_OK):
        raise Usage(f'{what}: {name} cannot be executed', 126)
