// Library: what is in it, its folders and scans, all its tracks, files that failed, and what came from DJ software.
import { get } from "/page/js/lib/api.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { whole } from "/page/js/lib/format.js";
import { hasEnded, jobs } from "/page/js/lib/jobs.js";
import { replaceParams } from "/page/js/lib/router.js";
import { withStates } from "/page/js/parts/states.js";
import { addFolder } from "/page/js/library/addfolder.js";
import { showFailures } from "/page/js/library/failures.js";
import { showImports } from "/page/js/library/imports.js";
import { rescanAll } from "/page/js/library/folders.js";
import { showOverview } from "/page/js/library/overview.js";
import { FILLING, jobPanel } from "/page/js/library/running.js";
import { showTracks } from "/page/js/library/tracks.js";
import { welcome } from "/page/js/library/welcome.js";

export const title = "Library";

const TABS = [
  { name: "overview", text: () => "Overview", show: showOverview },
  { name: "tracks", text: (facts) => `Tracks (${whole(facts.tracks)})`, show: showTracks },
  { name: "failures", text: (facts) => `Not read (${whole(facts.failures)})`, show: showFailures },
  { name: "imports", text: () => "DJ software", show: showImports },
];

/** Show the library. */
export async function mount(root, { params, signal }) {
  const view = new LibraryView(root, params, signal);
  await view.load();
}

class LibraryView {
  #root;
  #signal;
  #params;
  #tab;
  #shown = null;
  #part = null;
  #state = null;
  #reading = null;
  #unread = false;

  constructor(root, params, signal) {
    this.#root = root;
    this.#signal = signal;
    this.#params = Object.fromEntries(params);
    this.#tab = TABS.some((tab) => tab.name === this.#params.tab) ? this.#params.tab : "overview";
    this.running = jobPanel({ signal, onEnd: (job) => this.#ended(job) });
    // An empty library is being filled from now on; where that ends, it is read again.
    jobs.addEventListener("change", () => {
      if (this.#state === "empty" && this.#stateOf(this.facts) === "filling") this.#put();
    }, { signal });
  }

  /** Read what is in the library and show it, or what to do first where it is empty. */
  async load() {
    await withStates(this.#root, () => this.#ask(), () => this.#frame(), { text: "Looking into the library", lines: 5, signal: this.#signal });
  }

  async #ask() {
    [this.facts, this.places] = await Promise.all(["/library", "/roots"].map((path) => get(path, {}, { signal: this.#signal })));
  }

  #stateOf({ tracks, failures }) {
    if (tracks > 0 || failures > 0) return "filled";
    return jobs.running.some((job) => job.kind === "scan") ? "filling" : "empty";
  }

  #frame() {
    this.#state = this.#stateOf(this.facts);
    if (this.#state !== "filled") return [this.running.element, welcome(this.places, { filling: this.#state === "filling" })];
    return [this.#head(), this.running.element, this.#tabs(), this.#panel()];
  }

  /** Show it all anew; what has the focus loses it to the heading only where it is gone. */
  #put() {
    const { activeElement: before } = document;
    const inside = this.#root.contains(before);
    clear(this.#root).append(...this.#frame());
    if (!inside) return;
    if (before.isConnected) before.focus();
    else focusHeading();
  }

  /** Tell what is in it now, and leave what somebody reads or writes where it is. */
  #renew() {
    if (this.#state !== "filled" || this.#stateOf(this.facts) !== "filled") return void this.#put();
    for (const { name, text } of TABS) this.#root.querySelector(`#library-tab-${name}`).textContent = text(this.facts);
    this.#root.querySelector("#library-tab-failures").classList.toggle("some-failed", this.facts.failures > 0);
    if (this.#part?.renew) return void this.#part.renew();
    const inside = this.panel.contains(document.activeElement);
    this.#fill();
    if (inside) this.panel.focus({ preventScroll: true });
  }

  #head() {
    return el("div", { class: "row apart library-head" },
      el("p", { class: "lead" }, "What is in it, where it comes from, and what could not be read. Your music stays where it is and is only ever read."),
      el("div", { class: "row" },
        el("button", { type: "button", class: "button", onclick: (event) => rescanAll(event.currentTarget) }, icon("refresh"), "Rescan all"),
        el("button", { type: "button", class: "button primary", onclick: () => addFolder(this.places) }, icon("add"), "Add a folder")));
  }

  #tabs() {
    const buttons = TABS.map((tab) =>
      el("button", {
        type: "button", role: "tab", id: `library-tab-${tab.name}`, "aria-selected": String(tab.name === this.#tab), "aria-controls": "library-panel",
        tabindex: tab.name === this.#tab ? "0" : "-1", class: tab.name === "failures" && this.facts.failures ? "some-failed" : null, onclick: () => this.open(tab.name),
      }, tab.text(this.facts)));
    const list = el("div", { class: "segments", role: "tablist", "aria-label": "Parts of the library" }, buttons);
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = TABS[(TABS.findIndex((tab) => tab.name === this.#tab) + step + TABS.length) % TABS.length];
      this.open(next.name);
      this.#root.querySelector(`#library-tab-${next.name}`).focus();
    });
    return list;
  }

  #panel() {
    this.panel = el("div", { class: "stack", role: "tabpanel", id: "library-panel", tabindex: "-1", "aria-labelledby": `library-tab-${this.#tab}` });
    this.#fill();
    return this.panel;
  }

  #fill() {
    this.#shown?.abort();
    this.#shown = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#shown.signal]);
    this.#part = TABS.find((tab) => tab.name === this.#tab).show(clear(this.panel), { view: this, signal, params: this.#params });
  }

  /** Show another part; `params` narrow it, such as a label of the tracks. */
  open(name, params = {}) {
    this.#tab = name;
    this.#params = params;
    this.keep({});
    for (const tab of this.#root.querySelectorAll("[role=tab]")) {
      const chosen = tab.id === `library-tab-${name}`;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `library-tab-${name}`);
    this.#fill();
  }

  /** Let the address tell what is shown, for a reload. */
  keep(params) {
    this.#params = { ...this.#params, ...params };
    replaceParams({ ...this.#params, tab: this.#tab === "overview" ? "" : this.#tab });
  }

  #ended(job) {
    if (!FILLING.has(job.kind) || !hasEnded(job)) return;
    this.#unread = true; // one that ends while the library is read for another is read for too
    this.#reading ??= this.#readAgain().finally(() => (this.#reading = null));
  }

  async #readAgain() {
    while (this.#unread && this.#state) {
      this.#unread = false;
      try {
        await this.#ask();
        this.#renew();
      } catch (error) {
        if (this.#signal.aborted) return;
        if (error.name !== "ApiProblem") throw error;
        console.warn("the library could not be read again:", error.message);
      }
    }
  }
}

function focusHeading() {
  const heading = document.querySelector("#main h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
