"""Headless browsers behind one interface, without a package: Chromium by WebDriver (HTTP), Firefox by Marionette."""

import base64
import contextlib
import http.server
import json
import os
import re
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import urllib.request
import zlib
from functools import partial
from pathlib import Path

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=AutofillServerCommunication",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
PREFERENCES = {
    "browser.download.folderList": 2,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 1,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
}
# What browsers ask for by themselves.
OWN = ("accounts.google.com", "clients2.google.com", "update.googleapis.com", "optimizationguide-pa.googleapis.com")
OWN += (
    "aus5.mozilla.org",
    "firefox.settings.services.mozilla.com",
    "content-signature-2.cdn.mozilla.net",
    "push.services.mozilla.com",
)
KEYS = {"right": "\ue014", "left": "\ue012", "home": "\ue011", "end": "\ue010", "tab": "\ue004"}
KEYS |= {"up": "\ue013", "down": "\ue015", "shift": "\ue008", "enter": "\ue007", "escape": "\ue00c"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SECONDS = 600  # that a script may take
COMMANDS = {  # W3C WebDriver's, and Marionette's name of the same
    "open": ("POST", "/url", "WebDriver:Navigate"),
    "run": ("POST", "/execute/sync", "WebDriver:ExecuteScript"),
    "run_async": ("POST", "/execute/async", "WebDriver:ExecuteAsyncScript"),
    "find": ("POST", "/element", "WebDriver:FindElement"),
    "click": ("POST", "/element/{id}/click", "WebDriver:ElementClick"),
    "actions": ("POST", "/actions", "WebDriver:PerformActions"),
    "keys": ("POST", "/element/{id}/value", "WebDriver:ElementSendKeys"),
    "screenshot": ("GET", "/screenshot", "WebDriver:TakeScreenshot"),
    "print": ("POST", "/print", "WebDriver:Print"),
    "timeouts": ("POST", "/timeouts", "WebDriver:SetTimeouts"),
    "accept": ("POST", "/alert/accept", "WebDriver:AcceptAlert"),
}


class Window:
    """What a browser's only window can do; `with Chromium() as b: b.open(url, width, height)`.

    downloads: the folder that it saves files in. away(): what it has asked of anybody but this machine.
    """

    def __enter__(self):
        self.downloads, self._recorder = Path(tempfile.mkdtemp()), _Recorder()
        try:
            self._start()
            self._do("timeouts", script=1000 * SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        try:
            self._end()
        finally:
            self._recorder.close()
            shutil.rmtree(self.downloads, ignore_errors=True)

    def run(self, script, *arguments):
        """What a script returns; arguments are its `arguments`."""
        return self._do("run", script=script, args=list(arguments))

    def run_async(self, script, *arguments):
        """What a script hands to the last of its `arguments`, a function."""
        return self._do("run_async", script=script, args=list(arguments))

    def wait(self, condition, seconds=60):
        """Wait until an expression of JavaScript is true, and return it."""
        return self.until(lambda: self.run(f"return {condition}"), seconds, condition)

    def until(self, function, seconds=60, what="it"):
        """Wait until a function returns something true, and return it."""
        end = time.monotonic() + seconds
        while not (found := function()):
            assert time.monotonic() < end, f"not within {seconds} s: {what}"
            time.sleep(0.05)
        return found

    def complaints(self):
        """What the page has complained of since the last call, where the browser tells."""
        return []

    def requests(self):
        """The URLs that pages asked for since the last call, where the browser tells."""
        return []

    def find(self, selector):
        return self._do("find", using="css selector", value=selector)

    def click(self, selector):
        self._do("click", id=self.find(selector)[ELEMENT])

    def type(self, selector, text):
        """Type a text into a field, or the path of a file into one for files."""
        self._do("keys", id=self.find(selector)[ELEMENT], text=text)

    def accept(self):
        """Say yes to a question, as soon as it is asked."""

        def accepted():
            with contextlib.suppress(OSError, RuntimeError):
                return self._do("accept") is None

        self.until(accepted)

    def move_to(self, selector):
        """Point at an element with the mouse."""
        found = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", found)
        move = {"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": found}
        self._do("actions", actions=[{"type": "pointer", "id": "mouse", "actions": [move]}])

    def press(self, *keys, holding=()):
        """Press keys of KEYS, or letters, where the focus is, while others are held."""
        strokes = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        down = [{"type": "keyDown", "value": KEYS[key]} for key in holding]
        up = [{"type": "keyUp", "value": KEYS[key]} for key in holding]
        self._do("actions", actions=[{"type": "key", "id": "keyboard", "actions": down + strokes + up}])

    def pdf(self):
        """The page as it prints on A4, in bytes."""
        paper = {"page": {"width": 21.0, "height": 29.7}, "background": False}
        return base64.b64decode(self._do("print", **paper))

    def sheets(self):
        """How many sheets of A4 it prints on."""
        pdf = self.pdf()
        for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
            with contextlib.suppress(zlib.error):
                pdf += zlib.decompressobj().decompress(part)
        return len(re.findall(rb"/Type\s*/Page\b", pdf))

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._do("screenshot")))

    def away(self):
        """What was asked of other machines since the last call: "CONNECT example.org:443", …"""
        found, self._recorder.heard[:] = list(self._recorder.heard), []
        return [line for line in found if not line.split(" ")[-1].removeprefix("http://").startswith(OWN)]


