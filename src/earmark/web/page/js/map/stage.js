// The map itself: points, what stands above them, and what the pointer and the keys do. It knows places of points; what
// is told of a track is written into the panels by their own modules.
import { bus } from "/page/js/lib/bus.js";
import { el } from "/page/js/lib/dom.js";
import { bpm, count, key } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { replaceParams } from "/page/js/lib/router.js";
import { Camera, boundsOf, inSight } from "/page/js/map/camera.js";
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
import { showList, showSelection } from "/page/js/map/selection.js";
import { sidePanel } from "/page/js/map/sidepanel.js";
import { mapTools } from "/page/js/map/tools.js";
import { showDropCard, showTrackCard } from "/page/js/map/trackcard.js";

const REACH_PX = { mouse: 12, pen: 14, touch: 22 };
const NEAR_ZOOM = 2.5;

export class MapStage {
  #frame = 0;
  #fitted = false;
  #address = {};

  /**
   * @param {object} points As GET /api/map tells them.
   * @param {{note: Node, by: string|null, signal: AbortSignal}} options `note`: what is told of the map as a whole.
   */
  constructor(points, { note, by, signal }) {
    this.signal = signal;
    this.data = new MapData(points);
    this.index = new PointIndex(this.data);
    this.camera = new Camera(() => this.#moved());
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
    const { canvas, surface, live, help } = canvases(this.data.n);
    Object.assign(this, { canvas, surface, live });
    this.overlay = new Overlay(this.surface, this.data);
    this.panel = sidePanel(({ focused }) => this.#panelClosed(focused));
    this.legend = legendPanel({
      onColouring: (name) => this.colourBy(name),
      onHeld: (held) => this.look.hold(held),
      onSearch: (words) => this.look.search(words),
      onSearchEnter: () => this.#goToMatches(),
    });
    this.tools = mapTools({
      onZoom: (factor) => this.zoom(factor),
      onFit: () => this.fit(),
      onList: () => this.showList(),
      onTool: (tool) => this.#tool(tool),
    });
    this.hover = new HoverCard(this.data, this.camera, {
      onOpen: (i) => this.openPoint(i, { play: false }),
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
      help,
      this.live,
    );
  }

  #startDrawing() {
    try {
      this.scatter = new Scatter(this.canvas, this.data, { signal: this.signal, changed: () => this.invalidate() });
    } catch (error) {
      console.info("the map is shown as a list:", error.message);
      this.scatter = null;
      this.element.classList.add("no-webgl");
    }
  }

  #listen() {
    const { signal } = this;
    new ResizeObserver(() => this.#resized()).observe(this.element);
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
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#frame), { once: true });
    this.#plays();
  }

  /** Ask for a new frame; any number of times costs one. */
  invalidate() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(now) {
    this.#frame = 0;
    if (this.signal.aborted) return;
    const glides = this.camera.step(now);
    this.scatter?.draw(this.camera);
    this.overlay.draw(this.camera, now, this.scatter?.pointSize(this.camera) ?? 0);
    if (glides || this.overlay.moves) this.invalidate();
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
    this.#fitted = true;
    this.#draw(performance.now()); // at once: a canvas whose size changes is empty until it is drawn
  }

  /** Make room for what stands above the map now; where everything was in sight, it stays so. */
  #makeRoom() {
    this.#setMargins();
    if (this.camera.atHome) this.fit();
  }

  #setMargins() {
    this.camera.setMargins(margins(this.element, { corner: this.legend.element, panel: this.panel }));
  }

  /** Colour the points by something else. */
  colourBy(name) {
    this.look.colourBy(name);
    this.#tellAddress();
  }

