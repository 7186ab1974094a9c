"""What was measured on: the kernel, the processor, versions.

All of it goes into the JSON and the HTML, because a number without its machine
is no number.  Nothing that names the machine or its owner is in it.
"""

import ctypes
import os
import platform
import subprocess

from . import VERSION
from .proc import text_of

IO_URING_SETUP = 425    # x86-64
PARAMS = 120            # bytes of struct io_uring_params


def first_line(argv):
    try:
        out = subprocess.run(argv, capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return out.split('\n')[0].strip() or None


def cpu_model():
    for line in text_of('/proc/cpuinfo').splitlines():
        if line.startswith(('model name', 'CPU part')):
            return line.split(':')[1].strip()
    return platform.machine()


def memory_bytes():
    return os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')


def virtual():
    """Is the machine a virtual one, as far as the processor says?"""
    return ' hypervisor ' in text_of('/proc/cpuinfo')


def uring_refusal():
    """Why the kernel refuses an io_uring, or None if it grants one."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(IO_URING_SETUP, 2, ctypes.create_string_buffer(PARAMS))
    if fd < 0:
        return os.strerror(ctypes.get_errno())
    os.close(fd)
    return None


def mitigations():
    """Those of the processor's weaknesses that cost time at system calls."""
    place = '/sys/devices/system/cpu/vulnerabilities'
    found = {}
    for name in 'meltdown', 'spectre_v2', 'retbleed', 'mds':
        text = text_of(f'{place}/{name}').strip()
        if text.startswith('Mitigation'):
            found[name] = text
    return found


def describe(places):
    """A dictionary for the JSON."""
    tools = {name: first_line([path, '--version'])
             for name in ('ring-load', 'ring-count')
             if (path := places.tool(name))}
    return {'kernel': platform.release(), 'architecture': platform.machine(),
            'cpu': cpu_model(), 'cpus': os.cpu_count(),
            'virtual': virtual(), 'memory_bytes': memory_bytes(),
            'libc': ' '.join(platform.libc_ver()),
            'python': platform.python_version(),
            'io_uring': uring_refusal() or 'granted',
            'mitigations': mitigations(),
            'load_average': os.getloadavg(),
            'versions': {'ring-ab': VERSION, **tools,
                         'perf': first_line(['perf', '--version'])}}
