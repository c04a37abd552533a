// The map itself: points, what stands above them, and what the pointer and the keys do. It knows places of points; what
// is told of a track is written into the panels by their own modules.
import { bus } from "/page/js/lib/bus.js";
import { el } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { replaceParams } from "/page/js/lib/router.js";
import { Camera, boundsOf } from "/page/js/map/camera.js";
import { COLOURINGS } from "/page/js/map/colouring.js";
import { MapData } from "/page/js/map/data.js";
import { canvases, margins } from "/page/js/map/frame.js";
import { listenForGestures } from "/page/js/map/gestures.js";
import { HoverCard } from "/page/js/map/hovercard.js";
import { listenForMapKeys } from "/page/js/map/keyboard.js";
import { legendPanel } from "/page/js/map/legend.js";
import { Look } from "/page/js/map/look.js";
import { PointIndex } from "/page/js/map/nearest.js";
import { Overlay } from "/page/js/map/overlay.js";
import { Scatter } from "/page/js/map/scatter.js";
import { Showing } from "/page/js/map/showing.js";
import { sidePanel } from "/page/js/map/sidepanel.js";
import { mapTools } from "/page/js/map/tools.js";

const REACH_PX = { mouse: 12, pen: 14, touch: 22 };
const COMES_BACK_MS = 4000;

export class MapStage {
  #frame = 0;
  #pointsChanged = true;
  #fitted = false;
  #address = {};
  #view;

  /**
   * @param {object} points As GET /api/map tells them.
   * @param {{note: Node, by: string|null, view?: object|null, onBlind: () => void, signal: AbortSignal}} options `note`:
   *   what is told of the map as a whole; `view`: what part of it to begin with, as `Camera.view` told it; `onBlind`: the
   *   browser took away what the points are drawn with, and does not bring it back.
   */
  constructor(points, { note, by, view = null, onBlind, signal }) {
    this.signal = signal;
    this.onBlind = onBlind;
    this.#view = view;
    this.data = new MapData(points);
    this.index = new PointIndex(this.data);
    this.camera = new Camera(() => this.#moved());
    this.showing = new Showing(this);
    this.#build(note);
    this.#startDrawing();
    this.look = new Look(this.data, {
      scatter: this.scatter,
      overlay: this.overlay,
      legend: this.legend,
      changed: () => this.invalidate(),
    });
    this.#listen();
    this.colourBy(by in COLOURINGS ? by : "label");
  }

  #build(note) {
    const { canvas, surface, live, help, hint } = canvases(this.data.n);
    Object.assign(this, { canvas, surface, live, hintBox: hint });
    this.overlay = new Overlay(this.surface, this.data);
    this.panel = sidePanel(({ focused }) => {
      this.showing.closed();
      if (focused) this.surface.focus();
    });
    this.legend = legendPanel({
      onColouring: (name) => this.colourBy(name),
      onHeld: (held) => this.look.hold(held),
      onSearch: (words) => this.look.search(words),
      onSearchEnter: () => this.#goToMatches(),
    });
    this.tools = mapTools({
      onZoom: (factor) => this.zoom(factor),
      onFit: () => this.fit(),
      onList: () => this.showing.showList(),
      onTool: (tool) => this.#tool(tool),
    });
    this.hover = new HoverCard(this.data, this.camera, {
      onOpen: (i) => this.showing.openPoint(i, { play: false }),
      onGone: () => this.#hovered(-1),
    });
    this.legend.total(count(this.data.n, "track"));
    this.element = el(
      "div",
      { class: "map-stage" },
      this.canvas,
      this.surface,
      this.legend.element,
      this.tools.element,
      note,
      this.hover.element,
      this.panel.element,
      hint,
      help,
      this.live,
    );
  }