  #goToMatches() {
    const { matches } = this.look;
    if (matches?.size) this.camera.fit(boundsOf(this.data, matches));
    if (matches?.size === 1) this.openPoint([...matches][0], { play: false });
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
    this.invalidate();
  }

  #tapped(x, y, event) {
    const i = this.#pointNear(x, y, event.pointerType);
    if (i >= 0) this.openPoint(i);
    else if (this.look.selected.size > 0 || this.panel.open) this.panel.close();
  }

  #outlined(outline) {
    if (outline) this.hover.hide();
    this.overlay.outline = outline;
    this.invalidate();
  }

  #caught(pixels, more) {
    const outline = pixels.map((value, k) => (k % 2 ? this.camera.mapY(value) : this.camera.mapX(value)));
    const caught = this.index.inside(outline, this.look.open);
    this.select(more ? [...this.look.selected, ...caught] : caught);
    if (this.tools.tool !== "pan") this.tools.choose("pan");
    const seen = this.camera.atHome || this.look.selected.size === 0; // else the side panel may stand over what was caught
    if (!seen) this.camera.fit(boundsOf(this.data, this.look.selected), { closest: this.camera.zoom });
  }

  #tool(tool) {
    this.surface.classList.toggle("drawing", tool !== "pan");
    if (tool !== "pan")
      this.tell(
        `${tool === "lasso" ? "Lasso" : "Rectangle"}: drag around the tracks that you want; Escape puts it away.`,
      );
  }

  /** Select points, show them in the side panel, and hold them out. */
  select(places) {
    this.look.selected = new Set(places);
    this.#link(-1, []);
    if (this.look.selected.size === 0) {
      this.tell("No track was inside.");
      this.panel.close();
    } else {
      showSelection(this.panel, this.data, [...this.look.selected], {
        onOpen: (track) => this.openPoint(this.data.placeOf(track.audio_id), { keep: true }),
        onRemove: (place) => this.select([...this.look.selected].filter((one) => one !== place)),
      });
      this.tell(`${count(this.look.selected.size, "track")} selected.`);
      this.#makeRoom();
    }
    this.look.style();
  }

  /**
   * Show a point's track and its true neighbours.
   *
   * @param {number} i
   * @param {{play?: boolean, centre?: boolean, keep?: boolean}} [options] `keep`: the side panel stays as it is.
   */
  openPoint(i, { play = true, centre = false, keep = false } = {}) {
    if (i < 0) return;
    const track = this.data.track(i);
    if (play && !player.isCurrent(track)) player.play(track);
    else if (play && !player.playing) player.toggle();
    this.overlay.dropped = null;
    this.overlay.cursor = i;
    if (keep) {
      this.camera.reveal(this.data.x[i], this.data.y[i]);
      return this.invalidate();
    }
    this.look.selected.clear();
    this.#link(i, []);
    showTrackCard(this.panel, this.data, i, {
      onLinked: (places) => this.overlay.shown === i && this.#link(i, places),
      onOpen: (other) => this.#openTrack(other),
      signal: this.signal,
    });
    this.#makeRoom();
    if (centre) this.camera.centre(this.data.x[i], this.data.y[i], { zoom: NEAR_ZOOM });
    else if (!this.camera.atHome) this.camera.reveal(this.data.x[i], this.data.y[i]);
    this.look.style();
    this.#tellAddress({ track: track.audio_id });
    return undefined;
  }

  #openTrack(track) {
    const i = this.data.placeOf(track.audio_id);
    if (i >= 0) this.openPoint(i);
    else player.play(track);
  }

  /** Show a dropped file among its neighbours. */
  showDrop(id) {
    this.#tellAddress({ drop: id });
    return showDropCard(this.panel, this.data, id, {
      onPlaced: (place, linked) => {
        this.overlay.dropped = place;
        this.#link(-1, linked);
        this.#makeRoom();
        const bounds = boundsOf(this.data, linked);
        this.camera.fit(
          {
            left: Math.min(bounds.left, place.x),
            right: Math.max(bounds.right, place.x),
            bottom: Math.min(bounds.bottom, place.y),
            top: Math.max(bounds.top, place.y),
          },
          { closest: 3 },
        );
      },
      onOpen: (track) => this.#openTrack(track),
      signal: this.signal,
    });
  }

  /** List the points in sight, for who reads rather than looks. */
  showList() {
    const { data } = this;
    const places = inSight(this.camera, data, this.look.open, { all: !this.scatter });
    this.look.selected.clear();
    this.#link(-1, []);
    showList(this.panel, data, places, {
      whole: places.length === data.n,
      onOpen: (track) => this.openPoint(data.placeOf(track.audio_id), { keep: true }),
    });
    this.panel.element.querySelector("tbody tr")?.focus();
    this.#makeRoom();
    this.look.style();
  }

  #link(shown, linked) {
    this.overlay.shown = shown;
    this.overlay.linked = linked;
    if (shown >= 0 || linked.length === 0) this.overlay.dropped = shown >= 0 ? null : this.overlay.dropped;
    this.invalidate();
  }

  #panelClosed(focused) {
    this.look.selected.clear();
    this.overlay.dropped = null;
    this.#link(-1, []);
    this.look.style();
    this.#makeRoom();
    this.#tellAddress({});
    if (focused) this.surface.focus();
  }

  #plays() {
    const id = player.current?.audio_id;
    this.overlay.playing = id ? this.data.placeOf(id) : -1;
    this.invalidate();
  }

  // What keys and buttons ask.

  /** Go to the nearest open point in a direction, or to the first one. */
  step(dx, dy) {
    const { overlay, camera, data } = this;
    const from = overlay.cursor >= 0 ? overlay.cursor : overlay.shown;
    const to =
      from >= 0
        ? this.index.towards(from, dx, dy, this.look.open)
        : this.index.nearest(camera.x, camera.y, 4, this.look.open);
    if (to < 0) return;
    overlay.cursor = to;
    camera.reveal(data.x[to], data.y[to]);
    this.hover.hide();
    const track = data.track(to);
    this.tell([track.display, track.label, bpm(track) && `${bpm(track)} BPM`, key(track)].filter(Boolean).join(", "));
    this.hover.show(to);
    this.invalidate();
  }

  enter() {
    this.hover.hide();
    if (this.overlay.cursor >= 0) this.openPoint(this.overlay.cursor);
  }

  zoom(factor) {
    this.camera.zoomAt(this.camera.width / 2, this.camera.height / 2, factor);
  }

  fit({ glide = true } = {}) {
    this.camera.fitAll(boundsOf(this.data), { glide });
  }

  escape() {
    if (this.tools.tool !== "pan") this.tools.choose(this.tools.tool);
    else if (this.panel.open) this.panel.close();
    else this.hover.hide();
    this.overlay.outline = null;
    this.invalidate();
  }

  /** Say something to who listens rather than looks. */
  tell(text) {
    this.live.textContent = text;
  }

  /** Let a reload or a bookmark come back to what is shown. */
  #tellAddress(shown = this.#address) {
    this.#address = shown;
    if (this.element.isConnected) replaceParams({ ...shown, by: this.look.by === "label" ? undefined : this.look.by });
  }
}
