// Listen: drop a track, see it being listened to, and read and hear the verdict.
import { del, get } from "/page/js/lib/api.js";
import { bus } from "/page/js/lib/bus.js";
import { clear, el, icon } from "/page/js/lib/dom.js";
import { link } from "/page/js/lib/router.js";
import { player } from "/page/js/lib/player.js";
import { failed, sentence, withStates } from "/page/js/parts/states.js";
import { toast } from "/page/js/parts/toast.js";
import { evidenceCard } from "/page/js/listen/evidence.js";
import { keep } from "/page/js/listen/keep.js";
import { progressCard } from "/page/js/listen/progress.js";
import { ranking } from "/page/js/listen/ranking.js";
import { drops, playable } from "/page/js/listen/store.js";
import { fileHead, verdictCard } from "/page/js/listen/verdict.js";
import { nearCard, noVerdict, referencesCard, warnings, whyCard } from "/page/js/listen/why.js";
import { chosen, dropZone, warm } from "/page/js/listen/zone.js";

export const title = "Listen";

/** Shows the view; see the router. */
export async function mount(root, { params, signal }) {
  const asked = () => Promise.all([get("/about", {}, { signal }), drops.load(signal)]);
  const told = await withStates(root, asked, () => [], { text: "Opening", signal });
  if (!told || signal.aborted) return;
  new ListenView(root, told[0], params.get("drop"), signal).start();
}

class ListenView {
  #root;
  #about;
  #signal;
  #selected;
  #by = "new";
  #whole = new Map();
  #shownStage = null;
  #forgetting = null;

  constructor(root, about, selected, signal) {
    this.#root = root;
    this.#about = about;
    this.#selected = selected;
    this.#signal = signal;
    this.note = el("div", { role: "status" });
    this.zone = el("div", { class: "zone-place" });
    this.list = el("div", { class: "list-place" });
    this.detail = el("div", { class: "detail stack", "aria-live": "off" });
    this.status = el("p", { class: "visually-hidden", role: "status" });
  }

