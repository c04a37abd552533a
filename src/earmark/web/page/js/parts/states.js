// What stands where content will be, is not, or could not be had: never an empty place, never a spinner alone.
import { clear, el, icon } from "/page/js/lib/dom.js";
import { onThePage } from "/page/js/parts/remedies.js";

/**
 * Something is on its way: its outline, and words for who cannot see it.
 *
 * @param {string} [text] What is being done, such as "Reading the labels".
 * @param {{lines?: number}} [options] How many lines the outline has.
 * @returns {HTMLElement}
 */
export function loading(text = "Loading", { lines = 3 } = {}) {
  const bones = Array.from({ length: lines }, () => el("span", { class: "bone" }));
  return el(
    "div",
    { class: "state loading", role: "status" },
    el("span", { class: "loading-text" }, `${text} …`),
    bones,
  );
}

/**
 * There is nothing here yet: what that means, and what can be done.
 *
 * @param {{title: string, text?: string, action?: Node|{text: string, href?: string, run?: () => void}, picture?: string}} told
 *   `picture`: an icon's name.
 * @returns {HTMLElement}
 */
export function empty({ title, text, action, picture }) {
  return el(
    "div",
    { class: "state empty" },
    picture && el("span", { class: "state-picture" }, icon(picture)),
    el("p", { class: "state-title" }, title),
    text && el("p", { class: "muted" }, text),
    action && (action instanceof Node ? action : actionButton(action)),
  );
}

function actionButton({ text, href, run }) {
  if (href) return el("a", { class: "button primary", href }, text);
  return el("button", { type: "button", class: "button primary", onclick: run }, text);
}

/**
 * Something went wrong: what, and how to try again.
 *
 * @param {Error} problem An `ApiProblem`, or any error.
 * @param {(() => void)|null} [retry] Tries again; without it there is no button.
 * @returns {HTMLElement}
 */
export function failed(problem, retry) {
  return el(
    "div",
    { class: "state failed", role: "alert" },
    el("span", { class: "state-picture" }, icon("warning")),
    el("p", { class: "state-title" }, headline(problem)),
    el("p", { class: "state-message" }, sentence(problem?.message)),
    retry && el("button", { type: "button", class: "button", onclick: retry }, icon("refresh"), "Try again"),
  );
}

function headline(problem) {
  if (problem?.status === 0) return "No answer";
  if (problem?.status === 404) return "Not found";
  if (problem?.status === 501) return "A part of Earmark is not installed";
  if (problem?.status >= 400 && problem.status < 500) return "That is not possible now";
  return "Something went wrong";
}

/** A message as a sentence: in the page's terms, a capital first, and an end. */
export function sentence(message) {
  const text = onThePage(message).trim() || "No reason was given";
  const whole = text[0].toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/**
 * Show that something loads, then what came of it, or why nothing did.
 *
 * @param {Element} root Is emptied.
 * @param {Promise<T>|(() => Promise<T>)} asked A function can be tried again.
 * @param {(value: T) => Node|Node[]|undefined} render What to show; nothing where it fills root by itself.
 * @param {{text?: string, lines?: number, signal?: AbortSignal}} [options] As `loading` takes them.
 * @returns {Promise<T|undefined>} The value; undefined where it failed, which is shown, or the view was left.
 * @template T
 */
export async function withStates(root, asked, render, { text, lines, signal } = {}) {
  const again = typeof asked === "function";
  clear(root).append(loading(text, { lines }));
  root.setAttribute("aria-busy", "true");
  try {
    const value = await (again ? asked() : asked);
    if (signal?.aborted) return undefined;
    clear(root);
    root.append(...[(await render(value)) ?? []].flat());
    return value;
  } catch (error) {
    if (error.name === "AbortError" || signal?.aborted) return undefined;
    if (error.name !== "ApiProblem") console.error(error);
    const retry = again ? () => withStates(root, asked, render, { text, lines, signal }) : null;
    clear(root).append(failed(error, retry));
    return undefined;
  } finally {
    root.removeAttribute("aria-busy");
  }
}
