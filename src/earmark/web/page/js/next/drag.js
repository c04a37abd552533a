// Dragging tracks into and within a list, by mouse, pen or finger. Keys have ways of their own; see the set's buttons.
import { el } from "/page/js/lib/dom.js";

const STARTS_PX = 6;
const EDGE_PX = 48;
const SCROLL_PX = 9;
// A finger that moves at once scrolls; one that rests takes the thing up.
const REST_MS = 350;

/**
 * Let things be dragged into a list.
 *
 * @param {HTMLElement} list Its children with `data-place` are where things can be put before, after and between.
 * @param {{frame?: HTMLElement, onDrop: (carried: *, place: number) => void, signal: AbortSignal}} options `frame`: what
 *   counts as the list for the pointer, since an empty list has no height.
 * @returns {{source: (node: HTMLElement, options: {carried: () => *, text: string, handle?: string}) => void}} `source`
 *   makes a node one that can be dragged: by mouse and pen anywhere on it but on its buttons, by finger on what fits
 *   `handle`, or anywhere after it has rested there.
 */
export function dropList(list, { frame = list, onDrop, signal }) {
  const lists = new DropList(list, frame, onDrop);
  addEventListener("keydown", (event) => lists.pressed(event), { signal, capture: true });
  signal.addEventListener("abort", () => lists.cancel());
  return { source: (node, options) => lists.source(node, options) };
}

class DropList {
  #list;
  #frame;
  #onDrop;
  #line = el("li", { class: "drop-line", "aria-hidden": "true" });
  /** What is pressed, and dragged as soon as it has a ghost. */
  #drag = null;

  constructor(list, frame, onDrop) {
    this.#list = list;
    this.#frame = frame;
    this.#onDrop = onDrop;
  }

  source(node, options) {
    node.addEventListener("pointerdown", (event) => this.#down(event, node, options));
    // Known before the finger comes, or the browser has begun to scroll by the time it is asked not to.
    node.addEventListener("touchmove", (event) => this.#drag?.ghost && event.preventDefault(), { passive: false });
  }

  /** Escape puts back what is dragged. */
  pressed(event) {
    if (event.key !== "Escape" || !this.#drag?.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  cancel() {
    if (this.#drag) this.#end(false);
  }

  #down(event, node, { carried, text, handle }) {
    if (event.button !== 0 || this.#drag) return;
    const onHandle = handle && event.target.closest(handle);
    if (!onHandle && event.target.closest("button, a, input, select")) return;
    const over = new AbortController();
    const rests = event.pointerType === "touch" && !onHandle;
    this.#drag = { node, carried, text, x: event.clientX, y: event.clientY, ghost: null, place: null, over, rests, timer: 0, frame: 0 };
    if (rests) this.#drag.timer = setTimeout(() => this.#takeUp(), REST_MS);
    const follow = (type, act) => addEventListener(type, (one) => one.pointerId === event.pointerId && act(one), { signal: over.signal });
    follow("pointermove", (one) => this.#move(one));
    follow("pointerup", () => this.#end(true));
    follow("pointercancel", () => this.#end(false));
    for (const type of ["selectstart", "contextmenu"]) addEventListener(type, (one) => one.preventDefault(), { signal: over.signal });
  }

  #move({ clientX, clientY }) {
    const drag = this.#drag;
    const away = Math.hypot(clientX - drag.x, clientY - drag.y) >= STARTS_PX;
    if (!drag.ghost && !away) return;
    if (!drag.ghost && drag.rests) return this.#end(false); // it scrolls
    [drag.x, drag.y] = [clientX, clientY];
    if (!drag.ghost) this.#takeUp();
    else this.#follow();
  }

  #takeUp() {
    const drag = this.#drag;
    drag.ghost = el("div", { class: "drag-ghost", "aria-hidden": "true" }, drag.text);
    drag.node.classList.add("dragged");
    document.body.append(drag.ghost);
    document.documentElement.classList.add("dragging");
    this.#follow();
    this.#scrollOn();
  }

  #follow() {
    const { ghost, x, y } = this.#drag;
    ghost.style.translate = `${x + 12}px ${y + 10}px`;
    this.#show(this.#placeAt(x, y));
  }

  #placeAt(x, y) {
    const box = this.#frame.getBoundingClientRect();
    if (x < box.left || x > box.right || y < box.top - EDGE_PX || y > box.bottom + EDGE_PX) return null;
    const items = this.#items();
    const after = items.findIndex((item) => {
      const inside = item.getBoundingClientRect();
      return y < inside.top + inside.height / 2;
    });
    return after < 0 ? items.length : after;
  }

  #items() {
    return [...this.#list.querySelectorAll(":scope > [data-place]")];
  }

  #show(place) {
    this.#drag.place = place;
    this.#frame.classList.toggle("drop-here", place !== null);
    if (place === null) this.#line.remove();
    else this.#list.insertBefore(this.#line, this.#items()[place] ?? null);
  }

  /** At an edge the list goes on scrolling while the pointer rests there. */
  #scrollOn() {
    const drag = this.#drag;
    const box = scrolled(this.#list);
    const { top, bottom } = box === document.scrollingElement ? { top: 0, bottom: innerHeight } : box.getBoundingClientRect();
    const by = drag.place === null ? 0 : drag.y < top + EDGE_PX ? -SCROLL_PX : drag.y > bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by) {
      box.scrollTop += by;
      this.#follow();
    }
    drag.frame = requestAnimationFrame(() => this.#scrollOn());
  }

  #end(dropped) {
    const { node, ghost, place, carried, over, timer, frame } = this.#drag;
    this.#drag = null;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    over.abort();
    this.#line.remove();
    this.#frame.classList.remove("drop-here");
    document.documentElement.classList.remove("dragging");
    node.classList.remove("dragged");
    if (!ghost) return;
    ghost.remove();
    // The click that follows is the end of the drag, and means nothing else.
    node.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => node.removeEventListener("click", swallow, { capture: true }));
    if (dropped && place !== null) this.#onDrop(carried(), place);
  }
}

function swallow(event) {
  event.stopPropagation();
  event.preventDefault();
}

/** What scrolls when the list does. */
function scrolled(node) {
  for (let box = node; box && box !== document.body; box = box.parentElement) {
    if (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
  }
  return document.scrollingElement;
}
