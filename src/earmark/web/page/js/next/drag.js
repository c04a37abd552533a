// Dragging tracks into and within a list, by mouse, pen or finger. Keys have ways of their own; see the set's buttons.
import { el } from "/page/js/lib/dom.js";

const STARTS_PX = 6;
const EDGE_PX = 48;

/**
 * Let things be dragged into a list.
 *
 * @param {HTMLElement} list Its children with `data-place` are where things can be put before, after and between.
 * @param {{frame?: HTMLElement, onDrop: (carried: *, place: number) => void, signal: AbortSignal}} options `frame`: what
 *   counts as the list for the pointer, since an empty list has no height.
 * @returns {{source: (node: HTMLElement, options: {carried: () => *, text: string, handle?: string}) => void}} `source`
 *   makes a node one that can be dragged: by mouse anywhere on it but on its buttons, by finger on what fits `handle`.
 */
export function dropList(list, { frame = list, onDrop, signal }) {
  const line = el("li", { class: "drop-line", "aria-hidden": "true" });
  let drag = null;

  function source(node, { carried, text, handle }) {
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || drag) return;
      const onHandle = handle && event.target.closest(handle);
      if (!onHandle && (event.pointerType === "touch" || event.target.closest("button, a, input, select"))) return;
      const over = new AbortController();
      drag = { node, carried, text, x: event.clientX, y: event.clientY, pointer: event.pointerId, ghost: null, place: null, over };
      const follow = (type, act) => addEventListener(type, (one) => one.pointerId === drag?.pointer && act(one), { signal: over.signal });
      follow("pointermove", move);
      follow("pointerup", (one) => end(one, true));
      follow("pointercancel", (one) => end(one, false));
      addEventListener("selectstart", (one) => one.preventDefault(), { signal: over.signal });
    });
  }

  function move(event) {
    if (!drag.ghost) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STARTS_PX) return;
      drag.ghost = el("div", { class: "drag-ghost", "aria-hidden": "true" }, drag.text);
      drag.node.classList.add("dragged");
      document.body.append(drag.ghost);
      document.documentElement.classList.add("dragging");
    }
    event.preventDefault();
    drag.ghost.style.translate = `${event.clientX + 12}px ${event.clientY + 10}px`;
    scroll(event.clientY);
    show(placeAt(event.clientX, event.clientY));
  }

  function placeAt(x, y) {
    const box = frame.getBoundingClientRect();
    if (x < box.left || x > box.right || y < box.top - EDGE_PX || y > box.bottom + EDGE_PX) return null;
    const items = [...list.querySelectorAll(":scope > [data-place]")];
    const after = items.findIndex((item) => {
      const inside = item.getBoundingClientRect();
      return y < inside.top + inside.height / 2;
    });
    return after < 0 ? items.length : after;
  }

  function show(place) {
    drag.place = place;
    frame.classList.toggle("drop-here", place !== null);
    if (place === null) line.remove();
    else list.insertBefore(line, list.querySelectorAll(":scope > [data-place]")[place] ?? null);
  }

  function scroll(y) {
    const box = scrolled(list);
    const { top, bottom } = box === document.scrollingElement ? { top: 0, bottom: innerHeight } : box.getBoundingClientRect();
    if (y < top + EDGE_PX) box.scrollTop -= 12;
    else if (y > bottom - EDGE_PX) box.scrollTop += 12;
  }

  function end(event, dropped) {
    const { node, ghost, place, carried, over } = drag;
    drag = null;
    over.abort();
    line.remove();
    frame.classList.remove("drop-here");
    document.documentElement.classList.remove("dragging");
    node.classList.remove("dragged");
    if (!ghost) return;
    ghost.remove();
    event.preventDefault();
    // The click that follows is the end of the drag, and means nothing else.
    node.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => node.removeEventListener("click", swallow, { capture: true }));
    if (dropped && place !== null) onDrop(carried(), place);
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag?.ghost) return;
    event.preventDefault();
    end(event, false);
  }, { signal, capture: true });
  signal.addEventListener("abort", () => drag && end(new Event("abort"), false));
  return { source };
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
