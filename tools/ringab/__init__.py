"""ring-ab: is the same program, under ring-shim, better, and by how much?

The package behind the command.  From the bottom up:

    errors.py    Failed, the one way in which a run says that it has no numbers
    stats.py     medians, intervals, tests; knows nothing of servers
    proc.py      what /proc tells of a tree of processes
    child.py     starting commands, and leaving none behind
    places.py    where the shim, ring-load and the model servers are
    arms.py      the arms of a comparison: commands and their environments
    load.py      load commands, and how what they print is read
    server.py    a server from its start, over its readiness, to its end
    count.py     switches and system calls, in runs of their own
    measure.py   one run of one arm: a sample
    plan.py      cells (one load, several arms, many rounds) and their order
    summary.py   what the samples of a cell come to, and the plain sentence
    text.py      the report for a terminal
    svg.py       charts
    page.py      the report as one HTML file
    machine.py   what was measured on
    models.py    the classic models of a server, as cells
    options.py   the command line
    main.py      the order of things, and the exit status

A result is one dictionary, the same that --json writes: the reports are made
from it and from nothing else, so `--from FILE` can make them again later.

Nothing here needs more than Python 3.11's standard library and Linux.
"""

VERSION = 'dev'     # the command sets the real one
SCHEMA = 1
