// Next: what mixes after a track and why, by rules that one adjusts, and the set that is built of it.
import { get, post } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { clear, el } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { link, replaceParams } from "/page/js/lib/router.js";
import { trackSearch } from "/page/js/parts/search.js";
import { empty, failed, loading } from "/page/js/parts/states.js";
import { trackList } from "/page/js/parts/tracks.js";
import { COUNT, MOST, fromParams, nextBody, rulesBody, toParams } from "/page/js/next/asking.js";
import { showAsked } from "/page/js/next/asked.js";
import { audition } from "/page/js/next/audition.js";
import { hearsSuggestion, suggestedName } from "/page/js/next/hearing.js";
import { Builder, openStore } from "/page/js/next/builder.js";
import { likingStrip } from "/page/js/next/liking.js";
import { rulesPanel } from "/page/js/next/rules.js";
import { store } from "/page/js/next/store.js";
import { fillSuggestions } from "/page/js/next/suggestions.js";

export const title = "Next";

const WAIT_MS = 160;

export async function mount(root, { params, signal }) {
  const view = new NextView(root, fromParams(params), signal);
  signal.addEventListener("abort", () => audition.stop());
  await view.start();
}

class NextView {
  #asked;
  #signal;
  #found = null;
  #chain = [];
  #asking = null;
  #timer = 0;
  #named = new Map();

