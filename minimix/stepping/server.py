"""The playground on this machine: a server on loopback alone, for its own page and nothing else."""

import hmac
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..pages import POLICY, to_json
from .live import answer, playground

LONGEST = 100_000  # bytes of a request
SECONDS = 30  # that a browser may take to send one


def serve(request, own=(), port=0):
    """An http.server that listens on 127.0.0.1; `serve_forever` answers, `address` is where its page is.

    request, own: see `live.answer`; port: 0 for any that is free. Other pages of the browser cannot use it: a request
    must name this very address as its Host, where it tells its Origin that too, and bring the token that stands in
    the page. Raises what `live.run` does, and OSError where the port is taken.
    """
    return _Server(port, request, own)


class _Server(ThreadingHTTPServer):
    daemon_threads, allow_reuse_address = True, True

    def __init__(self, port, request, own):
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise OSError(f"port {port} cannot be had ({error.strerror}); without --port a free one is taken") from None
        self.own, self.token, self.lock = own, secrets.token_urlsafe(16), threading.Lock()
        self.hosts = [f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")]
        self.address = f"http://{self.hosts[0]}/"
        try:
            page = playground(request, own, policy=f"{POLICY}; connect-src 'self'", token=self.token)
        except BaseException:
            self.server_close()
            raise
        self.page = page.encode()


class _Handler(BaseHTTPRequestHandler):
    timeout, server_version, sys_version = SECONDS, "minimix", ""

    def do_GET(self):
        if self._is_ours():
            known = self.path.partition("?")[0] == "/"
            self._send(200 if known else 404, self.server.page if known else b"There is nothing here.\n")

    def do_POST(self):
        if not self._is_ours():
            return
        length = self.headers.get("Content-Length", "")
        if self.path != "/answer":
            return self._send(404, b"There is nothing here.\n")
        if not hmac.compare_digest(self.headers.get("X-Token", "").encode(), self.server.token.encode()):
            return self._send(403, b"This is for the page of the playground alone.\n")
        if not (length.isdecimal() and int(length) <= LONGEST):
            return self._send(413, b"A request has a length, and that is short.\n")
        try:
            request = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            request = None  # which is no request either
        with self.server.lock:  # one run at a time, however many pages ask
            found = answer(request, self.server.own)
        self._send(200, to_json(found).encode(), "application/json")

    def _is_ours(self):
        """Whether this address was meant, and no other page asks; else it is told no."""
        host, origin = self.headers.get("Host"), self.headers.get("Origin")
        ours = host in self.server.hosts and origin in (None, f"http://{host}")
        if not ours:
            self._send(403, b"This is for the page of the playground alone.\n")
        return ours

    def _send(self, status, body, kind=None):
        kind = kind or ("text/html" if status == 200 else "text/plain") + "; charset=utf-8"
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": len(body), "Cache-Control": "no-store"}
        headers |= {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: a terminal shows its address alone."""