class Chromium(Window):
    """Chromium behind chromedriver."""

    process = "chromium"

    @staticmethod
    def missing():
        """Why there is none, or None."""
        found = {"chromium": _chrome(), "chromedriver": shutil.which("chromedriver")}
        absent = [name for name, path in found.items() if not path]
        return f"{' and '.join(absent)} not installed" if absent else None

    def _start(self):
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver"), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        port = next(m[1] for line in self.driver.stdout if (m := re.search(r"on port (\d+)\.", line)))
        self.base = f"http://127.0.0.1:{port}"
        arguments = [*FLAGS, f"--proxy-server=127.0.0.1:{self._recorder.port}"]
        options = {"args": arguments, "binary": _chrome()}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": logs, "unhandledPromptBehavior": "ignore"}
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += f"/session/{session['sessionId']}"
        self._devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def _end(self):
        try:
            self._send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(10)
            self.driver.stdout.close()

    def _do(self, name, **parameters):
        method, path, _ = COMMANDS[name]
        return self._send(method, path.format(**parameters), parameters if method == "POST" else None)

    def _send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=SECONDS) as answer:
            return json.load(answer)["value"]

    def open(self, url, width=1280, height=900, scheme="light", scripts=True):
        """Show a page in a viewport of that size, also below the least width of a window; scheme: "light" or "dark"."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._devtools("Emulation.setDeviceMetricsOverride", **size)
        self._devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._devtools("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._do("open", url=url)

    def _devtools(self, command, **parameters):
        self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self, kind):
        """New entries of the log "browser" (console) or "performance" (DevTools events)."""
        return self._send("POST", "/se/log", {"type": kind})

    def complaints(self):
        return [entry["message"] for entry in self.log("browser") if entry["level"] == "SEVERE"]

    def requests(self):
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


class Firefox(Window):
    """Firefox, which speaks Marionette itself: messages are LENGTH:[type, number, command, parameters]."""

    process = "firefox-esr"

    @staticmethod
    def missing():
        """Why there is none, or None."""
        return None if _firefox() else "firefox not installed"

    def _start(self):
        self.profile = Path(tempfile.mkdtemp())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        proxy = {f"network.proxy.{kind}{end}": x for kind in ("http", "ssl") for end, x in self._proxy().items()}
        preferences = PREFERENCES | proxy | {"marionette.port": port, "browser.download.dir": str(self.downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(x)});\n" for name, x in preferences.items()]
        (self.profile / "user.js").write_text("".join(lines))
        command = [_firefox(), "--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
        command += ["--profile", str(self.profile)]
        self.driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = _connected(port)
        self.stream, self.number = self.socket.makefile("rb"), 0
        self._received()  # its greeting
        self._send("WebDriver:NewSession", {"unhandledPromptBehavior": "ignore"})

    def _proxy(self):
        return {"": "127.0.0.1", "_port": self._recorder.port}

    def _end(self):
        try:
            self._send("Marionette:Quit", {"flags": ["eForceQuit"]})
            self.stream.close()
            self.socket.close()
        finally:
            try:
                self.driver.wait(20)
            except subprocess.TimeoutExpired:
                self.driver.kill()
                self.driver.wait(10)
            shutil.rmtree(self.profile, ignore_errors=True)

    def _do(self, name, **parameters):
        if (
            name.startswith("run") and "minimix." in parameters["script"]
        ):  # a constant of the page's scripts: the page alone sees it
            function = json.dumps(f"(function() {{{parameters['script']}}})")
            parameters |= {"script": f"return window.eval({function}).apply(null, arguments)", "sandbox": None}
        return self._send(COMMANDS[name][2], parameters)

    def _send(self, command, parameters):
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, found = self._received()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return found.get("value", found) if isinstance(found, dict) else found

    def _received(self):
        length = b""
        while not length.endswith(b":"):
            length += self.stream.read(1)
        return json.loads(self.stream.read(int(length[:-1])))

    def open(self, url, width=1280, height=900, scheme="light"):
        """Show a page in a window of that size."""
        self._send("WebDriver:SetWindowRect", {"width": width, "height": height})
        value = {"light": 1, "dark": 0}[scheme]
        script = f"Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', {value})"
        self._send("Marionette:SetContext", {"value": "chrome"})
        self._do("run", script=script, args=[])
        self._send("Marionette:SetContext", {"value": "content"})
        self._do("open", url=url)


def _chrome():
    return shutil.which("chromium") or shutil.which("google-chrome")


def _firefox():
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _connected(port):
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class _Recorder(socketserver.ThreadingTCPServer):
    """The proxy of a browser: it writes down what it is asked, and answers nothing."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        self.heard = heard = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    heard.append(self.rfile.readline(2000).decode("latin-1").rpartition(" ")[0])

        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


AXE = os.environ.get("MINIMIX_AXE")
needs_axe = pytest.mark.skipif(not AXE, reason="MINIMIX_AXE does not name the axe.min.js of axe-core")
FIND = """
  const done = arguments[arguments.length - 1];
  const told = (found) => [found.id, found.help, found.nodes.map((node) => node.html.slice(0, 200))];
  axe.run({preload: false, resultTypes: ['violations']}).then((result) => done(result.violations.map(told)))"""


def violations(browser):
    """What axe-core finds wrong on the page that is open; nothing without axe-core."""
    if not AXE:
        return []
    browser.run(Path(AXE).read_text(encoding="utf-8"))
    return browser.run_async(FIND)


class Server(http.server.ThreadingHTTPServer):
    """A plain server of a folder on this machine; `with Server(folder) as base:` base is its URL, with a slash.

    to_all: other sites may take its files too, as they may a CDN's.
    """

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def end_headers(self):
            if self.server.to_all:
                self.send_header("Access-Control-Allow-Origin", "*")
            super().end_headers()

    def __init__(self, folder, to_all=False):
        self.to_all = to_all
        super().__init__(("127.0.0.1", 0), partial(self.Quiet, directory=folder))

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
        return f"http://127.0.0.1:{self.server_port}/"

    def __exit__(self, *exception):
        self.shutdown()
        self.server_close()
