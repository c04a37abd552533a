// The form that starts a training: a model, labels, and what will be split how, told before anything runs.
import { get, post } from "/page/js/lib/api.js";
import { labelColour } from "/page/js/lib/colours.js";
import { clear, el, freshId, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { jobs } from "/page/js/lib/jobs.js";
import { go } from "/page/js/lib/router.js";
import { empty, sentence, withStates } from "/page/js/parts/states.js";

const FIRST = ["earmark", "ensemble", "crnn", "probe", "mfcc", "metadata"];
const COSTS = {
  earmark: "Seconds to minutes, without a graphics card.",
  ensemble: "Minutes: it trains its parts one by one.",
  crnn: "The slow one: minutes to hours without a graphics card. You see its curves grow.",
  probe: "Seconds, once each song was embedded.",
  mfcc: "Seconds.",
  metadata: "A second. It hears nothing, and shows what tags alone can tell.",
};
const SPLITS = [["", "The strictest that fits"], ["artist", "No artist in both"], ["release", "No release in both"], ["song", "No song in both"], ["by-label", "Label by label, as strict as each allows"]];
const SPLIT_WORDS = {
  artist: "No artist of a test song is on any song that is learnt from: it has to be the label's sound, not the artist's.",
  release: "No release is on both sides. Artists may be, so that the score flatters a little.",
  song: "No song is on both sides. Artists and releases may be, so that the score flatters.",
  "by-label": "Each label is held apart as strictly as its own songs allow.",
};
const WAIT_MS = 250;

/**
 * Show the form.
 *
 * @param {HTMLElement} root
 * @param {{params: URLSearchParams, signal: AbortSignal}} context `train` in params: the model that is chosen.
 */
export function showTrainForm(root, { params, signal }) {
  const place = el("div", {});
  root.append(el("a", { class: "back-link", href: "#/models" }, icon("left"), "All models"), el("h1", { class: "view-title" }, "Train a model"), place);
  const ask = () => Promise.all([get("/models", {}, { signal }), get("/labels", {}, { signal })]);
  return withStates(place, ask, ([models, labels]) => formOf(models, labels, { wanted: params.get("train"), signal }), { text: "Looking up the models", signal });
}

function formOf({ can_train: able, models }, labels, context) {
  if (!able) {
    return empty({ title: "Training is not installed", picture: "info", action: howToInstall(),
      text: "Listening to tracks needs little, training needs more, so that it is installed by itself. Models that were trained already, here or elsewhere, can be used as they are." });
  }
  if (labels.length < 2) {
    return empty({ title: "Too few labels", picture: "labels", action: { text: "Go to the library", href: "#/library" },
      text: `A model tells labels apart, so it needs two at least; the library has ${count(labels.length, "label")}. Add folders with music of more labels, best by three artists or more each.` });
  }
  return new TrainForm(models, labels, context).element;
}

/** How to install what trains: the page itself never can. */
export function howToInstall() {
  return el("div", { class: "stack tight" }, el("p", {}, "Stop the server with Ctrl-C, install it, and start the server again:"),
    el("pre", { class: "command" }, el("code", {}, "pip install \"earmark[train]\"")));
}

class TrainForm {
  #fields = {};
  #chosen;
  #plan = el("div", { class: "stack tight plan", role: "status" });
  #problem = el("p", { class: "note bad", role: "alert", hidden: true });
  #submit = el("button", { type: "submit", class: "button primary" }, "Start training");
  #planning = null;
  #asking = new AbortController();
  #signal;

  constructor(models, labels, { wanted, signal }) {
    this.#signal = signal;
    this.models = models;
    this.labels = labels;
    this.#chosen = new Set(labels.map((one) => one.label));
    const start = models.find((one) => one.name === wanted && !one.missing) ?? models.find((one) => one.default);
    this.element = el("form", { class: "stack wide train-form", novalidate: true, onsubmit: (event) => this.#start(event), oninput: () => this.#replan() },
      this.#modelPart(start), this.#labelPart(), this.#splitPart(), this.#morePart(),
      el("div", { class: "stack tight" }, this.#problem, el("div", { class: "row" }, this.#submit, el("a", { class: "button quiet", href: "#/models" }, "Cancel"))));
    this.#suit();
    this.#replan(0);
  }

  get model() {
    return this.models.find((one) => one.name === this.element.elements.model.value);
  }

  #modelPart(start) {
    const first = FIRST.map((name) => this.models.find((one) => one.name === name)).filter(Boolean);
    const others = this.models.filter((one) => !FIRST.includes(one.name));
    const card = (model) => modelCard(model, model === start);
    return el("fieldset", { class: "stack tight", onchange: () => this.#suit() }, el("legend", {}, el("h2", {}, "Model")),
      el("div", { class: "model-cards" }, first.map(card)),
      others.length > 0 && el("details", { open: others.includes(start) }, el("summary", {}, "Models with the settings of published studies, and controls"), el("div", { class: "model-cards" }, others.map(card))));
  }

  #labelPart() {
    const chips = this.labels.map((one) => labelToggle(one, this.#chosen, () => this.#labelsChanged()));
    const all = (yes) => () => {
      for (const chip of chips) chip.set(yes);
      this.#labelsChanged();
      this.#replan();
    };
    this.#fields.counted = el("span", { class: "muted small" });
    return el("section", { class: "stack tight", "aria-label": "Labels" },
      el("div", { class: "row apart" }, el("div", { class: "row" }, el("h2", {}, "Labels"), this.#fields.counted),
        el("div", { class: "row" }, el("button", { type: "button", class: "button quiet small", onclick: all(true) }, "All"), el("button", { type: "button", class: "button quiet small", onclick: all(false) }, "None"))),
      el("div", { class: "label-toggles" }, chips.map((chip) => chip.node)));
  }

  #splitPart() {
    const split = (this.#fields.split = el("select", { class: "field", name: "split" }, SPLITS.map(([value, text]) => el("option", { value }, text))));
    return el("section", { class: "stack tight", "aria-label": "Test" }, el("h2", {}, "How it is judged"),
      el("div", { class: "split-row" }, labelled("What learning and test must not share", split), this.#plan));
  }

  #morePart() {
    const f = this.#fields;
    const number = (name, attributes) => (f[name] = el("input", { class: "field", type: "number", inputmode: "decimal", name, ...attributes }));
    number("test_fraction", { min: 0.01, max: 0.9, step: 0.01, value: "0.2" });
    number("validation_fraction", { min: 0.01, max: 0.9, step: 0.01, value: "0.15" });
    number("seed", { min: 0, max: 2147483647, step: 1, value: "0" });
    number("slice_seconds", { min: 0.5, max: 120, step: 0.5 });
    number("max_epochs", { min: 1, max: 10000, step: 1 });
    f.since = el("input", { class: "field", name: "since", placeholder: "2018-03" });
    f.until = el("input", { class: "field", name: "until", placeholder: "2024" });
    f.genres = el("input", { class: "field", name: "genres", placeholder: "all" });
    f.name = el("input", { class: "field", name: "name", maxlength: 100 });
    f.sliceRow = labelled("Slices of, in seconds", f.slice_seconds);
    f.epochRow = labelled("Epochs at most", f.max_epochs);
    return el("details", { class: "more" }, el("summary", {}, "More"),
      el("div", { class: "grid more-grid" },
        labelled("Name of the model", f.name, "A model of the same name is replaced."), f.epochRow, f.sliceRow,
        labelled("Share of songs for the test", f.test_fraction), labelled("Share of the rest for validation", f.validation_fraction),
        labelled("Seed", f.seed, "Another one deals the songs anew."), labelled("Genres", f.genres, "Separated by commas."),
        labelled("Released since", f.since), labelled("Released until", f.until)));
  }

  /** Show what belongs to the chosen model. */
  #suit() {
    const { name, slice_seconds: slices, max_epochs: epochs } = this.model;
    const { sliceRow, epochRow, slice_seconds: slice, max_epochs: most, name: called } = this.#fields;
    sliceRow.hidden = slices === null;
    slice.placeholder = slices === null ? "" : String(slices);
    epochRow.hidden = epochs === null;
    most.placeholder = epochs === null ? "" : String(epochs);
    called.placeholder = name;
  }

  #labelsChanged() {
    this.#fields.counted.textContent = `${this.#chosen.size} of ${this.labels.length}`;
  }

  #wanted() {
    const f = this.#fields;
    const number = (field) => (field.value === "" ? null : Number(field.value));
    const all = this.#chosen.size === this.labels.length;
    return {
      labels: all ? [] : [...this.#chosen], genres: f.genres.value.split(",").map((one) => one.trim()).filter(Boolean),
      since: f.since.value.trim() || null, until: f.until.value.trim() || null, split: f.split.value || null, seed: number(f.seed) ?? 0,
      test_fraction: number(f.test_fraction) ?? 0.2, validation_fraction: number(f.validation_fraction) ?? 0.15,
    };
  }

  #replan(wait = WAIT_MS) {
    this.#problem.hidden = true;
    this.#labelsChanged();
    clearTimeout(this.#planning);
    this.#asking.abort(); // the plan of what is not chosen any more must not come up later
    this.#planning = setTimeout(() => this.#showPlan(), wait);
  }

  async #showPlan() {
    this.#asking = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#asking.signal]);
    if (this.#chosen.size < 2) return this.#showProblem("Choose two labels at least: a model tells one from the other.");
    try {
      const plan = await post("/train/plan", this.#wanted(), { signal });
      if (plan.problem) return this.#showProblem(sentence(plan.problem));
      this.#submit.disabled = false;
      clear(this.#plan).append(...planOf(plan));
    } catch (error) {
      if (error.name !== "AbortError") this.#showProblem(sentence(error.message));
    }
    return undefined;
  }

  #showProblem(text) {
    this.#submit.disabled = true;
    clear(this.#plan).append(el("p", { class: "note warning" }, text));
  }

  async #start(event) {
    event.preventDefault();
    const f = this.#fields;
    const own = (row, field) => (row.hidden || field.value === "" ? null : Number(field.value));
    const asked = { ...this.#wanted(), model: this.model.name, name: f.name.value.trim() || null,
      slice_seconds: own(f.sliceRow, f.slice_seconds), max_epochs: own(f.epochRow, f.max_epochs) };
    this.#submit.disabled = true;
    try {
      jobs.begun(await post("/train", asked));
      if (!this.#signal.aborted) go("models");
    } catch (error) {
      this.#submit.disabled = false;
      this.#problem.textContent = sentence(error.message);
      this.#problem.hidden = false;
    }
  }
}

function modelCard(model, chosen) {
  const [called, told] = [freshId("model"), freshId("model")];
  const input = el("input", { type: "radio", name: "model", value: model.name, checked: chosen, disabled: Boolean(model.missing), "aria-labelledby": called, "aria-describedby": told });
  return el("label", { class: ["model-card", model.missing && "missing"] }, input,
    el("span", { class: "model-card-text", id: told },
      el("span", { class: "row" }, el("strong", { id: called }, model.name), model.default && el("span", { class: "chip good" }, "recommended")),
      el("span", {}, sentence(model.summary)),
      el("span", { class: "muted small" }, model.missing ? `Needs a backbone first: ${model.missing}` : COSTS[model.kind])));
}

function labelToggle({ label, tracks, artists }, chosen, changed) {
  const input = el("input", { type: "checkbox", checked: true });
  const set = (yes) => {
    input.checked = yes;
    if (yes) chosen.add(label);
    else chosen.delete(label);
  };
  input.addEventListener("change", () => {
    set(input.checked);
    changed();
  });
  const words = [count(tracks, "track"), artists !== undefined && count(artists, "artist")].filter(Boolean).join(", ");
  const node = el("label", { class: "label-toggle", title: words }, input, el("span", { class: "dot", style: { background: labelColour(label) } }), el("span", { class: "chip-text" }, label), el("span", { class: "muted number" }, tracks));
  return { node, set };
}

function labelled(text, field, hint) {
  const id = freshId("field");
  field.id = id;
  return el("div", {}, el("label", { class: "field-label", for: id }, text), field, hint && el("p", { class: "field-hint" }, hint));
}

function planOf({ mode, labels, train, validation, test, notes }) {
  const total = train + validation + test;
  const part = (n, kind) => el("span", { class: `plan-part ${kind}`, style: { flexGrow: String(n) } });
  const few = labels.filter((one) => one.test < 5).map((one) => one.label);
  return [
    el("div", { class: "plan-bar", "aria-hidden": "true" }, part(train, "train"), part(validation, "validation"), part(test, "test")),
    el("p", {}, el("strong", {}, count(train, "song")), " to learn from, ", el("strong", {}, validation), " to choose by, ", el("strong", {}, test), ` for the test, of ${total}.`),
    el("p", { class: "muted small" }, SPLIT_WORDS[mode]),
    few.length > 0 && el("p", { class: "muted small" }, `Fewer than 5 test songs: ${few.join(", ")}. Scores of so few songs have wide intervals.`),
    notes.filter((note) => !note.startsWith("split:")).map((note) => el("p", { class: "muted small" }, sentence(note))),
  ].flat().filter(Boolean);
}
