// Mouse, pen and fingers on the map: drag pans, the wheel and two fingers zoom, a tap picks; with a tool, or while Shift
// is held, a drag draws a lasso or a rectangle instead.

const TAP_PX = 6;
const TAP_MS = 600;
const WHEEL_RATE = 0.0016;
const OUTLINE_STEP = 4;

/**
 * Listen on a surface.
 *
 * @param {HTMLElement} surface
 * @param {import("./camera.js").Camera} camera
 * @param {object} acts
 * @param {() => "pan"|"lasso"|"rectangle"} acts.tool
 * @param {(x: number, y: number) => void} acts.onMove The pointer, a mouse, is there and nothing is pressed.
 * @param {() => void} acts.onLeave
 * @param {(x: number, y: number, event: PointerEvent) => void} acts.onTap
 * @param {(outline: number[]|null) => void} acts.onOutline The outline so far, in pixels; null when it is over.
 * @param {(outline: number[], event: PointerEvent) => void} acts.onSelect
 * @param {AbortSignal} signal
 */
export function listenForGestures(surface, camera, acts, signal) {
  const gestures = new Gestures(surface, camera, acts);
  const on = (type, act, options = {}) => surface.addEventListener(type, act, { signal, ...options });
  on("pointerdown", (event) => gestures.down(event));
  on("pointermove", (event) => gestures.move(event));
  on("pointerup", (event) => gestures.up(event));
  on("pointercancel", (event) => gestures.up(event, { cancelled: true }));
  on("pointerleave", () => acts.onLeave());
  on("wheel", (event) => gestures.wheel(event), { passive: false });
}

class Gestures {
  #down = new Map();
  #start = null;
  #drawing = null;
  #moved = false;

  constructor(surface, camera, acts) {
    this.surface = surface;
    this.camera = camera;
    this.acts = acts;
  }

  down(event) {
    if (event.button > 0) return;
    this.surface.setPointerCapture(event.pointerId);
    this.camera.stop();
    const at = this.#at(event);
    this.#down.set(event.pointerId, at);
    if (this.#down.size > 1) {
      this.#moved = true; // a pinch is no tap
      this.#draw(null);
      return;
    }
    this.#start = { ...at, time: event.timeStamp };
    this.#moved = false;
    const tool = event.shiftKey && this.acts.tool() === "pan" ? "lasso" : this.acts.tool();
    if (tool !== "pan") this.#drawing = { tool, outline: [at.x, at.y] };
  }

  move(event) {
    const at = this.#at(event);
    const before = this.#down.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse" && event.buttons === 0) this.acts.onMove(at.x, at.y);
      return;
    }
    if (this.#start && Math.hypot(at.x - this.#start.x, at.y - this.#start.y) > TAP_PX) this.#moved = true;
    if (this.#down.size === 2) this.#pinch(event.pointerId, before, at);
    else if (this.#drawing) this.#extend(at);
    else if (this.#moved) this.camera.pan(at.x - before.x, at.y - before.y);
    else return; // within what a tap may tremble: the drag starts from where it was pressed
    this.#down.set(event.pointerId, at);
  }

  up(event, { cancelled = false } = {}) {
    if (!this.#down.delete(event.pointerId)) return;
    const at = this.#at(event);
    const drawn = this.#drawing;
    if (this.#down.size > 0) return;
    this.#draw(null);
    if (cancelled) return;
    if (drawn && this.#moved && drawn.outline.length >= 6) this.acts.onSelect(drawn.outline, event);
    else if (!this.#moved && event.timeStamp - this.#start.time < TAP_MS) this.acts.onTap(at.x, at.y, event);
  }

  wheel(event) {
    event.preventDefault();
    const { x, y } = this.#at(event);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 * event.deltaY : event.deltaY;
    const rate = event.ctrlKey ? 6 * WHEEL_RATE : WHEEL_RATE; // a pinch on a touchpad comes as a wheel with Ctrl
    this.camera.zoomAt(x, y, Math.exp(-Math.max(-240, Math.min(240, pixels)) * rate));
  }

  #pinch(id, before, at) {
    const [other] = [...this.#down].filter(([key]) => key !== id).map(([, value]) => value);
    const old = Math.hypot(before.x - other.x, before.y - other.y);
    const now = Math.hypot(at.x - other.x, at.y - other.y);
    this.camera.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    if (old > 0 && now > 0) this.camera.zoomAt((at.x + other.x) / 2, (at.y + other.y) / 2, now / old);
  }

  #extend(at) {
    const { tool, outline } = this.#drawing;
    if (tool === "rectangle") {
      const [x, y] = outline;
      this.#drawing.outline = [x, y, at.x, y, at.x, at.y, x, at.y];
    } else if (Math.hypot(at.x - outline.at(-2), at.y - outline.at(-1)) >= OUTLINE_STEP) outline.push(at.x, at.y);
    this.#draw(this.#drawing.outline);
  }

  #draw(outline) {
    if (outline === null) this.#drawing = null;
    this.acts.onOutline(outline);
  }

  #at(event) {
    const box = this.surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
