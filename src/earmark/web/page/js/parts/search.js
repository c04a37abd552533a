// A field that finds tracks while one types: an editable combobox with a list, after the ARIA practices.
import { get } from "/page/js/lib/api.js";
import { labelChip } from "/page/js/lib/colours.js";
import { clear, el, freshId, icon } from "/page/js/lib/dom.js";
import { bpm, count, key } from "/page/js/lib/format.js";

const WAIT_MS = 140;
const MOST = 8;

/**
 * Make a search field.
 *
 * @param {object} options
 * @param {string} options.label What it is for, such as "Start from". Shown above unless `hideLabel`.
 * @param {(track: object) => void} options.onPick Is given the TrackOut that was picked.
 * @param {string} [options.placeholder]
 * @param {boolean} [options.hideLabel] The label is there for screen readers only.
 * @param {boolean} [options.keep] Show the picked track's name afterwards, instead of an empty field.
 * @param {object} [options.params] More parameters for /tracks, such as a label.
 * @param {(words: string) => Array<{node: Node, text: string, pick: () => void}>} [options.extra] Further things that
 *   fit the words; they stand first.
 * @param {(node: HTMLElement, track: object) => void} [options.onShown] Is given each track that is offered, so that it
 *   can be dragged from there too.
 * @param {AbortSignal} [options.signal]
 * @returns {HTMLElement & {input: HTMLInputElement, empty: () => void}} `empty`: takes the words and the list away.
 */
export function trackSearch(options) {
  return new TrackSearch(options).element;
}

class TrackSearch {
  #options;
  #choices = [];
  #active = -1;
  #timer = 0;
  #asking = null;

  constructor(options) {
    this.#options = { placeholder: "Artist, title, label …", params: {}, extra: () => [], ...options };
    const { label, hideLabel, placeholder } = this.#options;
    const [id, listId] = [freshId("search"), freshId("found")];
    this.list = el("div", { id: listId, class: "found-list", role: "listbox", "aria-label": label });
    this.note = el("p", { class: "found-note", role: "status" });
    this.popup = el(
      "div",
      { class: "found", hidden: true, onmousedown: (event) => event.preventDefault() },
      this.list,
      this.note,
    );
    this.input = el("input", {
      id,
      type: "text",
      class: "field",
      role: "combobox",
      placeholder,
      autocomplete: "off",
      spellcheck: "false",
      maxlength: 200,
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-autocomplete": "list",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#pressed(event),
      onblur: () => this.#close(),
      onfocus: () => this.input.value && this.#typed(),
    });
    const name = el("label", { for: id, class: hideLabel ? "visually-hidden" : "field-label" }, label);
    this.element = el(
      "div",
      { class: "search" },
      name,
      el("div", { class: "search-box" }, icon("search"), this.input, this.popup),
    );
    Object.assign(this.element, { input: this.input, empty: () => this.#empty() });
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const words = this.input.value.trim();
    if (!words) return this.#close();
    this.#timer = setTimeout(() => this.#ask(words), WAIT_MS);
    return undefined;
  }

  async #ask(words) {
    const asking = (this.#asking = new AbortController());
    try {
      const found = await get("/tracks", { ...this.#options.params, words, limit: MOST }, { signal: asking.signal });
      if (!this.#options.signal?.aborted) this.#show(words, found);
    } catch (error) {
      if (error.name !== "AbortError") this.#tell(error.message);
    }
  }

  #show(words, { items, total }) {
    const extra = this.#options.extra(words);
    const tracks = items.map((track) => ({
      node: trackChoice(track),
      track,
      text: track.display,
      pick: () => this.#options.onPick(track),
    }));
    this.#choices = [...extra, ...tracks];
    this.#active = -1;
    clear(this.list).append(...this.#choices.map((choice, place) => this.#option(choice, place)));
    this.#tell(
      total > items.length ? `${count(total, "track")}; type more to narrow them` : total ? "" : noTracks(words, extra),
    );
    if (this.#choices.length) this.#move(0);
  }

  #option({ node, track }, place) {
    const option = el(
      "div",
      {
        id: `${this.list.id}-${place}`,
        role: "option",
        class: "found-option",
        "aria-selected": "false",
        onclick: () => this.#pick(place),
        onmousemove: () => place !== this.#active && this.#move(place),
      },
      node,
    );
    if (track) this.#options.onShown?.(option, track);
    return option;
  }

  #tell(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
    this.popup.hidden = false;
    this.list.hidden = this.#choices.length === 0;
    this.input.setAttribute("aria-expanded", String(this.#choices.length > 0));
  }

  #move(place) {
    this.#active = place;
    for (const [i, option] of [...this.list.children].entries())
      option.setAttribute("aria-selected", String(i === place));
    const option = this.list.children[place];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #pressed(event) {
    if (event.key === "Escape" && (this.input.value || !this.popup.hidden)) this.#empty();
    else if (event.key === "Enter" && this.#active >= 0) this.#pick(this.#active);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.#choices.length)
      this.#step(event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  #empty() {
    this.input.value = "";
    this.#close();
  }

  #step(by) {
    if (this.popup.hidden) this.popup.hidden = false;
    this.#move((this.#active + by + this.#choices.length) % this.#choices.length);
  }

  #pick(place) {
    const { text, pick } = this.#choices[place];
    this.input.value = this.#options.keep ? text : "";
    this.#close();
    pick();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.popup.hidden = true;
    this.#choices = [];
    this.#active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

function trackChoice(track) {
  return el(
    "span",
    { class: "found-track" },
    el("span", { class: "found-title" }, track.display),
    el("span", { class: "found-facts" }, labelChip(track.label), [bpm(track), key(track)].filter(Boolean).join(" · ")),
  );
}

function noTracks(words, extra) {
  return extra.length ? "" : `No track has “${words}” in its artists, title, release or label`;
}