  constructor(root, asked, signal) {
    this.#asked = asked;
    this.#signal = signal;
    this.live = el("p", { class: "visually-hidden", role: "status" });
    this.search = trackSearch({ label: "Start from", hideLabel: true, placeholder: "Start from a track …", signal, onPick: (track) => this.#begin(track),
      onShown: (node, track) => this.builder.drag(node, track) });
    this.header = el("header", { class: "row apart next-top" }, el("h1", {}, "Next"), this.search);
    this.askedCard = el("section", { class: "card asked", "aria-label": "The track that is left", hidden: true });
    this.liking = el("div", { class: "liking-place" });
    this.rules = rulesPanel({ asked, onChange: () => this.#changed() });
    this.notes = el("div", { class: "next-notes" });
    this.list = el("ol", { class: "suggestions", "aria-label": "What mixes after it" });
    this.more = el("button", { type: "button", class: "button", hidden: true, onclick: () => this.#more() }, "Show more");
    this.state = el("div", { class: "next-state" });
    this.builder = new Builder({ asked, first: () => this.#found?.asked ?? null, announce: (text) => this.#tell(text), signal });
    this.finding = el("div", { class: "finding stack" }, this.askedCard, this.liking, this.rules.element, this.state, this.list, this.more, this.notes);
    this.sides = this.#sides();
    root.append(this.header, this.sides, el("div", { class: "next-columns", dataset: { side: "finding" } }, this.finding, this.builder.element), this.live);
    store.addEventListener("change", () => this.#setChanged(), { signal });
  }

  async start() {
    bus.on("library-changed", () => this.#asked.track && this.#ask(), { signal: this.#signal });
    const opening = openStore(this.#signal, this.builder.told);
    if (this.#asked.track) await Promise.all([opening, this.#ask()]);
    else {
      await opening;
      await this.#offer();
    }
  }

  /** On narrow windows, what is found and the set are looked at one at a time. */
  #sides() {
    const button = (side, text) => el("button", { type: "button", "aria-pressed": String(side === "finding"), dataset: { side }, onclick: () => this.#turn(side) }, text);
    return el("div", { class: "segments next-sides", role: "group", "aria-label": "Show" }, button("finding", "Suggestions"), button("set", "Set"));
  }

  #turn(side) {
    this.sides.nextElementSibling.dataset.side = side;
    for (const button of this.sides.children) button.setAttribute("aria-pressed", String(button.dataset.side === side));
  }

  #tell(text) {
    this.live.textContent = text;
  }

  /** Start anew from a track. */
  #begin(track) {
    this.#chain = [];
    this.#go(track);
  }

  #go(track) {
    this.#asked.track = track.audio_id;
    this.#asked.count = COUNT;
    // A step of its own in the browser's history, without the view being made anew.
    history.pushState(history.state, "", link("next", toParams(this.#asked)));
    this.#turn("finding");
    this.#ask();
  }

  #goOn(track) {
    if (this.#found) this.#chain = [...this.#chain, this.#found.asked];
    this.askedCard.scrollIntoView({ block: "nearest" });
    this.#go(track);
  }

  #goBack(place) {
    const track = this.#chain[place];
    this.#chain = this.#chain.slice(0, place);
    this.#go(track);
  }

  /** Another rule, filter or like: ask again in a moment, and judge the set by it too. */
  #changed() {
    replaceParams(toParams(this.#asked));
    this.builder.judge();
    if (!this.#asked.track) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  #more() {
    this.#asked.count = Math.min(MOST, this.#asked.count * 2);
    this.#ask();
  }

  async #ask() {
    this.#asking?.abort();
    if (this.#signal.aborted) return; // left while the timer ran
    const asking = (this.#asking = new AbortController());
    if (!this.#found) clear(this.state).append(loading("Looking for what mixes", { lines: 6 }));
    this.list.setAttribute("aria-busy", "true");
    try {
      const without = store.ids.filter((id) => id !== this.#asked.track);
      const found = await post("/next", nextBody(this.#asked, without), { signal: asking.signal });
      if (this.#signal.aborted) return;
      this.#found = found;
      this.#show();
      this.#tell(`${count(found.suggestions.length, "suggestion")} after ${found.asked.display}`);
    } catch (error) {
      if (error.name === "AbortError" || this.#signal.aborted) return;
      this.#failed(error);
    }
    if (asking === this.#asking) this.list.removeAttribute("aria-busy");
  }

  #failed(error) {
    const unheard = error.status === 400 && /no vector/.test(error.message);
    clear(this.notes);
    clear(this.list);
    clear(this.state).append(unheard
      ? empty({ picture: "listen", title: "These tracks cannot be compared yet", text: "Earmark has to make a vector of each track’s sound once. That is started in the library, and takes a second or so a track.",
        action: { text: "To the library", href: link("library") } })
      : failed(error, () => this.#ask()));
    this.more.hidden = true;
  }

  #show() {
    const { asked, suggestions, notes } = this.#found;
    this.#named.set(asked.audio_id, asked);
    for (const { track } of suggestions) this.#named.set(track.audio_id, track);
    this.askedCard.hidden = false;
    showAsked(this.askedCard, this.#found, { chain: this.#chain, goBack: (place) => this.#goBack(place), add: (track) => this.builder.add(track),
      inSet: (id) => store.has(id), signal: this.#signal });
    this.#showLiking();
    clear(this.notes).append(...notes.map((note) => el("p", { class: "muted small" }, note)));
    clear(this.state);
    if (!suggestions.length) this.state.append(empty({ picture: "next", title: "Nothing follows by these rules", text: "Allow more keys, a wider pitch range, or fewer filters." }));
    // A suggestion that is not there any more has no button left to stop it.
    if (hearsSuggestion() && !suggestions.some(({ track }) => suggestedName(asked, track) === audition.name)) audition.stop();
    fillSuggestions(this.list, this.#found, this.#acts());
    this.more.hidden = suggestions.length < this.#asked.count || this.#asked.count >= MOST;
  }

  #acts() {
    return {
      goOn: (track) => this.#goOn(track),
      add: (track) => this.builder.add(track),
      judge: (track, liked) => this.#judge(track, liked),
      judged: (id) => (this.#asked.likes.includes(id) ? "like" : this.#asked.unlikes.includes(id) ? "unlike" : null),
      keyLock: () => this.#asked.lock,
      judgedAfter: (track) => this.#judgedAfter(track),
      inSet: (id) => store.has(id),
      draggable: (node, track) => this.builder.drag(node, track),
    };
  }

  async #judgedAfter(track) {
    const audio_ids = [this.#found.asked.audio_id, track.audio_id];
    const order = await post("/transitions", { audio_ids, overlap: store.overlap, rules: rulesBody(this.#asked) }, { signal: this.#signal });
    if (order.gone.length) throw new Error("it has left the library");
    return order.tracks[1];
  }

  /** Like or unlike a track; what is said twice is taken back. */
  #judge(track, liked) {
    const [mine, other] = liked ? ["likes", "unlikes"] : ["unlikes", "likes"];
    const again = this.#asked[mine].includes(track.audio_id);
    this.#asked[other] = this.#asked[other].filter((id) => id !== track.audio_id);
    this.#asked[mine] = again ? this.#asked[mine].filter((id) => id !== track.audio_id) : [...this.#asked[mine], track.audio_id];
    this.#showLiking();
    this.#changed();
  }

  #showLiking() {
    clear(this.liking).append(likingStrip({ asked: this.#asked, named: this.#named, signal: this.#signal, undo: (track, liked) => this.#judge(track, liked) }));
  }

  #setChanged() {
    this.sides.lastElementChild.textContent = store.tracks.length ? `Set (${store.tracks.length})` : "Set";
    if (this.#found) this.#show();
  }

  /** Without a track: some to begin with. */
  async #offer() {
    clear(this.state).append(loading("Reading some tracks"));
    try {
      const last = store.tracks.at(-1);
      const { items, total } = await get("/tracks", { limit: 8 }, { signal: this.#signal });
      const begin = (track) => this.#begin(track);
      clear(this.state).append(
        total === 0 ? empty({ picture: "library", title: "The library has no tracks yet", text: "Add a folder of music first.", action: { text: "To the library", href: link("library") } })
          : empty({ picture: "next", title: "Which track is playing?", text: "Choose one, and see what mixes after it and why.",
            action: last ? { text: `Go on from the set’s last: ${last.title ?? last.display}`, run: () => begin(last) } : { text: "Search", run: () => this.search.input.focus() } }),
        total > 0 ? el("div", { class: "card" }, trackList(items, { label: "Tracks to begin with", onOpen: begin, actions: [{ name: "What mixes after it", icon: "right", run: begin }] })) : "");
    } catch (error) {
      if (error.name === "AbortError") return;
      clear(this.state).append(failed(error, () => this.#offer()));
    }
  }
}
