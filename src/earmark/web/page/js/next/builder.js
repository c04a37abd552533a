// The set: its tracks in order with how each follows the one before, its energy, its length, and what becomes of it.
import { get, post } from "/page/js/lib/api.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { bpm, count, key, minutes } from "/page/js/lib/format.js";
import { trackSearch } from "/page/js/parts/search.js";
import { empty, sentence } from "/page/js/parts/states.js";
import { rulesBody } from "/page/js/next/asking.js";
import { audition } from "/page/js/next/audition.js";
import { energyCurve } from "/page/js/next/curve.js";
import { dropList } from "/page/js/next/drag.js";
import { downloadTold, exportDialog } from "/page/js/next/exporting.js";
import { hearsSuggestion, pairName } from "/page/js/next/hearing.js";
import { joint } from "/page/js/next/joint.js";
import { fillDialog, makeDialog } from "/page/js/next/making.js";
import { playButton } from "/page/js/next/playbutton.js";
import { openDialog, saveDialog } from "/page/js/next/playlists.js";
import { store } from "/page/js/next/store.js";
import { shelf, tell } from "/page/js/next/told.js";

const WAIT_MS = 120;
const END_PX = 8;
const OVERLAPS = [8, 16, 32, 64];
const EXPORTS = [["m3u8", "M3U8", "M3U8: for any player"], ["rekordbox", "rekordbox", "rekordbox XML"], ["traktor", "Traktor", "Traktor NML"]];

/** The set's panel. */
export class Builder {
  #asked;
  #first;
  #signal;
  #order = null;
  #asking = null;
  #timer = 0;
  #atEnd = false;
  #room = { fits: true, count: 0 };
  #announced;

