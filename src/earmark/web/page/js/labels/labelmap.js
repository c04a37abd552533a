// Labels on a plane: a circle each, sized by its tracks, in its 95 % ellipse, named beside it, with a line to the label
// that is nearest in truth. Arrows move between circles, Enter and Space choose.
import { el, svg } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { areApart, far, range } from "/page/js/labels/words.js";

const MARGIN = 26;
const SMALLEST = 5;
const LARGEST = 15;
const LETTER_PX = 12.5;
const LONGEST = 24;
// With more labels than this, only the lines of chosen ones are drawn.
const MOST_LINES = 40;
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/**
 * Make the map.
 *
 * @param {object} atlas As GET /atlas gives it.
 * @param {{onPick: (label: string) => void}} options
 * @returns {{element: HTMLElement, mark: (marks: Map<string, string>) => void}} `mark` tells which labels are chosen,
 *   and by which word ("chosen", "first", "second", "loved").
 */
export function labelMap(atlas, { onPick }) {
  const made = new LabelMap(atlas, onPick);
  return { element: made.element, mark: (marks) => made.mark(marks) };
}

class LabelMap {
  #atlas;
  #onPick;
  #marks = new Map();
  #nodes = new Map();
  #size = [0, 0];

  constructor(atlas, onPick) {
    this.#atlas = atlas;
    this.#onPick = onPick;
    this.picture = svg("svg", {
      class: "label-map-picture",
      role: "group",
      "aria-label": "Labels on a map; arrow keys move, Enter chooses",
    });
    this.card = el("div", { class: "map-hint", hidden: true, "aria-hidden": "true" });
    this.element = el("div", { class: "label-map" }, this.picture, this.card);
    new ResizeObserver(() => this.#resized()).observe(this.element);
    this.picture.addEventListener("keydown", (event) => this.#pressed(event));
  }

  mark(marks) {
    this.#marks = marks;
    this.#draw();
  }

  #resized() {
    const wide = Math.round(this.element.clientWidth);
    const [across, along] = extent(this.#atlas.labels);
    const tall = Math.round(Math.min(560, Math.max(300, wide * 0.5, (wide - 2 * MARGIN) * (along / across) + 2 * MARGIN)));
    if (!wide || (this.#size[0] === wide && this.#size[1] === tall)) return;
    this.#size = [wide, tall];
    this.#draw();
  }

  #draw() {
    const [wide, tall] = this.#size;
    if (!wide) return;
    const focused = this.picture.contains(document.activeElement) ? document.activeElement.dataset.label : null;
    this.picture.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    this.picture.style.height = `${tall}px`;
    const spots = this.#spots(wide, tall);
    const names = namesBeside(spots, this.#marks, wide, tall);
    this.#nodes = new Map(spots.map((spot) => [spot.label, { spot, node: this.#labelNode(spot, names.get(spot.label)) }]));
    this.picture.replaceChildren(this.#lines(spots), ...spots.map(ellipseOf), ...this.#ordered());
    this.#reach(focused ?? this.#first());
    if (focused) this.#nodes.get(focused)?.node.focus();
    this.card.hidden = true;
  }

  /** Chosen labels are drawn last, above the others. */
  #ordered() {
    const all = [...this.#nodes.values()].sort(
      (one, other) => this.#marks.has(one.spot.label) - this.#marks.has(other.spot.label),
    );
    return all.map(({ node }) => node);
  }

  #first() {
    return [...this.#marks.keys()].find((label) => this.#nodes.has(label)) ?? this.#nodes.keys().next().value;
  }

  /** Where each label is drawn; both axes have one scale, since distances are what the picture is about. */
  #spots(wide, tall) {
    const { labels } = this.#atlas;
    const most = Math.max(...labels.map(({ tracks }) => tracks));
    const [across, along, x, y] = extent(labels);
    const scale = Math.min((wide - 2 * MARGIN) / across, (tall - 2 * MARGIN) / along);
    return labels.map((one) => ({
      ...one,
      left: wide / 2 + (one.x - x) * scale,
      top: tall / 2 - (one.y - y) * scale,
      size:
        SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(one.tracks / most) * Math.min(1, wide / 480) * (labels.length > 40 ? 0.6 : 1),
      drawn: one.radii.map((radius) => radius * scale),
    }));
  }

  #lines(spots) {
    const of = new Map(spots.map((spot) => [spot.label, spot]));
    const few = spots.length <= MOST_LINES;
    return svg(
      "g",
      { class: "map-lines" },
      ...spots.flatMap((spot) => {
        if (!few && !this.#marks.has(spot.label)) return [];
        const near = of.get(spot.nearest[0]?.label);
        return near ? [svg("line", { x1: spot.left, y1: spot.top, x2: near.left, y2: near.top })] : [];
      }),
    );
  }

  #labelNode(spot, name) {
    const mark = this.#marks.get(spot.label);
    const show = () => this.#hint(spot);
    const hide = () => (this.card.hidden = true);
    return svg(
      "g",
      {
        class: ["map-label", mark && "marked", mark].filter(Boolean).join(" "),
        role: "button",
        tabindex: "-1",
        "aria-label": spokenOf(spot),
        "aria-pressed": String(Boolean(mark)),
        "data-label": spot.label,
        onclick: () => this.#onPick(spot.label),
        onpointerenter: show,
        onpointerleave: hide,
        onfocus: show,
        onblur: hide,
      },
      svg("circle", { cx: spot.left, cy: spot.top, r: Math.max(14, spot.size), fill: "transparent" }),
      svg("circle", { cx: spot.left, cy: spot.top, r: spot.size, fill: spot.colour, class: "map-dot" }),
      name ? svg("text", { x: name.x, y: name.y, "text-anchor": name.anchor, class: "map-name" }, name.text) : "",
    );
  }

  /** What a label is near to, beside it. */
  #hint(spot) {
    const near = spot.nearest.map((one) =>
      el("li", {}, el("span", {}, one.label), el("span", { class: "number" }, `${far(one.distance)} (${range(one.interval)})`)),
    );
    this.card.replaceChildren(
      el("strong", {}, spot.label),
      el("span", { class: "muted" }, count(spot.tracks, "track")),
      el("span", { class: "muted hint-head" }, "Nearest in truth"),
      el("ol", {}, near),
    );
    this.card.hidden = false;
    const [wide, tall] = this.#size;
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const off = spot.size + 12;
    const beside = [spot.left + off, spot.left - off - width].find((left) => left >= 0 && left + width <= wide);
    const below = spot.top + off + height <= tall ? spot.top + off : Math.max(0, spot.top - off - height);
    this.card.style.left = `${beside ?? Math.max(0, Math.min(spot.left - width / 2, wide - width))}px`;
    this.card.style.top = `${beside === undefined ? below : Math.max(0, Math.min(spot.top - 40, tall - height))}px`;
  }

  #reach(label) {
    for (const [name, { node }] of this.#nodes) node.setAttribute("tabindex", name === label ? "0" : "-1");
  }

  #pressed(event) {
    const label = event.target.dataset?.label;
    if (!label || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") this.#onPick(label);
    else if (WAYS[event.key]) this.#go(this.#towards(label, WAYS[event.key]));
    else return;
    event.preventDefault();
  }

  #go(label) {
    if (!label) return;
    this.#reach(label);
    this.#nodes.get(label).node.focus();
  }

