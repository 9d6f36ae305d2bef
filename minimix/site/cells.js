"use strict";
/* A lesson's page comes to life: code can be edited and run, the work is kept in the browser, and goes out and in as the
   file that `minimix lessons check` takes. Without this script the page is complete, and can only be read. */
(() => {
  const lesson = JSON.parse(document.getElementById("lesson").textContent);
  const key = `minimix:${lesson.file}`;
  const { python, html } = minimix;
  const OPENINGS = { code: "# %%\n", text: "# %% [markdown]\n" };

  const button = (text, click, attributes = {}) => html("button", { type: "button", click, ...attributes }, text);

  /* ---- colours ---- */

  const KEYWORDS = new Set(
    (
      "False None True and as assert async await break class continue def del elif else except finally for from global " +
      "if import in is lambda nonlocal not or pass raise return try while with yield"
    ).split(" "),
  );
  const TOKEN = new RegExp(
    [
      /(?<c>#.*)/,
      /(?<s>(?:\b[rbfu]{1,2})?(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
      /(?<n>\b\d(?:[\w.]|(?<=e)[+-])*)/,
      /(?<=\b(?:def|class)\s+)(?<d>\p{L}[\p{L}\p{N}_]*)/,
      /(?<k>[\p{L}_][\p{L}\p{N}_]*)/,
    ]
      .map((part) => part.source)
      .join("|"),
    "giu",
  );

  /* A text of Python as nodes, with the classes of highlight.py. */
  const coloured = (text) => {
    const nodes = [];
    let end = 0;
    for (const found of text.matchAll(TOKEN)) {
      const [kind] = Object.entries(found.groups).find(([, part]) => part !== undefined);
      if (kind === "k" && !KEYWORDS.has(found[0])) continue;
      nodes.push(text.slice(end, found.index), html("span", { class: kind }, found[0]));
      end = found.index + found[0].length;
    }
    return [...nodes, text.slice(end)];
  };

  /* ---- the editor: a field over its own text in colours ---- */

  /* Replace the selection as typing does, so that it can be undone. */
  const insert = (field, text) => {
    if (!document.execCommand("insertText", false, text)) {
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input"));
    }
  };

  const indent = (field, back) => {
    const { value, selectionStart, selectionEnd } = field;
    if (selectionStart === selectionEnd && !back) return insert(field, "    ");
    const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const lines = value.slice(start, selectionEnd);
    const moved = back ? lines.replace(/^ {1,4}/gm, "") : lines.replace(/^(?=.)/gm, "    ");
    field.setSelectionRange(start, selectionEnd);
    insert(field, moved);
    return field.setSelectionRange(back ? start + moved.length : start, start + moved.length);
  };

  const newLine = (field) => {
    const before = field.value.slice(0, field.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    insert(field, `\n${line.match(/^ */)[0]}${line.trimEnd().endsWith(":") ? "    " : ""}`);
  };

  const onKey = (cell) => (event) => {
    const enter = event.key === "Enter";
    if (enter && (event.shiftKey || event.ctrlKey || event.metaKey)) run(cell);
    else if (enter && !event.isComposing) newLine(cell.field);
    else if (event.key === "Tab" && !event.ctrlKey && !event.altKey) indent(cell.field, event.shiftKey);
    else if (event.key === "Escape") cell.button.focus();
    else return;
    event.preventDefault();
  };

  const editor = (cell) => {
    const pre = cell.node.querySelector("pre.code");
    const code = pre.querySelector("code") ?? pre;
    const paint = () => code.replaceChildren(...coloured(`${cell.field.value}\n`));
    cell.field = html("textarea", {
      "aria-label": `Code of cell ${cell.number}`,
      "aria-describedby": "keys",
      autocapitalize: "off",
      autocomplete: "off",
      spellcheck: "false",
      wrap: "off",
      keydown: onKey(cell),
      input: () => (paint(), changed()),
    });
    pre.removeAttribute("tabindex");
    pre.removeAttribute("aria-label");
    pre.setAttribute("aria-hidden", "true");
    const sheet = html("div", { class: "sheet" });
    pre.replaceWith(html("div", { class: "editor" }, sheet));
    sheet.append(pre, cell.field);
    cell.write = (text) => {
      cell.field.value = text.trimEnd();
      paint();
    };
    cell.write(cell.original);
  };

  /* ---- what a cell gives ---- */

  const paragraph = (text, attributes) => html("p", attributes ?? {}, text);
  const BARE = '<!doctype html><meta name="color-scheme" content="light dark"><style>body { margin: 0 }</style>';
  const frame = (page) =>
    html("iframe", { class: "page", title: "What the cell shows", sandbox: "allow-scripts", srcdoc: BARE + page });
  const DRAWN = {
    text: ({ text }) => html("pre", { class: "text", tabindex: "0" }, text),
    image: ({ text, data }) => html("img", { src: `data:image/png;base64,${data}`, alt: text }),
    html: ({ text }) => frame(text),
    verdict: ({ text, state, hint }) =>
      html(
        "div",
        { class: "verdict", "data-state": state },
        paragraph(text),
        ...(hint ? [paragraph(`Likely mistake: ${hint}`, { class: "hint" })] : []),
      ),
    error: ({ text, trace }) =>
      html(
        "div",
        { class: "error" },
        paragraph(text),
        ...(trace?.length > 1 ? [DRAWN.text({ text: trace.join("\n") })] : []),
      ),
  };

  /* Add an output to a cell's; text goes on where text ends. */
  const add = (cell, output) => {
    const last = cell.output.lastElementChild;
    if (output.kind === "text" && last?.matches("pre.text")) last.append(output.text);
    else cell.output.append(DRAWN[output.kind](output));
  };

  const summary = (outputs) => {
    const states = outputs.map((output) => (output.kind === "error" ? "failed" : output.state));
    const first = ["failed", "wrong", "not done yet", "right"].find((state) => states.includes(state));
    return { wrong: "not right yet", undefined: "done" }[first] ?? first;
  };

  /* ---- running ---- */

  let queue = []; // the cells that wait, the running one first

  const say = (cell, text, state = "") => {
    cell.status.textContent = text;
    cell.node.dataset.state = state;
    const runs = state === "waiting" || state === "running";
    cell.button.textContent = runs ? "Stop" : "Run";
    cell.button.setAttribute("aria-label", `${runs ? "Stop" : "Run"} cell ${cell.number}`);
    all.textContent = queue.length ? "Stop" : "Run all";
  };

  const stop = () => {
    const waited = queue;
    queue = [];
    for (const cell of cells) cell.ran = null; // there is no Python any more that knows of them
    for (const cell of waited) say(cell, "stopped");
    loading.remove();
    python.stop();
  };

  const once = async (cell) => {
    const text = cell.field.value;
    say(cell, python.ready ? "runs …" : "Python is loading …", "running");
    cell.node.append(loading);
    await python.start();
    loading.remove();
    say(cell, "runs …", "running");
    cell.output.replaceChildren();
    const began = performance.now();
    const outputs = await python.run(text, `cell ${cell.number}`, (output) => add(cell, output));
    cell.output.replaceChildren();
    for (const output of outputs) add(cell, output);
    cell.ran = text;
    const seconds = (performance.now() - began) / 1000;
    return summary(outputs) + (seconds < 0.95 ? "" : `, ${seconds.toFixed(1)} s`);
  };

  const work = async () => {
    const mine = queue;
    while (mine.length) {
      const [cell] = mine;
      try {
        const told = await once(cell);
        if (mine !== queue) return; // stopped, and said so
        mine.shift();
        say(cell, told);
      } catch (error) {
        if (mine !== queue) return;
        loading.remove();
        stop();
        say(cell, "failed");
        cell.output.replaceChildren(DRAWN.error({ text: error.message }));
      }
    }
  };

  /* Run a cell, and first those above it that have not run as they stand. */
  const run = (cell, every = false) => {
    cell.node.querySelector("details")?.setAttribute("open", "");
    const above = cells.slice(0, cells.indexOf(cell)).filter((other) => every || other.ran !== other.field.value);
    const wanted = [...above, cell].filter((other) => !queue.includes(other));
    const idle = queue.length === 0;
    queue.push(...wanted);
    for (const other of wanted) say(other, "waits", "waiting");
    if (idle) work();
  };

  const toggle = (cell, every) => () => (queue.includes(cell) || (every && queue.length) ? stop() : run(cell, every));

  /* ---- the work: kept here, out and in as a file ---- */

  const predictions = () => [...document.querySelectorAll(".predict textarea, .predict input")];

  /* The lesson as it stands now, in the form in which `minimix lessons copy` writes it. */
  const script = () =>
    lesson.cells
      .map(({ kind, source }, k) => {
        const cell = cells.find(({ number }) => number === k);
        return OPENINGS[kind] + (cell ? cell.field.value + source.slice(source.trimEnd().length) : source);
      })
      .join("");

  /* The code between two texts, as a list of lists of cells. */
  const stretches = (found) => {
    const lists = [[]];
    for (const { kind, source } of found) {
      if (kind === "text") lists.push([]);
      else lists.at(-1).push(source);
    }
    return lists;
  };

  const parsed = (text) => {
    const [, ...pieces] = text
      .replace(/^\uFEFF/, "")
      .replaceAll("\r\n", "\n")
      .split(/^# %%(?: *(\[markdown\]))?.*\n/m);
    return pieces.flatMap((piece, k) => (k % 2 ? [{ kind: pieces[k - 1] ? "text" : "code", source: piece }] : []));
  };

  const heading = (found) => found.find(({ kind }) => kind === "text")?.source.match(/^# # .*/m)?.[0];

  /* Take the code of a script; a sentence where it is not this lesson's. */
  const take = (text) => {
    const found = parsed(text);
    if (heading(found) !== heading(lesson.cells)) {
      return `This is not a copy of ${lesson.file}: it has another title.`;
    }
    const [own, given] = [stretches(lesson.cells), stretches(found)];
    if (own.length !== given.length || own.some((list, k) => given[k].length < list.length)) {
      return `This is not a copy of ${lesson.file}: it has other cells.`;
    }
    const sources = own.flatMap((list, k) =>
      list.map((_, j) => given[k].slice(j, j + 1 < list.length ? j + 1 : undefined).join("\n")),
    );
    cells.forEach((cell, k) => cell.write(sources[k]));
    return "";
  };

  const keep = () => {
    const told = Object.fromEntries(predictions().map((field, k) => [k, field.value]));
    try {
      localStorage.setItem(key, JSON.stringify({ code: cells.map(({ field }) => field.value), told }));
      return "Your work is kept in this browser.";
    } catch {
      return "This browser keeps nothing for this page: Download keeps your work.";
    }
  };

  let later = 0;
  const changed = () => {
    clearTimeout(later);
    later = setTimeout(settle, 400);
  };
  const settle = () => {
    later = 0;
    note.textContent = keep();
  };

  const restore = () => {
    try {
      const { code, told } = JSON.parse(localStorage.getItem(key) ?? "{}");
      predictions().forEach((field, k) => (field.value = told?.[k] ?? field.value));
      if (code?.length !== cells.length) return code && "What this browser kept is of another edition of this lesson.";
      cells.forEach((cell, k) => cell.write(code[k]));
      return "Your work is here again, as this browser kept it.";
    } catch {
      return "This browser keeps nothing for this page: Download keeps your work.";
    }
  };

  const download = () => {
    const url = URL.createObjectURL(new Blob([script()], { type: "text/x-python" }));
    html("a", { href: url, download: lesson.file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    note.textContent = `${lesson.file} is among your downloads; minimix lessons check --file takes it.`;
  };

  const open = async () => {
    const [file] = chooser.files;
    if (!file) return;
    note.textContent = take(await file.text()) || `${file.name} is open. ${keep()}`;
    chooser.value = "";
  };

  const anew = () => {
    if (!confirm("Begin anew? What you have written on this page will be gone.")) return;
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
    for (const field of predictions()) field.value = "";
    clearTimeout(later);
    later = 0; // what is on the page is not kept as it goes
    location.reload();
  };

  /* ---- the page ---- */

  const loading = html("progress", { max: "1", value: "0", "aria-label": "Python is loading" });
  python.onprogress = (text, fraction) => {
    loading.value = fraction;
    if (queue.length && queue[0].status.textContent !== `${text} …`) queue[0].status.textContent = `${text} …`;
  };

  const cells = [...document.querySelectorAll(".cell[data-cell]")].map((node) => {
    const number = Number(node.dataset.cell);
    return { node, number, original: lesson.cells[number].source, output: node.querySelector(".output"), ran: null };
  });
  const all = button("Run all", () => toggle(cells.at(-1), true)());
  const chooser = html("input", {
    type: "file",
    accept: ".py,text/x-python",
    hidden: "",
    "aria-label": "Open your copy",
    change: open,
  });
  const note = html("p", { class: "said", role: "status" });

  for (const cell of cells) {
    cell.button = button("Run", toggle(cell), { class: "run" });
    cell.status = html("span", { class: "said", role: "status" });
    const seconds = Number(cell.node.dataset.seconds);
    const takes = seconds >= 1.5 ? `about ${Math.round(seconds)} s` : "";
    cell.node.querySelector(".bar").append(cell.button, html("span", { class: "quiet" }, takes), cell.status);
    editor(cell);
    say(cell, "");
  }
  for (const field of predictions()) field.addEventListener("input", changed);
  const tools = html(
    "div",
    { class: "tools", role: "group", "aria-label": "This lesson" },
    all,
    button("Download", download),
    button("Open …", () => chooser.click()),
    button("Begin anew", anew),
    chooser,
    html(
      "p",
      { class: "quiet", id: "keys" },
      "Run, or Shift and Enter in a cell, runs its code and first what stands above; the first time it loads Python into " +
        "this page, and nothing that you write is sent anywhere. In a cell, Tab indents and Escape leaves.",
    ),
    note,
  );
  (document.querySelector("article h1") ?? cells[0].node).after(tools);
  note.textContent = restore() ?? "";
  addEventListener("pagehide", () => later && keep());
})();
