(() => {
  const { plain, mathValue, html, svg } = minimix;
  let data, WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP;
  const take = (given) => {
    data = given;
    for (const { columns } of data.rules) {
      for (const [key, column] of Object.entries(columns)) {
        if (typeof column === "string") columns[key] = columns[column]; /* the same numbers as another term */
      }
    }
    [WIDTH, HEIGHT] = data.size;
    [LEFT, RIGHT, BOTTOM, TOP] = data.box;
  };
  take(JSON.parse(document.getElementById("data").textContent));
  const ARROWS = { g: "#8a939c", d_s: "#0072B2", d_a: "#D55E00", d: "#009E73", dw: "currentColor" };
  const $ = (id) => document.getElementById(id);
  const last = (key) => key.split(":").pop().split(".").pop();
  /* The arrow that a term has: only those of the outermost rule. */
  const arrowOf = (key) => {
    const name = key.split(":").pop();
    return name in ARROWS ? name : null;
  };
  const EQUALS = '<mo form="infix">=</mo>';
  let step = 1;

  const zero = (x) => (Array.isArray(x) ? x.map(() => 0) : 0);
  const valueOf = (rule, key, i) => {
    if (last(key) === "t") return i + 1;
    if (key in rule.columns && rule.columns[key][i] !== null) return rule.columns[key][i];
    if (key in rule.constants) return rule.constants[key];
    const now = key.replace(/_old$/, "");
    const before = i > 0 && now in rule.columns ? rule.columns[now][i - 1] : null;
    return before === null ? zero(rule.columns[now][i]) : before;
  };

  /* ---- drawing ---- */

  const toPlot = ([x, y]) => [((x - LEFT) / (RIGHT - LEFT)) * WIDTH, ((TOP - y) / (TOP - BOTTOM)) * HEIGHT];
  const points = (list) => list.map((p) => toPlot(p).map((c) => c.toFixed(1)).join(",")).join(" ");

  const drawGround = (plot, ground) => {
    plot.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    ground.replaceChildren();
    data.contours.forEach((level, k) => {
      const faint = 1 - (0.7 * k) / Math.max(data.contours.length - 1, 1);
      const d = level
        .map((line) => "M" + line.map((c, i) => (i % 2 && i < line.length - 1 ? `${c / 10}L` : i % 2 ? c / 10 : `${c / 10},`)).join(""))
        .join("");
      ground.append(svg("path", { class: "contour", d, "stroke-opacity": faint.toFixed(2) }));
    });
    for (const [x, y] of data.minima.map(toPlot)) {
      const spikes = [...Array(10).keys()].map((k) => [(k % 2 ? 5 : 12) * Math.sin((k * Math.PI) / 5), (k % 2 ? -5 : -12) * Math.cos((k * Math.PI) / 5)]);
      ground.append(svg("polygon", { class: "minimum", points: spikes.map(([dx, dy]) => `${x + dx},${y + dy}`).join(" ") }, svg("title", {}, "minimum")));
    }
    const ticks = [
      [data.axes[0] + " = " + plain(LEFT), 6, HEIGHT - 8, "start"],
      [plain(RIGHT), WIDTH - 6, HEIGHT - 8, "end"],
      [data.axes[1] + " = " + plain(TOP), 6, 20, "start"],
      [plain(BOTTOM), 6, HEIGHT - 30, "start"],
    ];
    for (const [text, x, y, anchor] of ticks) {
      ground.append(svg("text", { class: "tick", x, y, "text-anchor": anchor }, text));
    }
  };
  /* The first place around an arrow's tip where the name covers no other name. */
  const placeLabel = (x, y, ux, uy, labels) => {
    const places = [[18, 0], [6, 22], [6, -22], [-20, 22], [-20, -22], [40, 0], [-45, 24], [-45, -24]].map(([along, across]) => [
      Math.min(Math.max(x + along * ux - across * uy, 16), WIDTH - 16),
      Math.min(Math.max(y + along * uy + across * ux + 6, 20), HEIGHT - 8),
    ]);
    const free = ([a, b]) => labels.every(([c, d]) => Math.hypot(a - c, b - d) > 26);
    labels.push(places.find(free) ?? places[0]);
    return labels[labels.length - 1];
  };
  const NAMES = { g: ["−g", ""], d_s: ["−d", "s"], d_a: ["−d", "a"], d: ["−d", ""] };
  const arrow = (name, ends, labels) => {
    const [x1, y1] = toPlot(ends.slice(0, 2));
    const [x2, y2] = toPlot(ends.slice(2));
    const long = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [ux, uy] = [(x2 - x1) / long, (y2 - y1) / long];
    const head = [1, -1].map((side) => `${x2 - 16 * ux - side * 9 * uy},${y2 - 16 * uy + side * 9 * ux}`);
    const style = { stroke: ARROWS[name], "stroke-width": name === "g" ? 7 : 4.5, fill: "none" };
    const [base, below] = NAMES[name];
    const [x, y] = placeLabel(x2, y2, ux, uy, labels);
    const label = svg("text", { class: "name", x, y, "text-anchor": "middle" }, base);
    if (below) label.append(svg("tspan", { dy: 5, "font-size": 15 }, below));
    return svg("g", { "data-arrow": name }, svg("line", { x1, y1, x2, y2, ...style }), svg("polyline", { points: `${head[0]} ${x2},${y2} ${head[1]}`, ...style }), label);
  };

  /* ---- panels ---- */

  class Panel {
    constructor(which) {
      this.number = which + 1;
      this.root = $("panel").content.firstElementChild.cloneNode(true);
      this.find = (selector) => this.root.querySelector(selector);
      $("panels").append(this.root);
      this.select = this.find("select");
      this.select.addEventListener("change", () => this.choose(Number(this.select.value)));
      this.find(".digits input").addEventListener("change", () => this.fillTerms());
      this.ground = svg("g");
      this.moving = svg("g");
      this.find(".plot").append(this.ground, this.moving);
      const light = (event) => this.light(event.target.closest("[data-key]")?.dataset.key);
      this.root.addEventListener("mouseover", light);
      this.root.addEventListener("focusin", light);
      this.root.addEventListener("mouseleave", () => this.light(null));
      this.root.addEventListener("focusout", () => this.light(null));
      this.take(which);
    }

    /* Show rule number `which` of data that are new. */
    take(which) {
      this.select.replaceChildren(...data.rules.map((rule, k) => new Option(rule.label, k)));
      this.select.value = which;
      drawGround(this.find(".plot"), this.ground);
      this.find(".ground-said").textContent = data.ground;
      this.choose(which);
    }

    choose(which) {
      const rule = data.rules[which];
      [this.which, this.rule, this.shown] = [which, rule, null];
      this.find(".scroll").setAttribute("aria-label", `Terms of ${rule.label}, panel ${this.number}`);
      this.buildTerms();
      this.draw();
    }

    draw() {
      const i = Math.min(step, this.rule.set.length) - 1;
      this.i = i;
      const rule = this.rule;
      this.root.classList.toggle("stopped", rule.stopped !== null && i === rule.set.length - 1);
      this.drawPlot(i);
      const [loss, after] = [rule.columns.loss[i], rule.columns.loss_new[i]].map((x) => plain(x));
      this.find(".loss").textContent = data.batches
        ? `loss of step ${i + 1}'s batch ${loss} → ${after}` + (i + 1 < data.count ? "; the next step draws another batch" : "")
        : `loss ${loss} → ${after}`;
      const ended = step > rule.set.length ? `Ended at step ${rule.set.length}. ` : "";
      this.find(".changed").textContent = ended + (rule.changed[i] ?? "…");
      if (rule.set[i] !== null) {
        if (this.shown !== rule.set[i]) this.buildEquations(rule.set[i]);
        this.fillEquations();
      }
      this.fillTerms();
      if (this.lit) this.light(this.lit);
    }

    drawPlot(i) {
      const rule = this.rule;
      const trace = svg("polyline", { class: "trace", points: points(rule.path.slice(0, i + 1)) });
      const [from, to] = [toPlot(rule.path[i]), toPlot(rule.path[i + 1])];
      const move = svg("line", { class: "step", x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
      this.moving.replaceChildren(trace, svg("g", { "data-arrow": "dw" }, move));
      const labels = [];
      for (const [name, ends] of Object.entries(rule.arrows)) {
        if (ends[i]) this.moving.append(arrow(name, ends[i], labels));
      }
      this.moving.append(this.here(from));
      const w = rule.columns.w[i].map((x) => plain(x)).join(", ");
      const what = data.contours.length ? "Contour lines with the trace" : "Trace";
      this.find(".plot").setAttribute("aria-label", `${what} of ${rule.label} up to step ${i + 1}, at (${w})`);
    }

    here([x, y]) {
      const [cx, cy] = [Math.min(Math.max(x, 0), WIDTH), Math.min(Math.max(y, 0), HEIGHT)];
      return svg("circle", { class: cx === x && cy === y ? "here" : "here outside", cx, cy, r: 7 });
    }

    buildEquations(set) {
      this.shown = set;
      const box = this.find(".equations");
      box.replaceChildren();
      let group = null;
      for (const number of this.rule.sets[set]) {
        const equation = this.rule.equations[number];
        if (equation.group !== group) {
          group = equation.group;
          box.append(html("h4", {}, group));
        }
        const math = (inside) => `<math>${inside}</math>`;
        const node = html("div", { class: "equation" });
        const because = equation.when ? `<span class="because">because</span>${math(equation.when)}` : "";
        const hole = `<mrow data-key="${equation.key.replace(/"/g, "&quot;")}"></mrow>`;
        const [also, alsoNumbers] = equation.also.map(([start, ...more]) => [`${EQUALS}${start}`, ...more]);
        const [first, ...more] = equation.numbers;
        const same = equation.numbers.length === 1 && first.startsWith("<mrow data-key") && first.indexOf("</mrow>") === first.length - 7;
        const numbers = same ? "" : [`${EQUALS}${first}`, ...more, ...(alsoNumbers ?? [])].map(math).join("");
        node.innerHTML =
          `<div class="letters">${[`${equation.name}${EQUALS}${equation.letters[0]}`, ...equation.letters.slice(1), ...(also ?? [])].map(math).join("")}${because}</div>` +
          `<div class="numbers">${numbers}${math(`${EQUALS}${hole}`)}</div>`;
        box.append(node);
      }
      this.holes = [...box.querySelectorAll(".numbers [data-key]")];
    }

    fillEquations() {
      for (const hole of this.holes) {
        const x = valueOf(this.rule, hole.dataset.key, this.i);
        hole.innerHTML = mathValue(x, hole.dataset.tight);
        hole.dataset.value = JSON.stringify(x);
      }
    }

    buildTerms() {
      const names = this.rule.layers.length ? ["value"] : data.coordinates;
      const rest = Object.keys(this.rule.rest).length ? ["norm of the rest"] : [];
      const cell = (text) => html("th", { scope: "col" }, text);
      this.find("thead tr").replaceChildren(...["term", ...names, ...rest].map(cell));
      const body = this.find("tbody");
      body.replaceChildren();
      const joint = new Set(this.rule.layers.length ? ["w", "g", "dw", "w_new"] : []);
      for (const term of this.rule.terms) {
        if (joint.has(term.key)) continue;
        const row = body.insertRow();
        row.dataset.key = term.key;
        const th = html("th", { scope: "row" });
        const layer = term.layer ? `${term.layer}: ` : "";
        const math = `<math>${term.name}</math>`;
        const name = arrowOf(term.key);
        th.innerHTML = math;
        if (name) th.replaceChildren(this.lighter(term.spoken, math, ARROWS[name]));
        th.prepend(layer);
        th.append(html("small", {}, term.meaning));
        row.append(th);
        for (let k = 0; k < names.length + rest.length; k++) row.insertCell();
      }
    }

    /* What takes the focus so that an arrow can be lit without a mouse. */
    lighter(spoken, math, colour) {
      const button = html("button", { type: "button", style: `border-color: ${colour}` });
      button.innerHTML = math.replace("<math>", '<math aria-hidden="true">');
      button.append(html("span", { class: "unseen" }, `arrow of −${spoken}`));
      return button;
    }

    fillTerms() {
      const digits = this.find(".digits input").checked;
      this.find("table").classList.toggle("all-digits", digits);
      for (const row of this.find("tbody").rows) {
        const key = row.dataset.key;
        const x = this.rule.columns[key][this.i];
        const list = x === null ? [] : Array.isArray(x) ? x : [x];
        const rest = this.rule.rest[key]?.[this.i];
        const cells = [...row.cells].slice(1);
        cells.forEach((cell, k) => {
          const item = rest !== undefined && k === cells.length - 1 ? rest : list[k];
          cell.textContent = item === undefined || item === null ? "" : plain(item, digits);
          cell.title = item === undefined || item === null ? "" : String(item);
        });
      }
    }

    light(key) {
      this.lit = key;
      const name = key ? arrowOf(key) : null;
      for (const node of this.root.querySelectorAll(".lit")) node.classList.remove("lit");
      const drawn = name && this.root.querySelector(`.plot [data-arrow="${name}"]`);
      this.find(".plot").classList.toggle("lighting", Boolean(drawn));
      if (!key) return;
      if (drawn) drawn.classList.add("lit");
      for (const node of this.root.querySelectorAll("[data-key]")) {
        if (node.dataset.key === key) node.classList.add("lit");
      }
    }
  }

  /* ---- the losses of all rules ---- */

  const LOSS = { width: 1000, height: 120, left: 8 };
  const lossAt = (rule) => [...rule.columns.loss, rule.columns.loss_new[rule.columns.loss_new.length - 1]];
  let lossX; /* where a step stands */
  const drawLosses = () => {
    const finite = data.rules.flatMap(lossAt).filter((x) => typeof x === "number" && Math.abs(x) < 1e30);
    const least = Math.min(...finite);
    const log = least > 0;
    const scaled = (x) => (log ? Math.log10(x) : x);
    /* A rule that diverges leaves the chart at its top; the others stay readable. */
    const most = Math.min(Math.max(...finite), 30 * Math.max(...data.rules.map((rule) => Math.abs(rule.columns.loss[0]))));
    const [low, high] = [scaled(log ? Math.max(least, most * 1e-12) : least), scaled(most)];
    lossX = (i) => LOSS.left + (i / data.count) * (LOSS.width - 2 * LOSS.left);
    const lossY = (x) => {
      const share = (scaled(typeof x === "number" ? x : Infinity) - low) / (high - low || 1);
      return 108 - 96 * Math.min(Math.max(share, 0), 1);
    };
    const chart = $("losses");
    chart.replaceChildren();
    $("legend").replaceChildren();
    chart.setAttribute("viewBox", `0 0 ${LOSS.width} ${LOSS.height}`);
    chart.setAttribute("preserveAspectRatio", "none");
    const fixed = { "vector-effect": "non-scaling-stroke", fill: "none" };
    chart.append(svg("line", { x1: 0, x2: LOSS.width, y1: 119, y2: 119, stroke: "#9aa3ab", ...fixed }));
    for (const rule of data.rules) {
      const line = lossAt(rule).map((x, i) => `${lossX(i).toFixed(1)},${lossY(x).toFixed(1)}`);
      const style = { stroke: rule.colour === "#000000" ? "currentColor" : rule.colour, "stroke-width": 2, "stroke-dasharray": rule.dash };
      chart.append(svg("polyline", { points: line.join(" "), ...style, ...fixed }));
      const sample = svg("svg", { viewBox: "0 0 28 8", "aria-hidden": "true" }, svg("line", { x1: 0, x2: 28, y1: 4, y2: 4, ...style }));
      $("legend").append(html("span", {}, sample, rule.label));
    }
    const ends = `${plain(log ? 10 ** low : low)} to ${plain(log ? 10 ** high : high)}${log ? ", log scale" : ""}`;
    $("range").textContent = `(${ends})`;
    const now = svg("line", { y1: 0, y2: LOSS.height, stroke: "currentColor", "stroke-width": 1, ...fixed });
    chart.append(now);
    return now;
  };

  /* ---- steps ---- */

  const panels = [];
  let now = drawLosses();
  const show = (to) => {
    step = to;
    now.setAttribute("x1", lossX(step - 1));
    now.setAttribute("x2", lossX(step - 1));
    for (const panel of panels) panel.draw();
    return `Step ${step}. ` + panels.map((p) => `${p.rule.label}: ${p.find(".loss").textContent}. ${p.find(".changed").textContent}`).join(" ");
  };
  const fitPanels = () => {
    while (panels.length > Math.min(data.rules.length, 2)) panels.pop().root.remove();
    for (const panel of panels) panel.take(Math.min(panel.which, data.rules.length - 1));
    while (panels.length < Math.min(data.rules.length, 2)) panels.push(new Panel(panels.length));
  };
  fitPanels();
  const steps = minimix.controls({ count: data.count, show });

  /* For a script that has steps made anew: update(data) shows others at the same step, as far as there are so many. */
  minimix.stepper = {
    data: () => data,
    panels,
    step: steps.step,
    update(given) {
      take(given);
      step = Math.min(step, data.count);
      now = drawLosses();
      fitPanels();
      steps.recount(data.count);
      steps.go(step, true);
      document.querySelector("h1").textContent = data.name;
      document.querySelector("header p").textContent = data.about;
    },
  };
})();