  /** The label that lies next in a direction: near, and not far off it. */
  #towards(label, [right, down]) {
    const from = this.#nodes.get(label).spot;
    let best = [Infinity, null];
    for (const { spot } of this.#nodes.values()) {
      const [x, y] = [spot.left - from.left, spot.top - from.top];
      const along = x * right + y * down;
      const off = Math.abs(x * down) + Math.abs(y * right);
      if (along > 0 && along + 2 * off < best[0]) best = [along + 2 * off, spot.label];
    }
    return best[1];
  }
}

/** Width, height and middle of what labels cover with their ellipses. */
function extent(labels) {
  const sides = labels.map(({ radii: [long, short], angle }) => [
    Math.hypot(long * Math.cos(angle), short * Math.sin(angle)),
    Math.hypot(long * Math.sin(angle), short * Math.cos(angle)),
  ]);
  const ends = (name, side) => [
    Math.min(...labels.map((one, at) => one[name] - sides[at][side])),
    Math.max(...labels.map((one, at) => one[name] + sides[at][side])),
  ];
  const [left, right] = ends("x", 0);
  const [low, high] = ends("y", 1);
  return [right - left || 1, high - low || 1, (left + right) / 2, (low + high) / 2];
}

function spokenOf({ label, tracks, nearest }) {
  const near = nearest[0];
  const told = near
    ? `, nearest ${near.label}, ${far(near.distance)}${areApart(near.interval) ? "" : ", cannot be told apart"}`
    : "";
  return `${label}, ${count(tracks, "track")}${told}`;
}