  start() {
    const signal = this.#signal;
    clear(this.#root).append(
      el("header", { class: "listen-head" }, el("h1", { class: "view-title" }, "Listen"),
        el("p", { class: "lead" }, "Which of your labels does a track sound like, how sure is that, and why?")),
      this.note, this.zone, this.list, this.detail, this.status);
    drops.addEventListener("drop", ({ detail }) => this.#changed(detail), { signal });
    drops.addEventListener("gone", ({ detail }) => this.#gone(detail), { signal });
    drops.addEventListener("sending", () => this.#showList(), { signal });
    bus.on("drop", (dropped) => this.#take([dropped].flat()), { signal });
    bus.on("colours", () => this.#showSelected(true), { signal });
    drops.follow(signal);
    warm();
    for (const drop of drops.list) if (drop.state === "done") this.#fetchWhole(drop.id);
    this.#showList();
    if (this.#selected && !drops.list.some((one) => one.id === this.#selected)) this.#forgotten();
    else if (this.#selected) this.#showSelected(true);
    else if (drops.list.length) this.#select(drops.list[0].id);
  }

  async #take(files) {
    const sent = files.map((file) => drops.send(file, { largest: this.#about.upload_bytes, bundle: chosen.bundle }));
    this.#showList();
    const first = await sent[0];
    if (first && !this.#signal.aborted) this.#select(first.id);
  }

  #select(id) {
    this.#selected = id;
    this.#shownStage = null;
    clear(this.note);
    history.replaceState(history.state, "", link("listen", { drop: id }));
    this.#showList();
    this.#showSelected(true);
  }

  #changed(drop) {
    if (drop.state === "done" && !this.#whole.has(drop.id)) this.#fetchWhole(drop.id);
    this.#showList();
    if (!this.#selected) this.#select(drop.id);
    else if (drop.id === this.#selected) this.#showSelected(false, drop);
  }

  async #fetchWhole(id) {
    try {
      this.#whole.set(id, await drops.whole(id, { signal: this.#signal }));
      this.#showList();
    } catch (error) {
      // Its line then tells less; the selected file says by itself what did not come.
      if (error.name !== "AbortError" && error.name !== "ApiProblem") throw error;
    }
  }

  #gone(id) {
    this.#whole.delete(id);
    if (id === this.#selected) {
      if (id === this.#forgetting) {
        this.#selected = null;
        history.replaceState(history.state, "", link("listen"));
        clear(this.detail);
      } else this.#lost({ status: 404 });
    }
    this.#showList();
  }

  #showList() {
    const { list: all, sending } = drops;
    const small = all.length > 0 || sending.length > 0;
    if (this.zone.dataset.small !== String(small)) {
      this.zone.dataset.small = String(small);
      this.zone.replaceChildren(dropZone({ onFiles: (files) => this.#take(files), about: this.#about, small }), ...(small ? [] : this.#starts()));
    }
    if (!small || (all.length === 1 && sending.length === 0)) clear(this.list);
    else this.list.replaceChildren(ranking({
      drops: all, sending, whole: this.#whole, selected: this.#selected, by: this.#by,
      onRank: (by) => {
        this.#by = by;
        this.#showList();
        this.list.querySelector("select")?.focus();
      },
      onForget: (id) => this.#forget(id), onDismiss: (key) => drops.dismiss(key),
    }));
  }

  /** What stands below an empty zone: what will come of it, or what is lacking for that. */
  #starts() {
    const { bundles, tracks } = this.#about;
    if (tracks === 0) return [this.#hint("library", "Your library is empty", "Add a folder of music first: labels are learnt from it, and neighbours are found in it.", "library", "Add music")];
    if (bundles.length === 0) return [this.#hint("models", "There is no model yet", "Without one you see what in your library sounds like a track, but not which label it sounds like.", "models", "Train a model")];
    return [el("ol", { class: "promises" },
      promise("labels", "A verdict", "Every label with its probability, and the set that holds the right one nine times in ten, or none of these."),
      promise("listen", "Where it says so", "The evidence along the track: click a place, and hear what spoke for the label."),
      promise("search", "What is near", "The tracks of your library that sound like it, each to be heard, and the songs the model was reminded of."))];
  }

  #hint(picture, head, text, view, action) {
    return el("div", { class: "note hint" }, icon(picture), el("div", {}, el("p", {}, el("strong", {}, head)), el("p", { class: "muted" }, text)), el("a", { class: "button", href: link(view) }, action));
  }

  /** Show the drop that is selected; again only where it has come further, so that what one reads stays put. */
  async #showSelected(anyway, summary) {
    const id = this.#selected;
    if (!id) return;
    const stage = summary && `${id} ${summary.stage} ${summary.label} ${summary.kept} ${summary.ahead}`;
    if (!anyway && stage === this.#shownStage) return;
    this.#shownStage = stage ?? null;
    try {
      const drop = await drops.whole(id, { signal: this.#signal });
      if (id !== this.#selected || this.#signal.aborted) return;
      this.detail.replaceChildren(...this.#told(drop));
      this.status.textContent = spoken(drop);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.name !== "ApiProblem") throw error;
      this.#lost(error);
    }
  }

  #lost(problem) {
    if (problem.status === 404) this.#forgotten();
    else this.detail.replaceChildren(failed(problem, () => this.#showSelected(true)));
  }

  /** What an old link leads to. */
  #forgotten() {
    this.#selected = null;
    history.replaceState(history.state, "", link("listen"));
    clear(this.detail);
    this.note.replaceChildren(el("p", { class: "note" }, "That file has been forgotten: files are forgotten after an hour, or when Earmark ends. Drop it again."));
  }

  #told(drop) {
    if (drop.state === "failed") return [failedCard(drop, () => this.#forget(drop.id))];
    const judged = drop.verdict || drop.verdict_problem;
    if (!judged) return [progressCard(drop, { onForget: () => this.#forget(drop.id) }), drop.outline && evidenceCard(drop)].filter(Boolean);
    const acts = { onKeep: () => this.#keep(drop), onForget: () => this.#forget(drop.id) };
    return [
      fileHead(drop, acts),
      ...warnings(drop),
      drop.verdict ? verdictCard(drop) : noVerdict(drop, this.#about),
      evidenceCard(drop),
      nearCard(drop),
      drop.verdict && el("div", { class: "grid reasons-grid" }, whyCard(drop), referencesCard(drop)),
    ].filter(Boolean);
  }

  async #keep(drop) {
    if (await keep(drop, this.#about)) {
      drops.refresh(drop.id);
      await this.#showSelected(true);
    }
  }

  async #forget(id) {
    this.#forgetting = id;
    const known = this.#whole.get(id);
    if (known && player.isCurrent(playable(known))) player.close();
    try {
      await del(`/drops/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.status !== 404) return toast(error.message, { kind: "bad" });
    }
    drops.gone(id);
    return undefined;
  }
}

function promise(picture, head, text) {
  return el("li", {}, el("span", { class: "promise-picture" }, icon(picture)), el("div", {}, el("p", {}, el("strong", {}, head)), el("p", { class: "muted small" }, text)));
}

function failedCard(drop, onForget) {
  return el("section", { class: "card failed-card", role: "alert" },
    el("span", { class: "state-picture" }, icon("warning")),
    el("div", { class: "stack tight" }, el("h2", {}, "This file could not be listened to"), el("p", { class: "file-title" }, drop.display), el("p", { class: "muted" }, sentence(drop.problem?.message)),
      el("p", {}, el("button", { type: "button", class: "button", onclick: onForget }, icon("trash"), "Forget this file"))));
}

function spoken(drop) {
  if (drop.state === "failed") return `${drop.display} could not be listened to.`;
  return drop.verdict && drop.state === "done" ? `${drop.display}: ${drop.verdict.sentence}` : "";
}
