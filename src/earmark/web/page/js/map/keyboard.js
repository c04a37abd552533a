// Keys on the map, while it has the focus: from track to track, and all that a pointer can do.
import { bpm, key } from "/page/js/lib/format.js";
import { KeyCircle } from "/page/js/map/circle.js";

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SHIFT_PX = 60;

/**
 * Listen for keys.
 *
 * @param {HTMLElement} surface
 * @param {import("./stage.js").MapStage} stage
 * @param {AbortSignal} signal
 */
export function listenForMapKeys(surface, stage, signal) {
  const keys = new MapKeys(stage);
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys.meaning(event);
    if (!act) return;
    event.preventDefault();
    act();
  };
  surface.addEventListener("keydown", pressed, { signal });
  surface.addEventListener("pointerdown", () => keys.circle.end(), { signal });
  surface.addEventListener("blur", () => keys.circle.end(), { signal });
}

class MapKeys {
  constructor(stage) {
    this.stage = stage;
    this.circle = new KeyCircle(stage);
  }

  /** What a key does; null where it does nothing here. */
  meaning(event) {
    const direction = DIRECTIONS[event.key];
    if (this.circle.open) return this.#inCircle(event, direction);
    if (direction && event.shiftKey) {
      return () => this.stage.camera.pan(-SHIFT_PX * direction[0], SHIFT_PX * direction[1]);
    }
    if (direction) return () => this.#step(...direction);
    if (event.key === "Enter") return event.shiftKey ? () => this.#mark() : () => this.#enter();
    return this.#onMap(event.key);
  }

  #onMap(pressed) {
    const { stage } = this;
    const acts = {
      "+": () => stage.zoom(1.4),
      "=": () => stage.zoom(1.4),
      "-": () => stage.zoom(1 / 1.4),
      _: () => stage.zoom(1 / 1.4),
      0: () => stage.fit(),
      c: () => this.#encircle(),
      l: () => stage.tools.choose("lasso"),
      r: () => stage.tools.choose("rectangle"),
      t: () => stage.showing.showList(),
      escape: () => this.#escape(),
    };
    return acts[pressed.toLowerCase()] ?? null;
  }

  /** While the circle is there it has the arrows. */
  #inCircle(event, direction) {
    if (direction) return () => this.circle.grow(direction[0] + direction[1]);
    const acts = {
      "+": () => this.circle.grow(1),
      "=": () => this.circle.grow(1),
      "-": () => this.circle.grow(-1),
      _: () => this.circle.grow(-1),
      enter: () => this.#takeCircle(),
      escape: () => this.circle.end(),
      c: () => this.circle.end(),
    };
    return acts[event.key.toLowerCase()] ?? null;
  }

  /** Go to the nearest open point in a direction, or to the one in the middle. */
  #step(dx, dy) {
    const { stage } = this;
    const { overlay, camera, data, look } = stage;
    const from = overlay.cursor >= 0 ? overlay.cursor : overlay.shown;
    const to = from >= 0 ? stage.index.towards(from, dx, dy, look.open) : this.#middle();
    if (to < 0) return;
    overlay.cursor = to;
    camera.reveal(data.x[to], data.y[to]);
    stage.hover.hide();
    const track = data.track(to);
    stage.tell([track.display, track.label, bpm(track) && `${bpm(track)} BPM`, key(track)].filter(Boolean).join(", "));
    stage.hover.show(to);
    stage.invalidate({ points: false });
  }

  /** The open point that is nearest to the middle of what is seen, -1 where there is none. */
  #middle() {
    const { camera, index, look } = this.stage;
    return index.nearest(camera.x, camera.y, 4, look.open);
  }

  #enter() {
    this.stage.hover.hide();
    this.stage.showing.openPoint(this.stage.overlay.cursor);
  }

  /** Take the point that the keys are at into the selection, or out of it. */
  #mark() {
    const { cursor } = this.stage.overlay;
    if (cursor >= 0) this.stage.showing.toggle(cursor);
  }

  /** Draw a circle around the point that the keys are at, or the one in the middle. */
  #encircle() {
    const { cursor, shown } = this.stage.overlay;
    const at = [cursor, shown].find((one) => one >= 0) ?? this.#middle();
    this.stage.hover.hide();
    if (at >= 0) this.circle.begin(at);
    else this.stage.tell("No track is there.");
  }

  /** Select what the circle holds, and go to what can be done with it. */
  #takeCircle() {
    this.stage.showing.select(this.circle.take());
    this.stage.panel.focus();
  }

  #escape() {
    const { tools, panel, hover, overlay } = this.stage;
    if (tools.tool !== "pan") tools.choose(tools.tool);
    else if (panel.open) panel.close();
    else hover.hide();
    overlay.outline = null;
    this.stage.invalidate({ points: false });
  }
}