function ellipseOf({ left, top, drawn, angle, colour }) {
  const turned = (-angle * 180) / Math.PI;
  return svg("ellipse", {
    cx: left,
    cy: top,
    rx: drawn[0],
    ry: drawn[1],
    transform: `rotate(${turned.toFixed(2)} ${left.toFixed(2)} ${top.toFixed(2)})`,
    fill: colour,
    stroke: colour,
    class: "map-ellipse",
  });
}

let pen = null;

/**
 * Find a place beside its circle for each name, chosen ones and large labels first; a name without a free place is left
 * out, and is told when the circle is pointed at.
 */
function namesBeside(spots, marks, wide, tall) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `600 ${LETTER_PX}px ${getComputedStyle(document.body).fontFamily}`;
  const taken = spots.map(({ left, top, size }) => [left - size, top - size, left + size, top + size]);
  const names = new Map();
  const order = [...spots].sort((one, other) => marks.has(other.label) - marks.has(one.label) || other.tracks - one.tracks);
  for (const spot of order) {
    const text = spot.label.length > LONGEST ? `${spot.label.slice(0, LONGEST - 1).trimEnd()}…` : spot.label;
    const around = places(spot, pen.measureText(text).width);
    const free = around.find(({ box }) => isFree(box, taken, wide, tall));
    const found = free ?? (marks.has(spot.label) ? (around.find(({ box }) => isFree(box, [], wide, tall)) ?? around[0]) : null);
    if (!found) continue;
    taken.push(found.box);
    names.set(spot.label, { ...found, text });
  }
  return names;
}

function places({ left, top, size }, width) {
  const [gap, up] = [size + 5, LETTER_PX * 0.78];
  const beside = (x, y, anchor, start) => ({ x, y, anchor, box: [start, y - up - 2, start + width, y + 4] });
  return [
    beside(left + gap, top + 4, "start", left + gap),
    beside(left - gap, top + 4, "end", left - gap - width),
    beside(left, top - gap - 1, "middle", left - width / 2),
    beside(left, top + gap + up, "middle", left - width / 2),
    beside(left + size + 2, top - size - 3, "start", left + size + 2),
    beside(left - size - 2, top + size + up, "end", left - size - 2 - width),
    beside(left + size, top - gap - 1, "end", left + size - width),
    beside(left - size, top - gap - 1, "start", left - size),
    beside(left + size, top + gap + up, "end", left + size - width),
    beside(left - size, top + gap + up, "start", left - size),
  ];
}

function isFree([left, top, right, bottom], taken, wide, tall) {
  if (left < 2 || top < 2 || right > wide - 2 || bottom > tall - 2) return false;
  return taken.every(([l, t, r, b]) => right < l || left > r || bottom < t || top > b);
}
