// Routes are hashes, such as #/next?track=ID; each names a view, a module that is loaded when it is first shown.
//
// A view exports `title` and `mount(root, {params, signal})`. It may write its own h1 into root; where it does not, the
// router writes the title above root. Focus goes to the h1 at each change of the route, and the title is announced.
import { bus } from "/page/js/lib/bus.js";
import { el, icon } from "/page/js/lib/dom.js";
import { failed, loading } from "/page/js/parts/states.js";

/** The views in their order: name, what it is called, what it is for. */
export const VIEWS = [
  { name: "listen", text: "Listen", hint: "Drop a track and hear which labels it sounds like" },
  { name: "map", text: "Map", hint: "All tracks as a map" },
  { name: "next", text: "Next", hint: "What mixes after a track" },
  { name: "labels", text: "Labels", hint: "What labels sound like" },
  { name: "models", text: "Models", hint: "Train, judge and compare models" },
  { name: "library", text: "Library", hint: "Folders, scans and what failed" },
];
const NAMES = VIEWS.map((view) => view.name);

let main = null;
let announcer = null;
let leave = null;
/** Shows a view once more that could not be shown; null where it was. */
let again = null;
let shown = null;
let first = true;

/** The address of a view, for links. */
export function link(name, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return `#/${name}${query ? `?${query}` : ""}`;
}

/** Go to a view; the same as following its link. */
export function go(name, params = {}) {
  const hash = link(name, params);
  if (location.hash === hash) show();
  else location.hash = hash;
}

/** Let the address tell other parameters, for a reload or a bookmark, while the view stays as it is. */
export function replaceParams(params) {
  history.replaceState(history.state, "", link(present().name, params));
}

/** The view and the parameters that the address asks for. */
export function present() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { name: path || NAMES[0], params: new URLSearchParams(query) };
}

/**
 * Show views from now on.
 *
 * @param {HTMLElement} place Where they stand.
 * @param {HTMLElement} live A live region that tells the title.
 */
export function start(place, live) {
  main = place;
  announcer = live;
  addEventListener("hashchange", () => show());
  let away = false;
  bus.on("connection", (there) => {
    if (there && away) again?.(); // what could not be shown while the server was away
    away = !there;
  });
  return show();
}

async function show() {
  const { name, params } = present();
  leave?.abort();
  again = null;
  const leaving = (leave = new AbortController());
  shown = name;
  mark(name);
  const root = el("section", { class: `view view-${name}` }, loading("Opening"));
  main.replaceChildren(root);
  window.scrollTo(0, 0);
  try {
    const module = await loaded(name);
    if (!leaving.signal.aborted) await mount(module, root, { params, signal: leaving.signal });
  } catch (error) {
    if (leaving.signal.aborted) return;
    if (!error.status) console.error(`view ${name}:`, error);
    broken(root, name, error);
  }
}

async function loaded(name) {
  if (!NAMES.includes(name)) {
    throw Object.assign(new Error(`There is no page called “${name}”. Choose one of the six in the bar.`), {
      status: 404,
    });
  }
  const [module] = await Promise.all([fetched(name), styled(name)]);
  return module;
}

async function fetched(name) {
  try {
    return await import(`/page/js/views/${name}.js`);
  } catch (error) {
    // A browser may remember that a module did not come; only a reload asks for it again.
    throw Object.assign(new Error("This part of the page could not be loaded.", { cause: error }), { reload: true });
  }
}

/** Load a view's style, once; a view without one looks plain, which is no reason not to show it. */
function styled(name) {
  const id = `style-${name}`;
  if (document.getElementById(id)) return undefined;
  return new Promise((done) => {
    document.head.append(
      el("link", { id, rel: "stylesheet", href: `/page/css/views/${name}.css`, onload: done, onerror: done }),
    );
  });
}

async function mount(module, root, context) {
  root.replaceChildren();
  const mounting = module.mount(root, context);
  titled(root, module.title);
  arrived(module.title);
  await mounting;
  if (!context.signal.aborted) titled(root, module.title);
}

/** See to it that there is one h1: the view's own, or the title above it. */
function titled(root, title) {
  const ours = main.querySelector(":scope > h1");
  const theirs = root.querySelector("h1");
  if (theirs && ours) {
    const focused = document.activeElement === ours;
    ours.remove();
    if (focused) focus(theirs);
  }
  if (!theirs && !ours) main.prepend(el("h1", { class: "view-title" }, title));
}

function arrived(title) {
  document.title = `${title} · Earmark`;
  if (!first) {
    announcer.textContent = title;
    if (!typing()) focus(main.querySelector("h1"));
  }
  first = false;
}

/** Whether somebody has begun to write elsewhere, such as in the search, while the view came. */
function typing() {
  const { activeElement } = document;
  return activeElement.matches("input, textarea") && !main.contains(activeElement);
}

function focus(heading) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function mark(name) {
  for (const one of document.querySelectorAll("a[data-view]")) {
    if (one.dataset.view === name) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
}

function broken(root, name, error) {
  main.querySelector(":scope > h1")?.remove();
  const title = VIEWS.find((view) => view.name === name)?.text ?? "No such page";
  const retry = error.reload ? () => location.reload() : NAMES.includes(name) ? show : null;
  root.replaceChildren(el("h1", { class: "view-title" }, title), failed(error, retry));
  again = retry;
  arrived(title);
}

/** The six destinations as links, for the rail and the tab bar. */
export function destinations() {
  return VIEWS.map(({ name, text, hint }) =>
    el(
      "a",
      { href: link(name), dataset: { view: name }, title: hint, "aria-current": shown === name ? "page" : null },
      icon(name),
      el("span", {}, text),
    ),
  );
}
