// node tests/pyodide.mjs FILE.py [ARGUMENT …]: runs FILE.py in Pyodide, with the checkout on its path.
// MINIMIX_PYODIDE names the folder of the runtime: pyodide.mjs, pyodide-lock.json, wheels. MINIMIX_OUT may name one
// more; it is /out there, and can be written to.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const runtime = resolve(process.env.MINIMIX_PYODIDE) + "/";
const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const [file, ...rest] = process.argv.slice(2);

const { loadPyodide } = await import(pathToFileURL(runtime + "pyodide.mjs"));
const python = await loadPyodide({ indexURL: runtime });
await python.loadPackage(["numpy", "matplotlib", "click"], { messageCallback: () => {} });
for (const [there, root] of [["/minimix", checkout], ["/out", process.env.MINIMIX_OUT]]) {
  python.FS.mkdirTree(there);
  if (root) python.FS.mount(python.FS.filesystems.NODEFS, { root }, there);
}
python.globals.set("argv", python.toPy([file, ...rest]));
python.runPython(`
import sys
sys.argv[:], sys.dont_write_bytecode = argv, True
sys.path.insert(0, "/minimix")
`);
try {
  python.runPython(readFileSync(resolve(file), "utf8"), { filename: file });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
