"""A file server that no test should ever have to wait for.

Usage: fileserver.py DIRECTORY

What the proxies under test fetch from. It runs natively, has a thread for
each connection and, unlike python3 -m http.server, a backlog to speak of: a
SYN dropped there would cost a second. Says its port in one line.
"""
import functools
import http.server
import sys


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without telling."""

    def log_message(self, format, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    """As in http.server, for many at a time."""

    request_queue_size = 512


handler = functools.partial(Quiet, directory=sys.argv[1])
server = Server(("127.0.0.1", 0), handler)
print(server.server_port, flush=True)
server.serve_forever()
