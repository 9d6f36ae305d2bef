"""A mirror on this machine that serves a file well or badly."""

import contextlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = bytes(range(256)) * 1000


@contextmanager
def mirror(fault=None, files=None):
    """Serve `files` (name -> bytes; BODY under any name without) from the URL it yields.

    fault: "truncate" sends half, "corrupt" changes a byte, "stall" stops in the middle, "absent" answers 404,
    "hang up" closes the connection unanswered, "endless" never stops sending; None serves well.
    """
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = files.get(self.path.strip("/")) if files else BODY
            if fault == "hang up":
                return
            if fault == "absent" or body is None:
                self.send_error(404)
                return
            self.send_response(200)
            if fault != "endless":
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # until the other side has enough
                while fault == "endless" and not stop.is_set():
                    self.wfile.write(body)
            middle = len(body) // 2
            if fault == "corrupt":
                body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
            self.wfile.write(body[:middle] if fault in ("truncate", "stall") else body)
            if fault == "stall":
                stop.wait(60)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