  /**
   * @param {{asked: object, first: () => object|null, announce: (text: string) => void, signal: AbortSignal}} options
   *   `asked`: whose rules hold for the set too; `first`: the track that a new set is offered to begin with.
   */
  constructor({ asked, first, announce, signal }) {
    this.#asked = asked;
    this.#first = first;
    this.#signal = signal;
    this.#announced = announce;
    this.list = el("ol", { class: "set-list", "aria-label": "The set" });
    this.curve = el("div", { class: "set-curve" });
    this.head = el("div", { class: "set-head" });
    this.note = el("div", { class: "set-note" });
    this.shelf = shelf();
    this.told = (text, options) => tell(this.shelf, text, options);
    this.foot = el("div", { class: "set-foot" });
    this.search = trackSearch({ label: "Add a track to the set", hideLabel: true, placeholder: "Add a track …", signal, onPick: (track) => this.add(track),
      onShown: (node, track) => this.drag(node, track) });
    this.element = el("section", { class: "card set-panel", "aria-labelledby": "set-title" }, this.head, this.curve, this.shelf, this.note, this.list, this.search, this.foot);
    this.drop = dropList(this.list, { frame: this.element, signal, onDrop: (carried, place) => this.#dropped(carried, place) });
    store.addEventListener("change", () => this.#changed(), { signal });
    this.#stayAtEnd(signal);
    this.#changed();
  }

  /** Let a track that stands elsewhere be dragged into the set. */
  drag(node, track) {
    this.drop.source(node, { carried: () => ({ track }), text: track.display });
  }

  /** Put a track at the end. */
  add(track) {
    this.#atEnd = true;
    store.add(track);
    this.#announced(`${track.display} is ${store.tracks.length} of ${store.tracks.length} in the set`);
  }

  /** Who sees the set's end goes on seeing it when news above it take some of the list's room, or transitions come. */
  #stayAtEnd(signal) {
    const { list } = this;
    const look = () => (this.#atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - END_PX);
    list.addEventListener("scroll", look, { signal, passive: true });
    const observer = new ResizeObserver(() => this.#keepEnd({ squeezed: this.#room.fits && this.#room.count === store.tracks.length }));
    observer.observe(list);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** `squeezed`: all of the set was seen until the list had to give up room. */
  #keepEnd({ squeezed = false } = {}) {
    const { list } = this;
    const fits = list.scrollHeight <= list.clientHeight + END_PX;
    if (!fits && (this.#atEnd || squeezed)) list.scrollTop = list.scrollHeight;
    this.#room = { fits, count: store.tracks.length };
  }

  /** Judge the set again, since the rules are others now. */
  judge() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#judge(), WAIT_MS);
  }

  #dropped({ track, from }, place) {
    if (from === undefined) {
      for (const search of document.querySelectorAll(".view-next .search")) search.empty();
      store.add(track, place);
      this.#announced(`${track.display} is ${place + 1} of ${store.tracks.length} in the set`);
    } else this.#move(from, place > from ? place - 1 : place, "handle");
  }

  #move(from, to, act) {
    if (to < 0 || to >= store.tracks.length || to === from) return;
    const place = store.move(from, to);
    const moved = this.list.querySelector(`[data-place="${place}"] [data-act="${act}"]`);
    // At an end one of the buttons cannot be pressed any more.
    const there = moved?.disabled ? this.list.querySelector(`[data-place="${place}"] [data-act="handle"]`) : moved;
    there?.focus();
    this.#announced(`${store.tracks[place].display} is ${place + 1} of ${store.tracks.length} in the set`);
  }

  #remove(place) {
    const track = store.tracks[place];
    store.remove(place);
    const next = Math.min(place, store.tracks.length - 1);
    (this.list.querySelector(`[data-place="${next}"] [data-act="remove"]`) ?? this.search.input).focus();
    this.#announced(`${track.display} is out of the set`);
  }

  #changed() {
    this.#asking?.abort(); // what is told of the set as it was means nothing now
    const { tracks } = store;
    // A transition that is in the set no more has no button left to stop it.
    if (!hearsSuggestion() && !tracks.some((track, place) => place > 0 && pairName(tracks[place - 1], track) === audition.name)) audition.stop();
    this.#show();
    this.judge();
  }

  async #judge() {
    this.#asking?.abort();
    if (this.#signal.aborted || store.tracks.length === 0) return;
    const asking = (this.#asking = new AbortController());
    try {
      const order = await post("/transitions", { audio_ids: store.ids, overlap: store.overlap, rules: rulesBody(this.#asked) }, { signal: asking.signal });
      if (this.#signal.aborted) return;
      this.#order = order;
      if (order.gone.length) this.told(`${count(order.gone.length, "track")} of the set left the library.`, { kind: "warning" });
      store.refresh(order.tracks.map((one) => one.track), order.gone);
      this.#showJudged();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#order = null;
      clear(this.note).append(el("p", { class: "note warning small" }, `The transitions are not judged: ${error.message} `,
        el("button", { type: "button", class: "button quiet small", onclick: () => this.#judge() }, "Try again")));
    }
  }

  /** What the server said of the set, where it is about the set as it is now. */
  get #fresh() {
    const ids = this.#order?.tracks.map((one) => one.track.audio_id);
    return ids && String(ids) === String(store.ids) ? this.#order : null;
  }

  #show() {
    const { tracks } = store;
    this.#showHead(null);
    clear(this.note);
    if (tracks.length < 2) clear(this.curve);
    const focus = this.#focus();
    clear(this.list).append(...tracks.map((track, place) => this.#step(track, place)));
    if (focus) this.list.querySelector(focus)?.focus({ preventScroll: true });
    this.list.hidden = tracks.length === 0;
    if (!tracks.length) this.note.append(this.#nothing());
    this.#showFoot();
  }

  /** Put what was judged into the steps that stand; they stay, since somebody may be pressing or dragging one. */
  #showJudged() {
    const order = this.#fresh;
    if (!order) return;
    this.#showHead(order);
    clear(this.note);
    clear(this.curve).append(...(order.tracks.length > 1 ? [energyCurve(order, store.curve)] : []));
    for (const [place, step] of [...this.list.querySelectorAll(":scope > [data-place]")].entries()) {
      step.querySelector(".set-start").textContent = minutes(order.tracks[place].start_seconds);
      if (place > 0) this.#join(step, place, order.tracks[place]);
    }
    this.#keepEnd();
  }

  #join(step, place, judged) {
    const act = step.querySelector(".joint")?.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const [before, after] = [store.tracks[place - 1], store.tracks[place]];
    const fill = () => fillDialog({ asked: this.#asked, order: this.#fresh, place, told: this.told });
    step.querySelector(".joint")?.replaceWith(joint({ judged, before, after, keyLock: this.#asked.lock, fill }));
    if (act) step.querySelector(`.joint [data-act="${act}"]`)?.focus({ preventScroll: true });
  }

  /** Where the focus is within the list, to put it there again. */
  #focus() {
    const step = document.activeElement?.closest("[data-place]");
    const act = document.activeElement?.dataset.act;
    return step && act && this.list.contains(step) ? `[data-place="${step.dataset.place}"] [data-act="${act}"]` : null;
  }

  #nothing() {
    return empty({ picture: "list", title: "An empty set", text: "Drag tracks here, press “Set” on one, or let Earmark make a set." });
  }

  #showHead(order) {
    const { tracks, playlist } = store;
    const seconds = order?.seconds ?? tracks.reduce((sum, track) => sum + track.seconds, 0);
    const facts = tracks.length ? [count(tracks.length, "track"), minutes(seconds), order?.mixing !== null && order ? `transitions ${Math.round(100 * order.mixing)}` : null] : [];
    const blends = el("select", { class: "field overlap", "aria-label": "Blends of", onchange: () => store.setOverlap(Number(blends.value)) },
      OVERLAPS.map((seconds) => el("option", { value: seconds, selected: seconds === store.overlap }, `${seconds} s blends`)));
    clear(this.head).append(
      el("div", {}, el("h2", { id: "set-title" }, playlist?.name ?? "Set"), el("p", { class: "muted small number" }, facts.filter(Boolean).join(" · "))),
      tracks.length > 1 && blends || "");
  }

  #step(track, place) {
    const last = store.tracks.length - 1;
    const button = (act, picture, name, run, disabled = false) => el("button", { type: "button", class: "icon-button", disabled, dataset: { act }, title: name, "aria-label": `${name}: ${track.display}`, onclick: run }, icon(picture));
    const handle = el("button", { type: "button", class: "icon-button handle", dataset: { act: "handle" }, title: "Drag, or move by the arrow keys", "aria-label": `Move ${track.display}, ${place + 1} of ${last + 1}; up and down arrow keys`,
      onkeydown: (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        this.#move(place, place + by, "handle");
      } }, icon("drag"));
    const title = track.title ? `${track.title}${track.mix ? ` (${track.mix})` : ""}` : track.display;
    const node = el("li", { class: "set-step", dataset: { place, audioId: track.audio_id } },
      place > 0 && joint({}),
      el("div", { class: "set-track" }, handle, playButton(track, { queue: () => store.tracks, place, small: true }),
        el("div", { class: "set-name", title: track.display }, el("span", { class: "track-title" }, title), el("span", { class: "track-artists" }, track.artists ?? "")),
        el("div", { class: "set-facts number" }, el("span", { class: "set-start" }), el("span", { class: "muted" }, [bpm(track), key(track)].filter(Boolean).join(" · "))),
        el("div", { class: "set-moves" }, button("up", "up", "Move up", () => this.#move(place, place - 1, "up"), place === 0),
          button("down", "down", "Move down", () => this.#move(place, place + 1, "down"), place === last)),
        button("remove", "close", "Take out", () => this.#remove(place))));
    this.drop.source(node, { carried: () => ({ track, from: place }), text: track.display, handle: ".handle" });
    return node;
  }

  #showFoot() {
    const some = store.tracks.length > 0;
    const button = (text, run, { kind = "button small", label } = {}) => el("button", { type: "button", class: kind, "aria-label": label, title: label, onclick: run }, text);
    const quiet = { kind: "button quiet small" };
    const body = () => ({ name: store.playlist?.name ?? `Set from ${store.tracks[0].title ?? "Earmark"}`, audio_ids: store.ids, rules: this.#fresh ? rulesBody(this.#asked) : null });
    clear(this.foot).append(...[
      some && el("div", { class: "row", role: "group", "aria-label": "Export the set" }, el("span", { class: "field-label" }, "Export"),
        EXPORTS.map(([format, text, label]) => button(text, () => downloadTold({ ...body(), format }, this.told), { label })), el("button", { type: "button", class: "icon-button", title: "More ways to export", "aria-label": "More ways to export", onclick: () => exportDialog(body(), this.told) }, icon("more"))),
      el("div", { class: "row" },
        some && button("Save", () => saveDialog(this.told)), button("Open", () => openDialog(this.told)), button("Make a set", () => makeDialog({ asked: this.#asked, first: store.tracks[0] ?? this.#first(), told: this.told })),
        store.canUndo && button("Undo", () => store.undo(), quiet), some && button("Clear", () => this.#clear(), quiet)),
    ].filter(Boolean));
  }

  #clear() {
    store.replace([]);
    this.told("The set is empty.", { action: { text: "Undo", run: () => store.undo() } });
    this.search.input.focus();
  }
}

/** Take up the set of the library that is served; `told` hears why it cannot be. */
export async function openStore(signal, told) {
  try {
    const { library } = await get("/about", {}, { signal });
    store.open(library);
  } catch (error) {
    if (error.name !== "AbortError") told(`The set of last time is not there: ${sentence(error.message)}`, { kind: "warning" });
  }
}
