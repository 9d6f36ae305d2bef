"use strict";
/* Python in the reader's browser, in a worker: minimix.python.
   The files of the runtime are scripts (see runtime.py), so that a page which was opened by a double click has them too,
   and they are handed to the worker, which answers what Pyodide fetches from them. The worker is a module in a data: URL:
   on file:// Chromium starts no other. Without a runtime of the site's own, Pyodide comes from its CDN. */
minimix.python = (() => {
  const base = new URL("../runtime/", document.currentScript.src).href;
  const files = {}; // {name: gzip in base64}
  let needs = null; // what runtime/files.js says
  let worker = null;
  let started = null; // the promise of start()
  let ready = false;
  let waiting = new Map(); // {number of a request: {resolve, reject, told}}
  let number = 0;
  let round = 0; // counts what has been stopped

  globalThis.minimixFiles = (found) => (needs = found);
  globalThis.minimixFile = (name, text) => (files[name] = text);

  /* What runs in the worker; it sees nothing of this page. */
  const work = () => {
    const PLACE = "https://runtime.invalid/"; // where Pyodide believes that its files are
    const GLUE = `
import json
from minimix.site.session import Session, answer
session = Session()
lambda source, name, tell: json.dumps(session.run(source, name, lambda output: tell(json.dumps(output)))), answer
`;
    const outside = self.fetch.bind(self);
    let python = null;
    const progress = (text, fraction) => postMessage({ progress: [text, fraction] });
    const unpacked = async (text) => {
      const packed = await outside(`data:application/gzip;base64,${text}`);
      return new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    };
    const asModule = (content) =>
      import(`data:text/javascript,${encodeURIComponent(new TextDecoder().decode(content))}`);

    const fromFiles = (contents) => async (asked) => {
      const url = String(asked.url ?? asked);
      const name = decodeURIComponent(url.slice(url.lastIndexOf("/") + 1));
      if (!(name in contents))
        throw new TypeError(`${url} is no file of this site's runtime, and nothing is fetched elsewhere`);
      const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
      return new Response(contents[name], { headers: { "Content-Type": type } });
    };

    const load = async (contents, cdn) => {
      if (cdn) return (await import(`${cdn}pyodide.mjs`)).loadPyodide({ indexURL: cdn });
      self.fetch = fromFiles(contents);
      const options = { indexURL: PLACE };
      if ("pyodide.asm.mjs" in contents)
        options.createPyodideModule = (await asModule(contents["pyodide.asm.mjs"])).default;
      else (0, eval)(new TextDecoder().decode(contents["pyodide.asm.js"])); // defines a global, as loadPyodide expects
      return (await asModule(contents["pyodide.mjs"])).loadPyodide(options);
    };

    const start = async ({ files, packages, cdn }) => {
      progress("Python is unpacked", 0.3);
      const contents = {};
      for (const [name, text] of Object.entries(files)) contents[name] = await unpacked(text);
      progress("Python starts", 0.4);
      const pyodide = await load(contents, cdn);
      progress("NumPy and matplotlib are loaded", 0.6);
      await pyodide.loadPackage(packages, { messageCallback: () => {} });
      progress("minimix is loaded", 0.85);
      const place = pyodide.runPython("import sysconfig; sysconfig.get_path('purelib')");
      pyodide.unpackArchive(contents["minimix.zip"], "zip", { extractDir: place });
      for (const name of Object.keys(contents)) delete contents[name];
      self.XMLHttpRequest = self.WebSocket = undefined; // nothing that a cell runs is sent anywhere
      python = pyodide.runPython(GLUE).toJs();
      progress("Python is ready", 1);
    };

    /* Tells what a cell has printed ten times a second at most: all of it comes with the answer. */
    const teller = (id) => {
      let [text, last] = ["", 0];
      return (told) => {
        const output = JSON.parse(told);
        text += output.kind === "text" ? output.text : "";
        if (output.kind === "text" && performance.now() - last < 100) return;
        if (text) postMessage({ id, told: { kind: "text", text } });
        if (output.kind !== "text") postMessage({ id, told: output });
        [text, last] = ["", performance.now()];
      };
    };

    const DO = {
      start,
      run: ({ id, source, name }) => JSON.parse(python[0](source, name, teller(id))),
      call: ({ target, argument }) => JSON.parse(python[1](target, JSON.stringify(argument))),
    };
    self.onmessage = async ({ data }) => {
      try {
        postMessage({ id: data.id, answer: await DO[data.what](data) });
      } catch (error) {
        postMessage({
          id: data.id,
          failed: String(error.message ?? error)
            .trim()
            .split("\n")
            .pop(),
        });
      }
    };
  };

  const script = (name) =>
    new Promise((resolve, reject) => {
      const node = document.createElement("script");
      node.onload = resolve;
      node.onerror = () => reject(new Error(`runtime/${name} of this site cannot be read`));
      node.src = base + encodeURIComponent(name);
      document.head.append(node);
    });

  const ask = (what, request = {}, told = () => {}) =>
    new Promise((resolve, reject) => {
      number += 1;
      waiting.set(number, { resolve, reject, told });
      worker.postMessage({ id: number, what, ...request });
    });

  const hear = ({ data }) => {
    if (data.progress) return python.onprogress(...data.progress);
    const { resolve, reject, told } = waiting.get(data.id);
    if (data.told) return told(data.told);
    waiting.delete(data.id);
    if (!("failed" in data)) return resolve(data.answer);
    reject(new Error(`Python ${ready ? "has ended" : "cannot be loaded"}: ${data.failed}`)); // cells and calls never fail
    return stop();
  };

  const begin = async () => {
    const mine = round;
    python.onprogress("Python is loading", 0);
    if (!needs) await script("files.js");
    const total = Object.values(needs.files).reduce((sum, size) => sum + size, 0);
    let there = 0;
    const load = async ([name, size]) => {
      if (!(name in files)) await script(`${name}.js`);
      there += size;
      if (mine === round) python.onprogress("Python is loading", (0.3 * there) / total);
    };
    await Promise.all(Object.entries(needs.files).map(load));
    if (mine !== round) throw new Error("stopped");
    worker = new Worker(`data:text/javascript,${encodeURIComponent(`(${work})()`)}`, { type: "module" });
    worker.onmessage = hear;
    worker.onerror = () => {
      for (const { reject } of waiting.values())
        reject(new Error("Python cannot be started in this browser: it is too old"));
    };
    await ask("start", { files, packages: needs.packages, cdn: needs.cdn });
    ready = true;
  };

  const stop = () => {
    round += 1;
    worker?.terminate();
    worker = started = null;
    ready = false;
    const left = waiting;
    waiting = new Map();
    for (const { reject } of left.values()) reject(new Error("stopped"));
  };

  const start = () => {
    const mine = round;
    started ??= begin().catch((error) => {
      if (mine === round) stop();
      throw error;
    });
    return started;
  };

  const python = {
    /* What is told how far loading is: a text and a fraction from 0 to 1. */
    onprogress: () => {},
    /* Start Python, if it is not there; a promise that it is. */
    start,
    /* The outputs of a cell, see session.py; told(output) hears of each at once. Rejected where it was stopped. */
    run: async (source, name, told) => {
      await start();
      return ask("run", { source, name }, told);
    },
    /* What a function of minimix, "package.module:function", answers: JSON in, JSON out. */
    call: async (target, argument) => {
      await start();
      return ask("call", { target, argument });
    },
    /* End whatever runs, at once. The next run starts Python anew. */
    stop,
    /* Whether it has started. */
    get ready() {
      return ready;
    },
  };
  return python;
})();
