// Elements from data. Text only ever becomes a text node, so that what stands in tags is never markup.
import { ICONS } from "/page/js/lib/icons.js";

const SVG = "http://www.w3.org/2000/svg";
// What would read text as markup, or as code.
const REFUSED = new Set(["innerHTML", "outerHTML", "srcdoc"]);
// What has to be set as a property, since the attribute is only where it starts.
const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "indeterminate",
  "open",
  "selected",
  "textContent",
  "scrollTop",
  "readOnly",
]);

/**
 * Make an element.
 *
 * @param {string} tag Its name, such as "button".
 * @param {object} [attributes] `class` (text or a list), `dataset` and `style` (objects), `on<event>` (functions),
 *   properties such as `value` and `hidden`, and any attribute. null, undefined and false leave an attribute out
 *   (an `aria-*` false is written), true writes it empty.
 * @param {...(Node|string|number|null|undefined|false|Array)} children Nodes, or texts; never markup.
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) give(node, name, value);
  node.append(...kept(children));
  return node;
}

function give(node, name, value) {
  if (REFUSED.has(name)) throw new TypeError(`${name} is not set: children are nodes or texts`);
  if (value === undefined || value === null) return;
  if (name.startsWith("on") && typeof value === "function") node.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name === "class") node.className = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
  else if (name === "dataset") for (const [key, text] of Object.entries(value)) node.dataset[key] = text;
  else if (name === "style") for (const [key, text] of Object.entries(value)) setStyle(node, key, text);
  else if (PROPERTIES.has(name)) node[name] = value;
  else if (name === "href" || name === "src") node.setAttribute(name, safeAddress(value));
  else if (value === false && !name.startsWith("aria-")) return;
  else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
}

function setStyle(node, name, text) {
  if (name.startsWith("--")) node.style.setProperty(name, text);
  else node.style[name] = text;
}

function safeAddress(value) {
  const { protocol } = new URL(value, location.href);
  if (!["http:", "https:", "blob:", "data:"].includes(protocol))
    throw new TypeError(`${protocol} is no address to go to`);
  return String(value);
}

function kept(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== true)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Make an SVG element; as `el`, with attributes only.
 *
 * @param {string} tag
 * @param {object} [attributes]
 * @param {...(Node|string)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on") && typeof value === "function") node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, String(value));
  }
  node.append(...kept(children));
  return node;
}

/**
 * Take everything out of a node.
 *
 * @param {Element} node
 * @returns {Element} The same node.
 */
export function clear(node) {
  node.replaceChildren();
  return node;
}

/**
 * Draw an icon in the text's colour; it is hidden from screen readers, whose words stand beside it.
 *
 * @param {string} name One of `ICONS`.
 * @returns {SVGElement}
 */
export function icon(name) {
  const shapes = ICONS[name];
  if (!shapes) throw new TypeError(`there is no icon ${name}; there are ${Object.keys(ICONS).join(", ")}`);
  const drawn = shapes.map((shape) =>
    svg("path", typeof shape === "string" ? { d: shape } : { d: shape.solid, fill: "currentColor", stroke: "none" }),
  );
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, ...drawn);
}

// What a node does at an event lives as long as the node: news that seldom come, such as another theme, must not hold
// every list that ever stood in the page.
const acts = new WeakMap();
const unheard = new FinalizationRegistry((stop) => stop());

/**
 * Listen for as long as a node stands in the page; a node that was taken out is forgotten at the next event, or when
 * nothing else holds it.
 *
 * @param {Node} node
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: Event) => void} act
 */
export function whileConnected(node, target, type, act) {
  const own = acts.get(node) ?? [];
  acts.set(node, own);
  const place = own.push(act) - 1;
  const stop = heardBy(new WeakRef(node), place, target, type);
  unheard.register(node, stop);
}

/** Listen on behalf of a node without holding it: nothing here may name the node or its act. */
function heardBy(reference, place, target, type) {
  let stood = false;
  const stop = () => target.removeEventListener(type, heard);
  function heard(event) {
    const node = reference.deref();
    stood ||= Boolean(node?.isConnected);
    if (!node || (stood && !node.isConnected)) stop();
    else acts.get(node)[place](event);
  }
  target.addEventListener(type, heard);
  return stop;
}

let lastId = 0;
/**
 * Return an id that no other element has.
 *
 * @param {string} [stem]
 * @returns {string}
 */
export function freshId(stem = "id") {
  lastId += 1;
  return `${stem}-${lastId}`;
}
