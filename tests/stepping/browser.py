"""A headless Chromium behind chromedriver's HTTP interface (W3C WebDriver): no package is needed for it."""

import base64
import json
import re
import shutil
import subprocess
import urllib.request

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
KEYS = {"right": "\ue014", "left": "\ue012", "home": "\ue011", "end": "\ue010", "tab": "\ue004"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def missing():
    """Why there is no browser, or None."""
    chrome = shutil.which("chromium") or shutil.which("google-chrome")
    absent = [
        name for name, there in (("chromium", chrome), ("chromedriver", shutil.which("chromedriver"))) if not there
    ]
    return f"{' and '.join(absent)} not installed" if absent else None


class Browser:
    """One window; `with Browser() as b: b.open(url, width, height)`."""

    def __enter__(self):
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver"), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        port = next(m[1] for line in self.driver.stdout if (m := re.search(r"on port (\d+)\.", line)))
        self.base = f"http://127.0.0.1:{port}"
        options = {"args": list(FLAGS), "binary": shutil.which("chromium") or shutil.which("google-chrome")}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": logs}
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += f"/session/{session['sessionId']}"
        return self

    def __exit__(self, *exception):
        try:
            self._send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(10)
            self.driver.stdout.close()

    def _send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url, width, height=900, scheme="light"):
        """Show a page in a viewport of that size, also below the least width of a window; scheme: "light" or "dark"."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        for name, params in (("DeviceMetricsOverride", metrics), ("EmulatedMedia", media)):
            self._send("POST", "/goog/cdp/execute", {"cmd": f"Emulation.set{name}", "params": params})
        self._send("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """What a script returns; arguments are its `arguments`."""
        return self._send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script):
        """What a script hands to its last argument, a function."""
        return self._send("POST", "/execute/async", {"script": script, "args": []})

    def click(self, selector):
        found = self._send("POST", "/element", {"using": "css selector", "value": selector})
        self._send("POST", f"/element/{found[ELEMENT]}/click", {})

    def move_to(self, selector):
        """Point at an element with the mouse."""
        found = self._send("POST", "/element", {"using": "css selector", "value": selector})
        self.run("arguments[0].scrollIntoView({block: 'center'})", found)
        move = {"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": found}
        self._send("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [move]}]})

    def press(self, *keys):
        """Press keys of KEYS, or letters, where the focus is."""
        strokes = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def log(self, kind):
        """New entries of the log "browser" (console) or "performance" (DevTools events)."""
        return self._send("POST", "/se/log", {"type": kind})

    def requests(self):
        """The URLs that pages asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def pdf(self):
        """The page as it prints on A4, in bytes."""
        paper = {"page": {"width": 21.0, "height": 29.7}, "background": False}
        return base64.b64decode(self._send("POST", "/print", paper))

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._send("GET", "/screenshot")))
