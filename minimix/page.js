"use strict";
/* What the scripts of all pages share. */
const minimix = (() => {
  const $ = (id) => document.getElementById(id);

  /* ---- numbers ---- */

  const minus = (text) => text.replace("-", "−");
  /* A number for reading, 5 significant digits: [mantissa, power of ten or ""]. */
  const parts = (x) => {
    if (typeof x !== "number") return [String(x).replace("inf", "∞"), ""];
    const [mantissa, power] = x.toPrecision(5).split("e");
    const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
    if (power !== undefined) return [short, String(Number(power))];
    if (x !== 0 && Math.abs(x) < 1e-4) {
      const [m, p] = x.toExponential(4).split("e");
      return [m.replace(/\.?0+$/, ""), String(Number(p))];
    }
    return [short, ""];
  };
  const plain = (x, digits) => {
    if (digits) return minus(String(x));
    const [mantissa, power] = parts(x);
    return minus(power ? `${mantissa}e${power}` : mantissa);
  };
  const mathNumber = (x) => {
    const [mantissa, power] = parts(x);
    const sign = mantissa.startsWith("-") ? "<mo form='prefix'>−</mo>" : "";
    const tail = power ? `<mo>·</mo><msup><mn>10</mn><mrow><mn>${minus(power)}</mn></mrow></msup>` : "";
    return `<mrow>${sign}<mn>${mantissa.replace("-", "")}</mn>${tail}</mrow>`;
  };
  /* A number or a vector; tight: where a negative number needs brackets, "base": one with a power of ten too. */
  const mathValue = (x, tight) => {
    if (Array.isArray(x) && x.length > 1) {
      return `<mtable>${x.map((item) => `<mtr><mtd>${mathNumber(item)}</mtd></mtr>`).join("")}</mtable>`;
    }
    const item = Array.isArray(x) ? x[0] : x;
    const needed = tight !== undefined && (item < 0 || (tight === "base" && parts(item)[1] !== ""));
    return needed ? `<mo>(</mo>${mathNumber(item)}<mo>)</mo>` : mathNumber(item);
  };

  /* ---- elements ---- */

  /* An attribute that is a function listens to that event. */
  const filled = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") node.addEventListener(name, value);
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const html = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  /* ---- large type for a class, kept in the address as ?projector ---- */

  const projector = (on) => {
    document.documentElement.classList.toggle("projector", on);
    $("projector")?.setAttribute("aria-pressed", String(on));
    if (location.protocol === "about:") return; /* a notebook's frame has no address */
    const url = new URL(location);
    if (on === url.searchParams.has("projector")) return;
    url.searchParams.delete("projector");
    if (on) url.search += `${url.search ? "&" : "?"}projector`;
    history.replaceState(null, "", url);
  };
  const isLarge = () => document.documentElement.classList.contains("projector");
  const isTyping = (event) => event.target.matches("input:not([type=range], [type=checkbox]), select, textarea");
  $("projector")?.addEventListener("click", () => projector(!isLarge()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "b" && !isTyping(event) && !event.ctrlKey && !event.metaKey && !event.altKey) projector(!isLarge());
  });
  if (new URL(location).searchParams.has("projector")) projector(true);

  /* ---- steps ---- */

  /* The controls of page.html. show(step) draws a step, from 1 to count, and returns what a screen reader says. */
  const controls = ({ count, show }) => {
    let step = 1;
    let playing = null;

    const go = (to, quiet = false) => {
      step = Math.min(Math.max(Math.round(to) || 1, 1), count);
      $("slider").value = $("jump").value = step;
      $("slider").setAttribute("aria-valuetext", `step ${step} of ${count}`);
      $("where").textContent = `Step ${step} of ${count}`;
      const sentence = show(step);
      if (!quiet) $("said").textContent = sentence;
    };
    /* There are `most` steps from now on. */
    const recount = (most) => {
      count = $("slider").max = $("jump").max = most;
      $("of").textContent = `of ${count}`;
    };
    const play = () => {
      if (playing === null && step === count) go(1, true);
      playing = playing === null ? setInterval(() => (step < count ? go(step + 1, true) : play()), 300) : clearInterval(playing) ?? null;
      $("play").textContent = playing === null ? "Play" : "Pause";
      $("play").setAttribute("aria-pressed", String(playing !== null));
      if (playing === null) go(step);
    };
    const moves = { ArrowRight: () => go(step + 1), ArrowLeft: () => go(step - 1), Home: () => go(1), End: () => go(count), p: play };

    $("first").addEventListener("click", moves.Home);
    $("back").addEventListener("click", moves.ArrowLeft);
    $("forward").addEventListener("click", moves.ArrowRight);
    $("last").addEventListener("click", moves.End);
    $("play").addEventListener("click", play);
    $("slider").addEventListener("input", () => go(Number($("slider").value)));
    $("jump").addEventListener("change", () => go(Number($("jump").value)));
    document.addEventListener("keydown", (event) => {
      const inField = event.target.matches("input, select, .scroll") && event.key !== "p";
      if (inField || event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves)) return;
      event.preventDefault();
      moves[event.key]();
    });
    recount(count);
    go(1, true);
    return { go, recount, step: () => step };
  };

  return { plain, mathValue, html, svg, controls };
})();
