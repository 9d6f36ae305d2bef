"use strict";
/* The playground: controls around the step page, whose every change runs the rules anew, in Python, by minimix.ask. */
minimix.playground = (() => {
  const { html, plain, stepper } = minimix;
  const { live } = stepper.data();
  const $ = (id) => document.getElementById(id);
  const SETTLED = 250; /* ms after the last change, until the terms of all steps are asked for */
  const SLOW = 1000; /* ms, until it is said that Python is at work */
  let request = live.request;
  let rules = live.controls;

  /* ---- numbers and sliders: a slider goes from 0 to 1000 ---- */

  const digits = (x, n = 3) => Number(x.toPrecision(n));
  const valueAt = (option, place) => {
    const at = option.low + ((option.high - option.low) * place) / 1000;
    if (option.scale === "linear") return digits(at);
    if (option.scale === "decay") return Number((1 - digits(10 ** -at)).toFixed(8));
    return option.zero && place === 0 ? 0 : digits(10 ** at);
  };
  const placeOf = (option, x) => {
    const at = { linear: () => x, decay: () => -Math.log10(1 - x), log: () => (x > 0 ? Math.log10(x) : option.low) }[option.scale]();
    return Math.round((1000 * (at - option.low)) / (option.high - option.low));
  };

  /* ---- specs ---- */

  /* The spec of what `controls` in Python gave for a rule: what is not as it is by default. */
  const spec = (rule, inside = false) => {
    const told = rule.options.filter(({ key, kind, value, default: usual }) =>
      kind === "rule" || kind === "text" ? value !== null : value !== usual || ["lr", "gamma"].includes(key));
    if (!told.length) return rule.name;
    const text = told.map(({ key, kind, value }) => `${key}=${kind === "rule" ? spec(value, true) : value}`).join(",");
    return inside || rule.name.includes(".py:") ? `${rule.name}(${text})` : `${rule.name}:${text}`;
  };

  /* ---- the address: #on=rosenbrock&rule=adam:lr=0.05&rule=…&start=-1.2,1&steps=200 ---- */

  const escaped = (text) => String(text).replace(/[%&#\s"<>]/g, encodeURIComponent);
  const toHash = ({ on, rules: specs, start, steps, seed }) => {
    const list = [["on", on], ...specs.map((text) => ["rule", text]), ...(start ? [["start", start.join(",")]] : [])];
    list.push(["steps", steps], ["seed", seed]);
    return `#${list.map(([name, text]) => `${name}=${escaped(text)}`).join("&")}`;
  };
  /* The request of an address; throws an Error with a sentence. */
  const fromHash = (hash) => {
    const found = { ...live.request, start: null };
    const number = (name, text) => {
      if (text.trim() === "" || !Number.isFinite(Number(text))) throw new Error(`${name} must be a number, got '${text}'`);
      return Number(text);
    };
    const take = {
      on: (text) => (found.on = text),
      rule: (text) => found.rules.push(text),
      start: (text) => (found.start = text.split(",").map((x) => number("start", x))),
      steps: (text) => (found.steps = number("steps", text)),
      seed: (text) => (found.seed = number("seed", text)),
    };
    const pairs = hash.slice(1).split("&").map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]);
    if (pairs.some(([name]) => name === "rule")) found.rules = [];
    for (const [name, text] of pairs) {
      if (!(name in take)) throw new Error(`an address has ${Object.keys(take).join(", ")}, not '${name}'`);
      try {
        take[name](decodeURIComponent(text));
      } catch (error) {
        throw error instanceof URIError ? new Error(`'${text}' is no text that an address can hold`) : error;
      }
    }
    return found;
  };

  /* ---- asking: one request under way, and the newest waiting; an answer that is older than one shown is dropped ---- */

  let count = 0;
  let shown = 0;
  let busy = false;
  let waiting = null;
  let settling = null;

  const nameOf = (on) => on.replace(/^.*[/\\]/, "").replace(/\[.*$/, "");
  const say = (sentence) => ($("problem").textContent = sentence);
  const ask = (at, done = say) => {
    const fits = stepper.data().name === nameOf(request.on); /* a picture of another landscape has another window */
    waiting = { number: ++count, request: { ...request, at, box: fits ? stepper.data().box : null }, done };
    clearTimeout(settling);
    return send();
  };
  const send = async () => {
    if (busy || !waiting || !minimix.ask) return;
    const mine = waiting;
    [busy, waiting] = [true, null];
    const slow = setTimeout(() => ($("starting").textContent = "Python is running the rules …"), SLOW);
    const answer = await minimix.ask(mine.request).catch((error) => ({ error: `Python does not answer: ${error.message ?? error}` }));
    busy = false;
    clearTimeout(slow);
    $("starting").textContent = "";
    if (mine.number > shown && !(waiting && answer.error)) {
      shown = mine.number;
      show(mine, answer);
    }
    send();
  };
  const show = (mine, answer) => {
    mine.done(answer.error ?? "");
    if (answer.error) return;
    const all = mine.request.at === null;
    if (all) {
      rules = answer.controls;
      if (form() !== built) build();
    }
    stepper.update(answer.data);
    placeStarts();
    if (!all && !waiting) settling = setTimeout(() => ask(null), SETTLED);
    if (all && location.protocol !== "about:") history.replaceState(null, "", toHash(mine.request));
  };
  /* A change that goes on, as a drag does, asks for the terms of the step in view alone. */
  const change = (next, goesOn = false) => {
    request = { ...request, ...next };
    ask(goesOn ? Math.min(stepper.step(), request.steps) : null);
  };
  const changeRule = (k, text, goesOn) => change({ rules: request.rules.map((old, i) => (i === k ? text : old)) }, goesOn);

  /* ---- the controls ---- */

  const listen = (node, kind, react) => {
    node.addEventListener(kind, () => react(node));
    return node;
  };
  const labelled = (text, ...nodes) => html("label", {}, html("span", {}, text), ...nodes);
  const choice = (id, names, chosen, react, named = {}) => {
    const node = listen(html("select", { id, ...named }, ...names.map(([value, text]) => new Option(text, value))), "change", react);
    node.value = chosen;
    return node;
  };
  const field = (id, value, react, attributes = {}) => {
    const node = html("input", { id, type: "number", step: "any", value, ...attributes });
    return listen(node, "change", () => node.value.trim() !== "" && react(Number(node.value)));
  };

  /* What sets one hyperparameter of rule number k, in which `top` is what the option is a part of. */
  const setting = (k, top, option, id) => {
    const set = (value, goesOn = false) => {
      option.value = value;
      changeRule(k, spec(top), goesOn);
    };
    if (option.kind === "rule") {
      const names = [["", "as by default"], ...live.rules.map((name) => [name, name])];
      const select = choice(id, names, option.value?.name ?? "", (node) => set(node.value ? { name: node.value, options: [] } : null));
      if (option.value && !live.rules.includes(option.value.name)) select.prepend(new Option(option.value.name, option.value.name, true, true));
      const inner = (option.value?.options ?? []).map((own) => setting(k, top, own, `${id}-${own.key}`));
      return html("fieldset", {}, html("legend", {}, option.key), labelled("rule", select), ...inner);
    }
    if (option.kind === "switch") {
      const box = listen(html("input", { id, type: "checkbox" }), "change", (node) => set(node.checked));
      box.checked = option.value;
      return labelled(option.key, box);
    }
    if (option.kind === "word") return labelled(option.key, choice(id, option.words.map((word) => [word, word]), option.value, (node) => set(node.value)));
    if (option.kind === "text") return labelled(option.key, html("code", {}, option.value));
    const number = field(id, option.value, (x) => {
      if (slider) slider.value = placeOf(option, x);
      set(x);
    });
    const slider = option.kind === "number" && html("input", { type: "range", min: 0, max: 1000, "aria-label": `${option.key}, slider` });
    if (!slider) return labelled(option.key, number);
    slider.value = placeOf(option, option.value);
    slider.setAttribute("aria-valuetext", option.value);
    listen(slider, "input", () => {
      number.value = valueAt(option, Number(slider.value));
      slider.setAttribute("aria-valuetext", number.value);
      set(Number(number.value), true);
    });
    return html("div", { class: "setting" }, labelled(option.key, number), slider);
  };
  const card = (rule, k) => {
    const select = choice(`rule-${k}`, live.rules.map((name) => [name, name]), rule.name, (node) => changeRule(k, node.value), { "aria-label": `Rule ${k + 1}` });
    if (!live.rules.includes(rule.name)) select.prepend(new Option(rule.name, rule.name, true, true));
    const remove = html("button", { type: "button", id: `remove-${k}`, "aria-label": `Remove rule ${k + 1}`, title: "Remove" }, "×");
    listen(remove, "click", () => change({ rules: request.rules.filter((_, i) => i !== k) }));
    remove.disabled = rules.length === 1;
    const settings = rule.options.map((option) => [option, setting(k, rule, option, `rule-${k}-${option.key}`)]);
    const first = settings.filter(([option]) => ["lr", "gamma", "momentum"].includes(option.key)).map(([, node]) => node);
    const others = settings.map(([, node]) => node).filter((node) => !first.includes(node));
    const more = others.length ? [html("details", { id: `more-${k}` }, html("summary", {}, "All settings"), ...others)] : [];
    return html("fieldset", { class: "rule" }, html("legend", {}, `Rule ${k + 1}`), html("div", { class: "head" }, select, remove), ...first, ...more);
  };

  /* What the controls look like, without their values. */
  const form = () => JSON.stringify([rules, request.on], (key, x) => (["value", "default", "low", "high"].includes(key) && typeof x !== "object" ? 0 : x));
  let built;
  const build = () => {
    built = form();
    const focus = document.activeElement?.id;
    const open = [...document.querySelectorAll("#playground details[open]")].map((node) => node.id);
    const landscapes = live.landscapes.map(({ name }) => [name, name]);
    landscapes.push(...live.networks.map((name) => [name, name]));
    if (landscapes.every(([name]) => name !== request.on)) landscapes.push([request.on, request.on]);
    const on = choice("on", landscapes, request.on, (node) => {
      const steps = live.networks.includes(node.value) ? Math.min(request.steps, live.most.network) : request.steps;
      change({ on: node.value, start: null, steps });
    }, { "aria-label": "Landscape" });
    const add = html("button", { type: "button", id: "add" }, "+ Add a rule");
    listen(add, "click", () => change({ rules: [...request.rules, live.rules.find((name) => !request.rules.includes(name))] }));
    add.disabled = rules.length >= live.most.rules;
    const start = [0, 1].map((i) => field(`start-${"xy"[i]}`, "", (x) => change({ start: startNow().map((old, j) => (i === j ? x : old)) })));
    const ground = html("fieldset", { class: "ground" }, html("legend", {}, "Landscape"), on,
      html("div", { id: "starts" }, labelled("start x", start[0]), labelled("y", start[1])),
      html("div", {}, labelled("steps", field("steps", request.steps, (x) => change({ steps: x }), { min: 1, max: live.most.steps, step: 1 })),
        labelled("seed", field("seed", request.seed, (x) => change({ seed: x }), { min: 0, step: 1 }))));
    $("cards").replaceChildren(ground, ...rules.map(card), add);
    for (const id of open) $(id)?.setAttribute("open", "");
    if (focus) $(focus)?.focus();
    placeStarts();
  };

  /* ---- the start, to drag ---- */

  const startNow = () => stepper.data().rules[0].path[0];
  const hasStart = () => stepper.data().has_start;
  const moveStart = (x, y) => {
    const [left, right, bottom, top] = stepper.data().box;
    const inside = [Math.min(Math.max(x, left), right), Math.min(Math.max(y, bottom), top)];
    const finest = 10 ** Math.floor(Math.log10((right - left) / 300));
    change({ start: inside.map((c) => digits(Math.round(c / finest) * finest, 6)) }, true);
  };
  const handle = (picture) => {
    const node = html("button", { type: "button", class: "start", title: "The start: drag it, or move it with the arrow keys" });
    node.addEventListener("pointerdown", (event) => node.setPointerCapture(event.pointerId));
    node.addEventListener("pointermove", (event) => {
      if (!node.hasPointerCapture(event.pointerId)) return;
      const area = picture.querySelector("svg").getBoundingClientRect();
      const [left, right, bottom, top] = stepper.data().box;
      moveStart(left + ((event.clientX - area.left) / area.width) * (right - left), top - ((event.clientY - area.top) / area.height) * (top - bottom));
    });
    node.addEventListener("keydown", (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
      if (!dx && !dy) return;
      event.preventDefault();
      event.stopPropagation();
      const [left, right] = stepper.data().box;
      const by = (right - left) / (event.shiftKey ? 400 : 50);
      const [x, y] = request.start ?? startNow();
      moveStart(x + dx * by, y + dy * by);
    });
    picture.append(node);
    return node;
  };
  const placeStarts = () => {
    const [x, y] = startNow();
    const [left, right, bottom, top] = stepper.data().box;
    for (const { root } of stepper.panels) {
      const picture = root.querySelector(".picture");
      const node = picture.querySelector(".start") ?? handle(picture);
      node.hidden = !hasStart();
      node.style.left = `${(100 * (x - left)) / (right - left)}%`;
      node.style.top = `${(100 * (top - y)) / (top - bottom)}%`;
      node.setAttribute("aria-label", `Start at ${plain(x)}, ${plain(y)}; arrow keys move it`);
    }
    $("starts").hidden = !hasStart();
    [$("start-x").value, $("start-y").value] = [digits(x, 6), digits(y, 6)];
  };

  /* ---- the beginning ---- */

  /* What is told until Python is there; fraction: how far it is, from 0 to 1. */
  const progress = (text, fraction = 0) => {
    const share = fraction > 0 && fraction < 1 ? ` ${Math.round(100 * fraction)} %` : "";
    const then = text && location.hash.length > 1 ? "; then this shows what its address asks for" : "";
    $("starting").textContent = text + share + then;
  };
  const restore = () => {
    if (location.hash.length < 2) return;
    const before = request;
    const told = (problem) => {
      const sentence = problem.replace(/(?<![.?!])$/, ".");
      say(problem && `This address asks for what cannot be shown: ${sentence} Here is what stood here before.`);
      if (problem) request = before;
    };
    try {
      request = fromHash(location.hash);
    } catch (error) {
      return told(error.message);
    }
    ask(null, told);
  };
  const connect = (answering) => {
    minimix.ask = answering;
    progress("");
    $("playground").hidden = false;
    build();
    restore();
  };

  const local = (asked) =>
    fetch("answer", { method: "POST", headers: { "X-Token": live.token }, body: JSON.stringify(asked) }).then((answer) => answer.json());
  const area = html("section", { id: "playground", "aria-label": "Playground", hidden: "" }, html("div", { id: "cards" }));
  document.querySelector("main").prepend(html("p", { id: "starting", role: "status" }), area, html("p", { id: "problem", role: "alert" }));
  window.addEventListener("hashchange", restore);
  if (minimix.ask || live.token) connect(minimix.ask ?? local);
  return { connect, progress };
})();
