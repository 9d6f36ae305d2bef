(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { plain, html, svg } = minimix;
  const $ = (id) => document.getElementById(id);
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const groups = [...new Set(data.nodes.map((node) => node.group).filter(Boolean))];
  const folded = new Set(data.nodes.length > 30 ? groups : []);
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

  /* A step computes a value, or else hands a gradient g back; the second sweep's values are computed after the first. */
  const isForward = ({ g }) => !g;
  /* values, gradients: of the nodes that have one by then; left: uses that have still to hand something to a node. */
  const stateAt = (count) => {
    const now = data.steps[count - 1];
    const state = { now, values: new Set(), gradients: new Map(), sums: new Map(), freed: new Set(), ready: new Set(now.ready), sweep: "" };
    for (const node of data.nodes) if (!node.operator) state.values.add(node.id);
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
  /* Layers by the longest path; what has no inputs stands just above its first use. */
  const layered = (boxes) => {
    for (const box of boxes.values()) box.layer = 0;
    for (let round = 0, moved = true; moved && round < boxes.size; round++) {
      moved = false;
      for (const box of boxes.values()) {
        const layer = Math.max(0, ...[...box.from].map((key) => boxes.get(key).layer + 1));
        if (layer > box.layer) (box.layer = layer), (moved = true);
      }
    }
    for (const box of boxes.values()) {
      const users = [...boxes.values()].filter((other) => other.from.has(box.key));
      if (!box.from.size && users.length) box.layer = Math.max(0, Math.min(...users.map((user) => user.layer)) - 1);
    }
  };
  /* Rows of slots: boxes, and a narrow one in every layer that an edge passes. */
  const rowsOfSlots = (boxes) => {
    const rows = [];
    const put = (slot, layer) => ((rows[layer] ??= []).push(slot), slot);
    for (const box of boxes.values()) box.slot = put({ width: box.width, height: box.height, near: [] }, box.layer);
    const edges = [];
    for (const box of boxes.values()) {
      for (const key of box.from) {
        const way = [boxes.get(key).slot];
        for (let layer = boxes.get(key).layer + 1; layer < box.layer; layer++) way.push(put({ width: 0.4, passing: true, near: [] }, layer));
        way.push(box.slot);
        for (let k = 1; k < way.length; k++) way[k].near.push(way[k - 1]), way[k - 1].near.push(way[k]);
        edges.push({ from: key, to: box.key, way });
      }
    }
    return [rows.filter(Boolean), edges];
  };
  const GAP = { across: 1.2, down: 2.2 }; /* rem */
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const arrange = (rows) => {
    rows.forEach((row) => row.forEach((slot, k) => (slot.x = k * 6)));
    for (let round = 0; round < 12; round++) {
      for (const row of round % 2 ? [...rows].reverse() : rows) {
        for (const slot of row) slot.wanted = slot.near.length ? mean(slot.near.map((other) => other.x)) : slot.x;
        row.sort((a, b) => a.wanted - b.wanted);
        let edge = -Infinity;
        for (const slot of row) {
          slot.x = Math.max(slot.wanted, edge + slot.width / 2);
          edge = slot.x + slot.width / 2 + GAP.across;
        }
        const shift = mean(row.map((slot) => slot.wanted - slot.x));
        for (const slot of row) slot.x += shift;
      }
    }
    const left = Math.min(...rows.flat().map((slot) => slot.x - slot.width / 2)) - 1;
    let y = 1;
    for (const row of rows) {
      const high = Math.max(...row.map((slot) => slot.height ?? 0));
      for (const slot of row) {
        if (slot.passing) slot.height = high;
        slot.x -= left;
        slot.y = y + (high - slot.height) / 2;
      }
      y += high + GAP.down;
    }
    return [Math.max(...rows.flat().map((slot) => slot.x + slot.width / 2)) + 1, y - GAP.down + 1];
  };
  const line = (way) => {
    const at = (x, y) => `${(16 * x).toFixed(1)},${(16 * y).toFixed(1)}`;
    let d = `M${at(way[0].x, way[0].y + way[0].height)}`;
    for (let k = 1; k < way.length; k++) {
      const [a, b] = [way[k - 1], way[k]];
      const [top, bottom] = [a.y + a.height, b.y];
      d += `C${at(a.x, (top + bottom) / 2)} ${at(b.x, (top + bottom) / 2)} ${at(b.x, bottom)}`;
      if (b.passing) d += `L${at(b.x, bottom + b.height)}`;
    }
    return d;
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
      box.element.addEventListener("click", () => (box.group ? toggle(box.group) : choose(box.key)));
      box.element.addEventListener("keydown", (event) => moveFrom(event, box));
      fillBox(box, state);
      sheet.append(box.element);
      const { width, height } = box.element.getBoundingClientRect();
      [box.width, box.height] = [(width + 1) / rem, height / rem];
    }
    layered(boxes);
    const [rows, found] = rowsOfSlots(boxes);
    const [width, height] = arrange(rows);
    Object.assign(sheet.style, { width: `${width}rem`, height: `${height}rem` });
    const wide = width > height; /* on paper the graph stands above the panel, not beside it */
    $("graph").parentElement.classList.toggle("wide", wide);
    sheet.style.setProperty("--fit", Math.min(1, (wide ? 60 : 29) / width, (wide ? 50 : 78) / height).toFixed(3));
    for (const { element, slot } of boxes.values()) {
      Object.assign(element.style, { left: `${slot.x}rem`, top: `${slot.y}rem`, minWidth: `${slot.width}rem`, height: `${slot.height}rem` });
    }
    edges = found.map((edge) => ({ ...edge, path: svg("path", { d: line(edge.way) }) }));
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

  const toggle = (group, keep = false) => {
    if (!folded.delete(group)) folded.add(group);
    drawGraph();
    show(step);
    const first = data.nodes.find((node) => node.group === group);
    if (!keep) boxes.get(boxOf(first.id)).element.focus();
  };
  const drawGroups = () => {
    $("groups").replaceChildren(
      ...groups.map((group) => {
        const button = html("button", { type: "button", "aria-expanded": String(!folded.has(group)) }, `${folded.has(group) ? "▸" : "▾"} ${group}`);
        button.addEventListener("click", () => (toggle(group, true), $("groups").children[groups.indexOf(group)].focus()));
        return button;
      }),
    );
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
      box.push(html("h3", {}, `To ${named(vjp.to)}, the argument ${vjp.name}`), part);
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
})();
