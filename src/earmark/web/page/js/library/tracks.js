// All tracks, a page at a time: searched, narrowed and sorted by the server, so that fifty thousand are as quick as ten.
import { get } from "/page/js/lib/api.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { whole } from "/page/js/lib/format.js";
import { go } from "/page/js/lib/router.js";
import { failed, loading } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";

const PAGE = 100;
const WAIT_MS = 160;
const ORDERS = [
  ["match", "Label and release"], ["artist", "Artist"], ["title", "Title"], ["released", "Newest first"], ["bpm", "BPM"], ["key", "Key"], ["seconds", "Longest first"],
];
const DOWN = new Set(["released", "seconds"]);
const PARTS = [["", "All tracks"], ["estimated", "Estimated BPM or key"], ["unlabelled", "Without a label"]];

/**
 * Show them.
 *
 * @returns {{renew: () => void}} Reads them again where the library has changed, and leaves the words that are being written.
 */
export function showTracks(root, { view, signal, params }) {
  const table = new TrackTable(root, view, signal, params);
  table.ask();
  return { renew: () => table.renew() };
}

class TrackTable {
  #view;
  #signal;
  #timer = 0;
  #asking = new AbortController();

  constructor(root, view, signal, params) {
    this.#view = view;
    this.#signal = signal;
    this.state = { words: params.words ?? "", label: params.label ?? "", only: params.only ?? "", sort: params.sort ?? "match", page: Math.max(1, Number(params.page) || 1) };
    this.list = el("div", { class: "track-page" }, loading("Reading the tracks", { lines: 8 }));
    this.told = el("p", { class: "muted small", role: "status" });
    this.pager = el("nav", { class: "row pager", "aria-label": "Pages of tracks" });
    root.append(el("section", { class: "card stack" }, this.#form(), this.told, this.list, this.pager));
  }

  #form() {
    const id = freshId("words");
    const words = el("input", { class: "field", id, type: "search", value: this.state.words, maxlength: "200", placeholder: "Artist, title, label, release …", autocomplete: "off", spellcheck: "false",
      oninput: (event) => this.#soon({ words: event.target.value }) });
    this.labels = choice("Label", this.#labels(), this.state.label, (label) => this.#now({ label }));
    return el("form", { class: "track-filters", role: "search", "aria-label": "Tracks", onsubmit: (event) => event.preventDefault() },
      el("div", { class: "search-box" }, icon("search"), el("label", { class: "visually-hidden", for: id }, "Words"), words),
      this.labels,
      choice("Which", PARTS, this.state.only, (only) => this.#now({ only })),
      choice("Sorted by", ORDERS, this.state.sort, (sort) => this.#now({ sort })));
  }

  #labels() {
    return [["", "All labels"], ...this.#view.facts.labels.map((one) => [one.label, `${one.label} (${whole(one.tracks)})`])];
  }

  renew() {
    this.labels.querySelector("select").replaceChildren(...optionsOf(this.#labels(), this.state.label));
    this.ask();
  }

  #soon(changed) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(changed), WAIT_MS);
  }

  #now(changed) {
    Object.assign(this.state, changed, { page: changed.page ?? 1 });
    this.ask();
  }

  async ask() {
    if (this.#signal.aborted) return; // words written just before the view was left
    this.#asking.abort();
    this.#asking = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#asking.signal]);
    const { words, label, only, sort, page } = this.state;
    this.#view.keep({ words, label, only, sort: sort === "match" ? "" : sort, page: page > 1 ? page : "" });
    try {
      const asked = { words, label, only, sort, descending: DOWN.has(sort) || null, limit: PAGE, offset: (page - 1) * PAGE };
      this.#show(await get("/tracks", asked, { signal }));
    } catch (error) {
      if (error.name !== "AbortError") this.list.replaceChildren(failed(error, () => this.ask()));
    }
  }

  #show({ total, offset, items }) {
    const pages = Math.max(1, Math.ceil(total / PAGE));
    if (this.state.page > pages) return this.#now({ page: pages });
    this.told.textContent = total === 0 ? "" : total <= PAGE ? `${whole(total)} ${total === 1 ? "track" : "tracks"}` : `${whole(offset + 1)} to ${whole(offset + items.length)} of ${whole(total)} tracks`;
    this.list.replaceChildren(trackList(items, {
      label: "Tracks", columns: ["release", "year", "seconds"], actions: ACTIONS,
      empty: { title: "No track fits", text: "Try fewer words, or another label.", picture: "search" },
    }));
    this.pager.hidden = pages === 1;
    this.pager.replaceChildren(this.#step(-1, "left", "Previous page", pages), el("span", { class: "number small" }, `Page ${whole(this.state.page)} of ${whole(pages)}`), this.#step(1, "right", "Next page", pages));
    return undefined;
  }

  #step(step, picture, name, pages) {
    const to = this.state.page + step;
    return el("button", { type: "button", class: "icon-button", "aria-label": name, title: name, disabled: to < 1 || to > pages, onclick: () => {
      this.#now({ page: to });
      this.list.scrollIntoView({ block: "nearest" });
    } }, icon(picture));
  }
}

const ACTIONS = [
  { name: "What mixes after it", icon: "next", run: (track) => go("next", { track: track.audio_id }) },
  { name: "Show on the map", icon: "map", run: (track) => go("map", { track: track.audio_id }) },
];

function choice(name, options, value, act) {
  const id = freshId("choice");
  return el("div", { class: "track-filter" }, el("label", { class: "visually-hidden", for: id }, name),
    el("select", { class: "field", id, onchange: (event) => act(event.target.value) }, optionsOf(options, value)));
}

const optionsOf = (options, value) => options.map(([one, text]) => el("option", { value: one, selected: one === value }, text));
