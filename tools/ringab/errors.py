"""What stops a run.

Failed carries one sentence for the user and, where a program of theirs is to
blame, the end of what that program had written to standard error.  Usage is a
wrong command line: status 2.  Interrupted is raised by the signal handlers,
once; it is no Exception, so that only what must clean up sees it.
"""


class Failed(Exception):
    """A run that gives no numbers."""

    def __init__(self, why, said='', status=1):
        super().__init__(why)
        self.said = said
        self.status = status


class Usage(Exception):
    """The command line asks for what cannot be."""

    def __init__(self, why, status=2):
        super().__init__(why)
        self.status = status


class Interrupted(BaseException):
    """A signal asked us to end."""

    def __init__(self, signum):
        super().__init__(signum)
        self.signum = signum
