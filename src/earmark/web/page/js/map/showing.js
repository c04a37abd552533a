// What the side panel shows of the map, and what stands out because of it: a track with its true neighbours, a dropped
// file, a selection, a list.
import { count } from "/page/js/lib/format.js";
import { player } from "/page/js/lib/player.js";
import { boundsOf, inSight } from "/page/js/map/camera.js";
import { showList, showSelection } from "/page/js/map/selection.js";
import { showDropCard, showTrackCard } from "/page/js/map/trackcard.js";

const NEAR_ZOOM = 2.5;

export class Showing {
  /** @param {import("./stage.js").MapStage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** Whether something is shown, which a map that is drawn anew would take away. */
  get busy() {
    return this.stage.panel.open || this.stage.overlay.dropped !== null;
  }

  /** Select points, show them in the side panel, and let them stand out. */
  select(places) {
    const { stage } = this;
    stage.look.selected = new Set(places);
    this.#link(-1, []);
    if (stage.look.selected.size === 0) {
      stage.tell("No track was inside.");
      stage.panel.close();
    } else {
      this.#showSelection();
      stage.tell(`${count(stage.look.selected.size, "track")} selected.`);
      stage.makeRoom();
    }
    stage.look.style();
  }

  #showSelection() {
    const { panel, data, look } = this.stage;
    showSelection(panel, data, [...look.selected], {
      onOpen: (track) => this.openPoint(data.placeOf(track.audio_id), { keep: true }),
      onRemove: (place, row) => {
        this.select([...look.selected].filter((one) => one !== place));
        panel.focusRow(row);
      },
    });
  }

  /** Put a point into the selection, or take it out of it. */
  toggle(i) {
    const { selected } = this.stage.look;
    this.select(selected.has(i) ? [...selected].filter((one) => one !== i) : [...selected, i]);
  }

  /**
   * Show a point's track and its true neighbours.
   *
   * @param {number} i
   * @param {{play?: boolean, centre?: boolean, keep?: boolean}} [options] `keep`: the side panel stays as it is.
   */
  openPoint(i, { play = true, centre = false, keep = false } = {}) {
    if (i < 0) return;
    const { data, overlay, camera, look, panel } = this.stage;
    const track = data.track(i);
    if (play && !player.isCurrent(track)) player.play(track);
    else if (play && !player.playing) player.toggle();
    overlay.dropped = null;
    overlay.cursor = i;
    if (keep) {
      camera.reveal(data.x[i], data.y[i]);
      this.stage.invalidate();
      return;
    }
    look.selected.clear();
    this.#link(i, []);
    showTrackCard(panel, data, i, {
      onLinked: (places) => overlay.shown === i && this.#link(i, places),
      onOpen: (other) => this.#openTrack(other),
      signal: this.stage.signal,
    });
    this.stage.makeRoom();
    if (centre) camera.centre(data.x[i], data.y[i], { zoom: NEAR_ZOOM });
    else if (!camera.atHome) camera.reveal(data.x[i], data.y[i]);
    look.style();
    this.stage.tellAddress({ track: track.audio_id });
  }

  #openTrack(track) {
    const i = this.stage.data.placeOf(track.audio_id);
    if (i >= 0) this.openPoint(i);
    else player.play(track);
  }

  /** Show a dropped file among its neighbours. */
  showDrop(id) {
    const { data, overlay, camera, panel, signal } = this.stage;
    this.stage.tellAddress({ drop: id });
    const shown = showDropCard(panel, data, id, {
      onPlaced: (place, linked) => {
        overlay.dropped = place;
        this.#link(-1, linked);
        this.stage.makeRoom();
        camera.fit(around(place, boundsOf(data, linked)), { closest: 3 });
      },
      onOpen: (track) => this.#openTrack(track),
      signal,
    });
    this.stage.makeRoom();
    return shown;
  }

  /** List the points in sight, for who reads rather than looks. */
  showList() {
    const { data, camera, look, panel } = this.stage;
    const places = inSight(camera, data, look.open, { all: !this.stage.scatter });
    look.selected.clear();
    this.#link(-1, []);
    showList(panel, data, places, {
      whole: places.length === data.n,
      onOpen: (track) => this.openPoint(data.placeOf(track.audio_id), { keep: true }),
      onSelect: () => {
        this.select(places);
        panel.focus();
      },
    });
    panel.focusRow(0);
    this.stage.makeRoom();
    look.style();
  }

  /** The side panel was closed: nothing is selected or linked any more. */
  closed() {
    this.stage.look.selected.clear();
    this.stage.overlay.dropped = null;
    this.#link(-1, []);
    this.stage.look.style();
    this.stage.makeRoom();
    this.stage.tellAddress({});
  }

  #link(shown, linked) {
    const { overlay } = this.stage;
    overlay.shown = shown;
    overlay.linked = linked;
    if (shown >= 0 || linked.length === 0) overlay.dropped = shown >= 0 ? null : overlay.dropped;
    this.stage.invalidate({ points: false });
  }
}

/** Bounds that hold a place too. */
function around({ x, y }, { left, right, bottom, top }) {
  return {
    left: Math.min(left, x),
    right: Math.max(right, x),
    bottom: Math.min(bottom, y),
    top: Math.max(top, y),
  };
}
