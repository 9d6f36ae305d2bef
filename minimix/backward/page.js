(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { plain, html, svg } = minimix;
  const $ = (id) => document.getElementById(id);
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const inGroup = (group) => data.nodes.filter((node) => node.group === group);
  const groups = [...new Set(data.nodes.map((node) => node.group))].filter((group) => group && inGroup(group).length > 1);
  const folded = new Set(data.nodes.length > 20 ? groups : []);
  const sized = ({ shape, dtype }) => `${shape && `[${shape}] `}${dtype}`;
  const named = (id) => nodes.get(id).name;
  let step = 1;
  let chosen = null;

  /* ---- values: a number, a small array, a picture, or a norm with a histogram ---- */

  const short = (x) => plain(typeof x === "number" ? Number(x.toPrecision(3)) : x);
  /* Blue below 0, white, vermilion above: told apart by the colour-blind. */
  const signed = (share) => {
    const end = share < 0 ? [0, 114, 178] : [213, 94, 0];
    return end.map((c) => 255 + (c - 255) * Math.abs(share));
  };
  const images = new Set(data.nodes.filter((node) => !node.operator && !node.trained).map((node) => node.value));
  /* What was given in its own colours or in grey; of all else the first channel by its signs. */
  const coloured = (bytes, k, channels, v) => {
    if (images.has(v)) return [0, 1, 2].map((c) => bytes[k * channels + (c % channels)]);
    const x = v.low + (bytes[k * channels] / 255) * (v.high - v.low);
    return signed(x / (Math.max(-v.low, v.high) || 1));
  };
  const drawn = (width, height, colourOf) => {
    const made = html("canvas", { width, height, "aria-hidden": "true" });
    const image = new ImageData(width, height);
    for (let k = 0; k < width * height; k++) image.data.set([...colourOf(k), 255], 4 * k);
    made.getContext("2d").putImageData(image, 0, 0);
    return made;
  };
  const picture = ({ height, width, channels, pixels }, v) => {
    const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
    return drawn(width, height, (k) => coloured(bytes, k, channels, v));
  };
  const bars = ({ histogram }) => {
    const high = Math.max(...histogram, 1);
    const bar = (x, k) => svg("rect", { x: k, width: 0.9, y: 10 - (10 * x) / high, height: (10 * x) / high });
    const box = { class: "bars", viewBox: `0 0 ${histogram.length} 10`, preserveAspectRatio: "none", "aria-hidden": "true" };
    return svg("svg", box, ...histogram.map(bar));
  };
  const rowsOf = (x) => (Array.isArray(x[0]) ? x : [x]);
  const grid = ({ numbers }, written) => {
    const rows = rowsOf(numbers).map((row) => row.map((x) => html("span", {}, written(x))));
    if (rows[0].length > 4) return html("span", { class: "grid" }, ...rows.map((row) => html("span", { class: "row" }, ...row)));
    return html("span", { class: "grid", style: `grid-template-columns: repeat(${rows[0].length}, auto)` }, ...rows.flat());
  };
  /* In a node there is room for four columns; a larger array is drawn in cells. */
  const cells = ({ numbers }) => {
    const [all, most] = [rowsOf(numbers).flat().map(Number), Math.max(...numbers.flat().map(Math.abs)) || 1];
    return drawn(rowsOf(numbers)[0].length, rowsOf(numbers).length, (k) => signed(all[k] / most));
  };
  const isWide = ({ numbers }) => rowsOf(numbers)[0].length > 4 || rowsOf(numbers).length > 6;
  const range = (v) => (v.low === undefined ? "" : `${short(v.low)} to ${short(v.high)}`);
  const SHOWN = {
    number: (v, written) => [written(v.number)],
    array: (v, written) => [written === short && isWide(v) ? cells(v) : grid(v, written)],
    picture: (v, written) => [...v.pictures.slice(0, written === short ? 2 : 8).map((one) => picture(one, v)), html("small", {}, range(v))],
    norm: (v, written) => [`‖·‖ ${written(v.norm)}`, bars(v), html("small", {}, range(v))],
  };
  const shown = (v, written = plain) => html("span", { class: "value" }, ...SHOWN[v.kind](v, written));
  const TOLD = {
    number: (v) => plain(v.number),
    array: (v) => rowsOf(v.numbers).map((row) => row.map((x) => plain(x)).join(", ")).join("; "),
    picture: (v) => `${v.pictures.length === 1 ? "a picture" : `${v.pictures.length} pictures`} from ${range(v)}`,
    norm: (v) => `norm ${plain(v.norm)}, from ${range(v)}`,
  };
  const told = (v) => TOLD[v.kind](v);

  /* ---- what is known after a step ---- */

  /* A step computes a value, or else hands a gradient g back. */
  const isForward = ({ g }) => !g;
  const steppedTo = new Set(data.steps.filter(isForward).map(({ node }) => node));
  /* values, gradients: of the nodes that have one by then; left: uses that have still to hand something to a node. */
  const stateAt = (count) => {
    const now = data.steps[count - 1];
    const state = { now, values: new Set(), gradients: new Map(), sums: new Map(), freed: new Set(), ready: new Set(now.ready), sweep: "" };
    /* What no step computes is given, or was computed by the first sweep, for the second. */
    const given = data.nodes.filter(({ id, part }) => !steppedTo.has(id) && (part === "forward" || now.phase === "second"));
    for (const { id } of given) state.values.add(id);
    for (const { phase, node, g, vjps, freed } of data.steps.slice(0, count)) {
      if (g && phase !== state.sweep) {
        state.sweep = phase;
        for (const known of [state.gradients, state.sums, state.freed]) known.clear();
      }
      state.values.add(node);
      if (g) state.gradients.set(node, g);
      for (const { to, handed, adds, left } of vjps) {
        state.gradients.set(to, adds ?? handed);
        if (adds || left) state.sums.set(to, left);
      }
      for (const id of freed) state.freed.add(id);
    }
    return state;
  };
  const condition = (state, id) => {
    if (state.now.node === id) return "current";
    if (state.ready.has(id)) return "ready";
    if (state.freed.has(id)) return "freed";
    return state.values.has(id) ? "" : "later";
  };
  const WORDS = { current: "this step", ready: "ready next", freed: "freed", later: "not yet computed", "": "" };
  const summed = (state, id) => {
    const left = state.sums.get(id);
    return left === undefined ? "" : left ? `a sum, ${left} more to come` : "a sum";
  };

  /* ---- the graph: boxes in layers, and the way of every edge ---- */

  const boxOf = (id) => (folded.has(nodes.get(id).group) ? `+${nodes.get(id).group}` : id);
  const boxesNow = () => {
    const found = new Map();
    for (const node of data.nodes) {
      const key = boxOf(node.id);
      if (!found.has(key)) found.set(key, { key, group: key === node.id ? "" : node.group, members: [], from: new Set() });
      const box = found.get(key);
      box.members.push(node.id);
      for (const input of node.inputs) if (boxOf(input) !== key) box.from.add(boxOf(input));
    }
    return found;
  };
  let boxes;
  let edges;
  const drawGraph = () => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const sheet = html("div", { class: "sheet" });
    $("graph").replaceChildren(sheet);
    boxes = boxesNow();
    const state = stateAt(data.steps.length);
    for (const box of boxes.values()) {
      box.element = html("button", { type: "button", class: "node", tabindex: "-1" });
      box.element.addEventListener("click", () => (box.group ? opened(box.group) : choose(box.key)));
      box.element.addEventListener("keydown", (event) => moveFrom(event, box));
      fillBox(box, state);
      sheet.append(box.element);
      const { width, height } = box.element.getBoundingClientRect();
      [box.width, box.height] = [(width + 1) / rem, height / rem];
    }
    const { width, height, edges: found } = minimix.layout(boxes);
    Object.assign(sheet.style, { width: `${width}rem`, height: `${height}rem` });
    /* On paper the graph stands beside the panel or above it, where it is larger. */
    const [beside, above] = [Math.min(1, 29 / width, 78 / height), Math.min(1, 60 / width, 45 / height)];
    $("graph").parentElement.classList.toggle("wide", above > beside);
    sheet.style.setProperty("--fit", Math.max(beside, above).toFixed(3));
    for (const { element, slot } of boxes.values()) {
      Object.assign(element.style, { left: `${slot.x}rem`, top: `${slot.y}rem`, minWidth: `${slot.width}rem`, height: `${slot.height}rem` });
    }
    edges = found.map(({ from, to, line }) => ({ from, to, path: svg("path", { d: line }) }));
    sheet.prepend(svg("svg", { class: "edges", viewBox: `0 0 ${16 * width} ${16 * height}`, "aria-hidden": "true" }, ...edges.map(({ path }) => path)));
  };
  /* Up and down go through the nodes in the order of computation. */
  const moveFrom = (event, box) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const all = [...boxes.values()];
    const next = all[all.indexOf(box) + way];
    if (!next) return;
    box.element.tabIndex = -1;
    next.element.tabIndex = 0;
    next.element.focus();
  };

  const held = (letter, v, known) => {
    const inside = html("span", { class: `held${known ? "" : " absent"}`, "aria-hidden": "true" }, html("span", {}, letter));
    inside.append(shown(v, short));
    return inside;
  };
  /* A box shows its node; a folded layer what it hands on, its last node. */
  const fillBox = (box, state) => {
    const id = box.members[box.members.length - 1];
    const node = nodes.get(id);
    const conditions = box.members.map((member) => condition(state, member));
    const found = ["current", "ready"].find((c) => conditions.includes(c)) ?? conditions[conditions.length - 1];
    box.element.className = `node ${found} ${box.group ? "folded" : ""} ${id === chosen && !box.group ? "chosen" : ""}`;
    const title = box.group || node.name;
    const here = conditions.includes("current") ? `, now ${named(state.now.node)}` : "";
    const about = box.group ? `${box.members.length} nodes${here}` : node.operator;
    const shape = html("span", { class: "shape" }, sized(node));
    const parts = [html("b", {}, title), about ? ` ${about}` : ""];
    const gradient = state.gradients.get(id) ?? node.gradient ?? node.second;
    const known = state.gradients.has(id);
    const sum = summed(state, id);
    box.element.replaceChildren(html("span", {}, ...parts), shape, held("=", node.value, state.values.has(id)));
    if (gradient) box.element.append(held(`${sum && "Σ"}${state.sweep === "second" ? "∇₂" : "∇"}`, gradient, known));
    const words = [state.values.has(id) ? `value ${told(node.value)}` : "", known ? `gradient ${told(gradient)}` : "", sum, WORDS[found]];
    box.element.append(html("span", { class: "unseen" }, words.filter(Boolean).map((word) => `, ${word}`).join("")));
    if (box.group) box.element.setAttribute("aria-expanded", "false");
  };

  const again = () => {
    drawGraph();
    show(step);
  };
  const toggle = (group) => {
    if (!folded.delete(group)) folded.add(group);
    again();
  };
  const opened = (group) => {
    toggle(group);
    boxes.get(boxOf(inGroup(group)[0].id)).element.focus();
  };
  const drawGroups = () => {
    const button = (name, isOpen, act) => {
      const made = html("button", { type: "button", "aria-expanded": String(isOpen) }, `${isOpen ? "▾" : "▸"} ${name}`);
      made.addEventListener("click", () => {
        const place = [...$("groups").children].indexOf(made);
        act(isOpen);
        $("groups").children[place].focus();
      });
      return made;
    };
    const all = (isOpen) => {
      for (const group of groups) isOpen ? folded.add(group) : folded.delete(group);
      again();
    };
    const each = groups.map((group) => button(group, !folded.has(group), () => toggle(group)));
    $("groups").replaceChildren(...(groups.length > 1 ? [button("all layers", !folded.size, all)] : []), ...each);
  };

  /* ---- the panels ---- */

  const math = (inside) => {
    const box = html("span");
    box.innerHTML = inside; /* from formulas.py */
    return [...box.children];
  };
  /* name = letters = numbers = result; name and result may be left out. */
  const equation = (name, letters, numbers, result) => {
    const end = result ? ["= ", shown(result)] : [];
    const box = html("div", { class: "equation" }, html("div", { class: "letters" }, name && `${name} = `, ...math(letters)));
    box.append(html("div", { class: "numbers" }, ...(numbers === letters ? [] : ["= ", ...math(numbers)]), ...end));
    return box;
  };
  const paragraph = (...parts) => html("p", {}, ...parts.flatMap((part) => [typeof part === "string" ? part : shown(part), " "]));
  const drawStep = (state) => {
    const { now } = state;
    const node = nodes.get(now.node);
    const box = [html("p", { class: "changed" }, now.said)];
    if (now.why) box.push(html("p", { class: "why" }, now.why));
    if (now.g) box.push(paragraph("g =", now.g));
    if (isForward(now)) box.push(equation(node.name, node.formula, node.numbers, node.value));
    for (const vjp of now.vjps) {
      const part = equation("", vjp.letters, vjp.numbers, vjp.undone ? null : vjp.handed);
      if (vjp.undone) part.append(paragraph(`Then ${vjp.undone}:`, vjp.handed));
      if (vjp.adds) part.append(paragraph(`Added up${vjp.left ? ` (${vjp.left} more to come)` : ""}:`, vjp.before, "+", vjp.handed, "=", vjp.adds));
      box.push(html("h3", {}, `To ${named(vjp.to)}, argument ${vjp.argument + 1} of ${node.operator}`), part);
    }
    const names = (ids) => ids.map(named).join(", ");
    if (now.ready.length) box.push(paragraph(`Ready next: ${names(now.ready)}`));
    if (now.freed.length) box.push(paragraph(`Freed: ${names(now.freed)}`));
    $("step").replaceChildren(...box);
  };
  const facts = (pairs) => {
    const list = html("dl", { class: "facts" });
    for (const [term, what] of pairs) if (what) list.append(html("dt", {}, term), html("dd", {}, what));
    return list;
  };
  const drawNode = (state) => {
    $("chosen").hidden = chosen === null;
    if (chosen === null) return;
    const node = nodes.get(chosen);
    const gradient = state.gradients.get(chosen);
    const list = facts([
      ["operator", node.operator], ["options", node.options], ["layer", node.group], ["shape", sized(node)],
      ["inputs", node.inputs.map(named).join(", ")], ["state", WORDS[condition(state, chosen)]],
      ["value", state.values.has(chosen) && shown(node.value)], ["gradient", gradient && shown(gradient)], ["", summed(state, chosen)],
    ]);
    $("which").textContent = node.name;
    $("node").replaceChildren(list, ...(node.formula ? [equation(node.name, node.formula, node.numbers)] : []));
  };
  const choose = (id) => {
    chosen = chosen === id ? null : id;
    draw(stateAt(step));
  };

  const HEADS = ["node", "operator", "shape", "inputs", "value", "gradient", "state"];
  const drawTable = (state) => {
    if (!$("listed").open) return;
    const row = (node) => {
      const gradient = state.gradients.get(node.id);
      const cells = [node.operator, node.shape, node.inputs.map(named).join(", ")];
      cells.push(state.values.has(node.id) ? told(node.value) : "", gradient ? told(gradient) : "");
      cells.push([WORDS[condition(state, node.id)], summed(state, node.id)].filter(Boolean).join(", "));
      return html("tr", {}, html("th", { scope: "row" }, named(node.id)), ...cells.map((text) => html("td", { class: "text" }, text)));
    };
    $("listed").querySelector("tbody").replaceChildren(...data.nodes.map(row));
  };

  /* ---- a step ---- */

  const draw = (state) => {
    const { now } = state;
    for (const box of boxes.values()) fillBox(box, state), (box.element.tabIndex = -1);
    const handing = new Set((isForward(now) ? nodes.get(now.node).inputs : now.vjps.map(({ to }) => to)).map(boxOf));
    for (const { from, to, path } of edges) {
      const lit = to === boxOf(now.node) && handing.has(from);
      path.setAttribute("class", lit ? `lit ${isForward(now) ? "forward" : "backward"}` : "");
    }
    const { element } = boxes.get(boxOf(now.node));
    element.tabIndex = 0;
    drawStep(state);
    drawNode(state);
    for (const row of document.querySelectorAll(".equation > div")) {
      if (row.scrollWidth <= row.clientWidth) continue;
      row.classList.add("scroll"); /* and can be scrolled by key */
      for (const [name, value] of [["tabindex", 0], ["role", "group"], ["aria-label", "Formula"]]) row.setAttribute(name, value);
    }
    drawTable(state);
    const graph = $("graph");
    graph.scrollTop = element.offsetTop - (graph.clientHeight - element.offsetHeight) / 2;
    graph.scrollLeft = element.offsetLeft - graph.clientWidth / 2; /* its middle */
  };
  const show = (to) => {
    step = to;
    drawGroups();
    draw(stateAt(step));
    const { phase, said, why } = data.steps[step - 1];
    return `Step ${step} of ${data.steps.length}, ${phase}. ${said} ${why}`;
  };

  $("listed").querySelector("thead tr").append(...HEADS.map((text) => html("th", { scope: "col" }, text)));
  $("listed").addEventListener("toggle", () => drawTable(stateAt(step)));
  $("cut").textContent = data.cut;
  drawGraph();
  minimix.controls({ count: data.steps.length, show });

  /* In a frame that is folded away nothing has a size: the graph is laid out anew when it is opened. */
  if (!$("graph").clientWidth) {
    new ResizeObserver((_, observer) => {
      if (!$("graph").clientWidth) return;
      observer.disconnect();
      drawGraph();
      draw(stateAt(step));
    }).observe($("graph"));
  }
})();