  #startDrawing() {
    try {
      this.scatter = new Scatter(this.canvas, this.data, {
        signal: this.signal,
        changed: () => this.invalidate(),
        onLost: () => this.#waitForPicture(),
      });
    } catch (error) {
      console.info("the map is shown as a list:", error.message);
      this.scatter = null;
      this.element.classList.add("no-webgl");
    }
  }

  /** A browser gives its picture back within a moment, or, after the graphics driver failed often, never. */
  #waitForPicture() {
    const look = () => {
      if (this.signal.aborted || this.scatter?.draws !== false) return;
      this.scatter = null;
      this.element.classList.add("no-webgl");
      this.onBlind();
    };
    setTimeout(look, COMES_BACK_MS);
  }

  #listen() {
    const { signal } = this;
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
    this.#followSharpness();
    listenForGestures(
      this.surface,
      this.camera,
      {
        tool: () => this.tools.tool,
        onMove: (x, y) => this.#pointAt(x, y),
        onLeave: () => this.hover.leave(),
        onTap: (x, y, event) => this.#tapped(x, y, event),
        onOutline: (outline) => this.#outlined(outline),
        onSelect: (outline, event) => this.#caught(outline, event.shiftKey),
      },
      signal,
    );
    listenForMapKeys(this.surface, this, signal);
    player.addEventListener("change", () => this.#plays(), { signal });
    bus.on("theme", () => this.look.takeTheme(), { signal });
    signal.addEventListener("abort", () => this.#left(), { once: true });
    this.#plays();
  }

  #left() {
    cancelAnimationFrame(this.#frame);
    this.hover.hide();
  }

  /** A window that is moved to another screen has other pixels, though its size is the same. */
  #followSharpness() {
    const now = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = () => {
      this.invalidate();
      if (!this.signal.aborted) this.#followSharpness();
    };
    now.addEventListener("change", changed, { once: true, signal: this.signal });
  }

  /**
   * Ask for a new frame; any number of times costs one.
   *
   * @param {{points?: boolean}} [options] `points`: false where only what stands above the points has changed; tens of
   *   thousands of them need not be drawn again for a ring.
   */
  invalidate({ points = true } = {}) {
    this.#pointsChanged ||= points;
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(now) {
    this.#frame = 0;
    if (this.signal.aborted) return;
    const glides = this.camera.step(now);
    if (this.#pointsChanged || glides) this.scatter?.draw(this.camera);
    this.#pointsChanged = glides; // what was drawn while it glided is not where it has arrived
    this.overlay.draw(this.camera, now, this.scatter?.pointSize(this.camera) ?? 0);
    if (glides || this.overlay.moves) this.invalidate({ points: glides });
  }

  #moved() {
    this.hover?.hide();
    this.invalidate();
  }

  #resized() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    this.camera.resize(width, height);
    this.#setMargins();
    if (!this.#fitted || this.camera.atHome) this.fit({ glide: false });
    if (!this.#fitted && this.#view) this.camera.restore(this.#view);
    this.#fitted = true;
    this.#pointsChanged = true;
    this.#draw(performance.now()); // at once: a canvas whose size changes is empty until it is drawn
  }

  /** Make room for what stands above the map now; where everything was in sight, it stays so. */
  makeRoom() {
    this.#setMargins();
    if (this.camera.atHome) this.fit();
  }

  #setMargins() {
    this.camera.setMargins(margins(this.element, { corner: this.legend.element, panel: this.panel }));
  }

  /** Colour the points by something else. */
  colourBy(name) {
    this.look.colourBy(name);
    this.tellAddress();
  }

  #goToMatches() {
    const { matches } = this.look;
    if (matches?.size) this.camera.fit(boundsOf(this.data, matches));
    if (matches?.size === 1) this.showing.openPoint([...matches][0], { play: false });
  }

  // The pointer.

  /** The open point near a pixel, -1 where there is none; a finger reaches further than a mouse. */
  #pointNear(x, y, kind) {
    const reach = (REACH_PX[kind] ?? REACH_PX.mouse) / this.camera.scale;
    return this.index.nearest(this.camera.mapX(x), this.camera.mapY(y), reach, this.look.open);
  }

  #pointAt(x, y) {
    const i = this.#pointNear(x, y, "mouse");
    this.surface.classList.toggle("on-point", i >= 0);
    if (i < 0) return this.hover.leave();
    this.hover.show(i);
    return this.#hovered(i);
  }

  #hovered(i) {
    if (this.overlay.hovered === i) return;
    this.overlay.hovered = i;
    this.invalidate({ points: false });
  }

  #tapped(x, y, event) {
    const i = this.#pointNear(x, y, event.pointerType);
    if (i >= 0) this.showing.openPoint(i);
    else if (this.look.selected.size > 0 || this.panel.open) this.panel.close();
  }

  #outlined(outline) {
    if (outline) this.hover.hide();
    this.overlay.outline = outline;
    this.invalidate({ points: false });
  }

  #caught(pixels, more) {
    const outline = pixels.map((value, k) => (k % 2 ? this.camera.mapY(value) : this.camera.mapX(value)));
    const caught = this.index.inside(outline, this.look.open);
    this.showing.select(more ? [...this.look.selected, ...caught] : caught);
    if (this.tools.tool !== "pan") this.tools.choose("pan");
    const seen = this.camera.atHome || this.look.selected.size === 0; // else the side panel may stand over what was caught
    if (!seen) this.camera.fit(boundsOf(this.data, this.look.selected), { closest: this.camera.zoom });
  }

  #tool(tool) {
    this.surface.classList.toggle("drawing", tool !== "pan");
    const told = { lasso: "Drag around tracks · Esc puts the lasso away", rectangle: "Drag over tracks · Esc puts it away" };
    this.hint(told[tool] ?? "");
    if (told[tool]) this.tell(`${told[tool]}. By keys, C draws a circle.`);
  }

  #plays() {
    const id = player.current?.audio_id;
    const playing = id ? this.data.placeOf(id) : -1;
    if (playing === this.overlay.playing) return;
    this.overlay.playing = playing;
    this.invalidate({ points: false });
  }

  // What keys and buttons ask.

  zoom(factor) {
    this.camera.zoomAt(this.camera.width / 2, this.camera.height / 2, factor);
  }

  fit({ glide = true } = {}) {
    this.camera.fitAll(boundsOf(this.data), { glide });
  }

  /** Say something to who listens rather than looks. */
  tell(text) {
    this.live.textContent = text;
  }

  /** Say at the map's edge what a tool does; "" for nothing. Who listens is told by `tell`. */
  hint(text) {
    this.hintBox.textContent = text;
    this.hintBox.hidden = !text;
  }

  /** Let a reload or a bookmark come back to what is shown. */
  tellAddress(shown = this.#address) {
    this.#address = shown;
    if (this.element.isConnected) replaceParams({ ...shown, by: this.look.by === "label" ? undefined : this.look.by });
  }
}
