// Labels: the atlas. A map and a list to choose from; beside them a profile, two compared, or what to try.
import { get } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { el, freshId, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { present, replaceParams } from "/page/js/lib/router.js";
import { failed, loading, sentence, withStates } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { labelMap } from "/page/js/labels/labelmap.js";
import { MOST_LOVED, showAdvice } from "/page/js/labels/loves.js";
import { showComparison } from "/page/js/labels/compare.js";
import { mapCard, noLabels, noMap } from "/page/js/labels/mapcard.js";
import { showProfile } from "/page/js/labels/profile.js";

export const title = "Labels";

const MODES = { profile: "Profile", compare: "Compare", loves: "Love and try" };
const SEARCHED_FROM = 9;
const NARROW = "(max-width: 960px)";

/** Show the labels. */
export async function mount(root, { params, signal }) {
  bus.on("library-changed", () => new LabelsView(root, present().params, signal).open(), { signal });
  await new LabelsView(root, params, signal).open();
}

const packed = (names) => names.map(encodeURIComponent).join(",");
const unpacked = (text) => (text ? text.split(",").filter(Boolean).map(decoded) : []);

/** A name as it stands in the address; one that somebody typed may hold a lone per cent sign. */
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

class LabelsView {
  #root;
  #signal;
  #labels = [];
  #atlas = null;
  #state;
  #asking = new AbortController();
  /** Why there is no map, and what stands in its place. */
  #without = null;
  #map = null;
  #placed = null;
  #rows = new Map();

  constructor(root, params, signal) {
    this.#root = root;
    this.#signal = signal;
    const pair = unpacked(params.get("compare"));
    const loves = [...new Set(unpacked(params.get("loves")))].slice(0, MOST_LOVED);
    const mode = params.has("compare") ? "compare" : params.has("loves") ? "loves" : "profile";
    this.#state = { mode, label: params.get("label"), pair: [pair[0] ?? null, pair[1] ?? null], loves };
  }

  async open() {
    await withStates(
      this.#root,
      () => get("/labels", {}, { signal: this.#signal }),
      (labels) => this.#frame(labels),
      { text: "Reading the labels", signal: this.#signal },
    );
  }

  #frame(labels) {
    if (!labels.length) return noLabels();
    this.#labels = [...labels].sort((one, other) => other.tracks - one.tracks || one.label.localeCompare(other.label));
    this.panel = el("div", { class: "labels-panel", role: "tabpanel", id: freshId("panel"), tabindex: "-1" });
    this.tabs = this.#tabs();
    this.place = el("div", { class: "card map-card" }, loading("Placing the labels by their sound", { lines: 6 }));
    const layout = el(
      "div",
      { class: "labels-layout" },
      el("div", { class: "labels-left stack" }, this.place, this.#listCard()),
      el("div", { class: "labels-right stack" }, this.tabs, this.panel),
    );
    this.#settleLabel();
    this.#placed = this.#placeLabels();
    // The numbers of a label need no map.
    if (this.#state.mode === "profile") this.#show();
    else this.panel.append(loading("Placing the labels by their sound"));
    return [
      el(
        "p",
        { class: "lead" },
        "Labels as places of sound: who lies near whom, what each is like, and where to go from those you love.",
      ),
      layout,
    ];
  }

  /** The map takes a moment to be made; the list and the profile's numbers do not wait for it. */
  async #placeLabels() {
    this.place.setAttribute("aria-busy", "true");
    try {
      const { atlas, problem } = await get("/atlas", {}, { signal: this.#signal });
      if (atlas) {
        this.#atlas = atlas;
        this.#map = labelMap(atlas, { onPick: (label) => this.#pick(label) });
        this.place.replaceChildren(...mapCard(atlas, this.#map));
      } else this.#doWithout(problem, () => noMap(problem, () => this.open(), this.#signal));
    } catch (error) {
      if (error.name === "AbortError" || this.#signal.aborted) return;
      this.#doWithout(error.message, () => failed(error, () => this.open()));
    } finally {
      this.place.removeAttribute("aria-busy");
    }
    this.#settleOthers();
    if (this.#state.mode === "profile") this.#mark();
    else this.#show();
  }

  #doWithout(why, instead) {
    this.#without = { why, instead };
    this.place.replaceChildren(instead());
  }

  /** A label by its name as somebody wrote it; null where there is none. */
  #own(name) {
    const written = name?.toLocaleLowerCase();
    return this.#labels.find(({ label }) => label.toLocaleLowerCase() === written)?.label ?? null;
  }

  #settleLabel() {
    const { label } = this.#state;
    if (label && !this.#own(label)) toast(`There is no label “${label}” in the library.`, { kind: "warning" });
    this.#state.label = this.#own(label) ?? this.#labels[0].label;
  }

  #settleOthers() {
    const { pair, loves } = this.#state;
    const placed = (name) => (this.#isPlaced(this.#own(name)) ? this.#own(name) : null);
    this.#state.pair = pair.map(placed);
    this.#state.loves = loves.map(placed).filter(Boolean);
  }

  #isPlaced(label) {
    return Boolean(this.#atlas?.labels.some((one) => one.label === label));
  }

  #placedNames() {
    return this.#atlas ? this.#atlas.labels.map(({ label }) => label) : [];
  }

  /** Why a label is not on the map; null where it is. */
  #whyApart(label) {
    if (this.#without) return sentence(`${label} cannot be compared with others yet: ${this.#without.why}`);
    const out = this.#atlas?.left_out.find((one) => one.label === label);
    return out ? `${label} is not on the map: ${out.why}.` : null;
  }

  #tabs() {
    const tabs = Object.entries(MODES).map(([mode, text]) =>
      el(
        "button",
        {
          type: "button",
          role: "tab",
          id: freshId("tab"),
          dataset: { mode },
          "aria-controls": this.panel.id,
          onclick: () => this.#change({ mode }),
        },
        text,
      ),
    );
    const list = el(
      "div",
      {
        class: "segments",
        role: "tablist",
        "aria-label": "About labels",
        onkeydown: (event) => {
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (!step) return;
          event.preventDefault();
          const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
          next.focus();
          next.click();
        },
      },
      tabs,
    );
    return list;
  }

  #listCard() {
    const rows = this.#labels.map((one) => {
      const row = el(
        "li",
        {},
        el(
          "button",
          { type: "button", class: "label-row", title: one.label, onclick: () => this.#pick(one.label) },
          el("span", { class: "dot", style: { background: one.colour } }),
          el("span", { class: "label-row-name" }, one.label),
          icon("heart"),
          el("span", { class: "muted number" }, one.tracks),
        ),
      );
      this.#rows.set(one.label, row);
      return row;
    });
    const list = el("ul", { class: "label-list" }, rows);
    const search = rows.length >= SEARCHED_FROM && this.#search(list);
    return el(
      "details",
      { class: "card list-card", open: !matchMedia(NARROW).matches },
      el("summary", {}, el("h2", { class: "list-title" }, count(rows.length, "label"))),
      search,
      list,
    );
  }

  #search(list) {
    const none = el("p", { class: "muted small", role: "status" });
    const field = el("input", {
      type: "search",
      class: "field",
      placeholder: "Find a label",
      "aria-label": "Find a label",
      maxlength: 200,
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => {
        const words = plain(field.value);
        let found = 0;
        for (const [label, row] of this.#rows) {
          row.hidden = !plain(label).includes(words);
          found += row.hidden ? 0 : 1;
        }
        none.textContent = found ? "" : "No label has this in its name.";
        list.scrollTop = 0;
      },
    });
    return el("div", { class: "list-search" }, field, none);
  }

  /** A label was chosen on the map or in the list; what that means depends on what is shown. */
  #pick(label) {
    const { mode, pair, loves } = this.#state;
    if (mode === "profile") return this.#change({ label }, { reveal: true });
    if (!this.#isPlaced(label))
      return toast(sentence(this.#whyApart(label) ?? `${label} is not on the map yet`), { kind: "warning" });
    if (mode === "loves") return this.#change({ loves: toggled(loves, label) });
    if (pair.includes(label)) return undefined;
    return this.#change({ pair: pair[0] ? [pair[0], label] : [label, pair[1]] });
  }

  #change(changed, { reveal = false } = {}) {
    const before = this.#state;
    this.#state = { ...before, ...changed };
    if (this.#state.mode === "compare" && !this.#state.pair[0] && before.mode === "profile")
      this.#state.pair = this.#withNearest(before.label);
    replaceParams(this.#address());
    this.#show();
    if (reveal && matchMedia(NARROW).matches) this.tabs.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  /** A label and the one that is nearest to it, which is what one most likely wants to compare. */
  #withNearest(label) {
    const found = this.#atlas?.labels.find((one) => one.label === label);
    return found ? [label, found.nearest[0]?.label ?? null] : [null, null];
  }

  #address() {
    const { mode, label, pair, loves } = this.#state;
    if (mode === "compare") return { compare: packed(pair.filter(Boolean)) || " " };
    if (mode === "loves") return { loves: packed(loves) || " " };
    return { label };
  }

  #show() {
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#mark();
    const { mode } = this.#state;
    const context = {
      signal: AbortSignal.any([this.#signal, this.#asking.signal]),
      labels: this.#placedNames(),
      onPick: (label) => this.#change({ mode: "profile", label }, { reveal: true }),
    };
    if (mode === "profile") this.#showProfile(context);
    else if (this.#without) this.panel.replaceChildren(this.#without.instead());
    else if (mode === "compare")
      showComparison(this.panel, this.#state.pair, { ...context, onPair: (one, other) => this.#change({ pair: [one, other] }) });
    else showAdvice(this.panel, this.#state.loves, { ...context, onLoves: (loves) => this.#change({ loves }) });
  }

  #showProfile(context) {
    const { label, loves } = this.#state;
    showProfile(this.panel, label, {
      ...context,
      whyApart: (name) => this.#placed.then(() => this.#whyApart(name)),
      onCompare: (one, other) => this.#change({ mode: "compare", pair: [one, other] }, { reveal: true }),
      onLove: (name) =>
        this.#change({ mode: "loves", loves: [...new Set([...loves, name])].slice(0, MOST_LOVED) }, { reveal: true }),
    });
  }

  /** What is chosen, and as what. */
  #marks() {
    const { mode, label, pair, loves } = this.#state;
    if (mode === "profile") return new Map([[label, "chosen"]]);
    if (mode === "loves") return new Map(loves.map((name) => [name, "loved"]));
    return new Map(["first", "second"].map((place, at) => [pair[at], place]).filter(([name]) => name));
  }

  /** Show on the map, in the list and in the tabs what is chosen. */
  #mark() {
    const { mode } = this.#state;
    const marks = this.#marks();
    this.#map?.mark(marks);
    for (const [name, row] of this.#rows) {
      const button = row.firstElementChild;
      button.setAttribute("aria-pressed", String(marks.has(name)));
      button.classList.toggle("loved", mode === "loves" && marks.has(name));
    }
    for (const tab of this.tabs.children) {
      const chosen = tab.dataset.mode === mode;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) this.panel.setAttribute("aria-labelledby", tab.id);
    }
  }
}

const toggled = (names, name) =>
  names.includes(name) ? names.filter((one) => one !== name) : [...names, name].slice(0, MOST_LOVED);
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
