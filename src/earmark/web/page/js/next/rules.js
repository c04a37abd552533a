// The rules: which keys may follow, how far the pitch goes, what counts how much, and among which tracks.
import { clear, el, freshId, icon } from "/page/js/lib/dom.js";
import { labelNames } from "/page/js/lib/colours.js";
import { dialog } from "/page/js/parts/dialog.js";
import { KEY_RULES, TERMS, inWords, usual } from "/page/js/next/asking.js";
import { tagField } from "/page/js/next/tags.js";

const OPEN = "earmark-next-rules";
const PHONE = "(max-width: 760px)";

/**
 * Make the bar that tells the rules, and the panel in which they are adjusted; on phones the panel is a sheet.
 *
 * @param {{asked: object, onChange: () => void}} options `asked` is changed in place; `onChange` is told each time.
 * @returns {{element: HTMLElement, show: () => void}} `show` tells rules that were changed elsewhere.
 */
export function rulesPanel({ asked, onChange }) {
  const panel = el("div", { id: freshId("rules"), class: "card rules-panel", hidden: true });
  const summary = el("p", { class: "rules-words" });
  const button = el("button", { type: "button", class: "button rules-button", "aria-expanded": "false", "aria-controls": panel.id, onclick: toggle }, icon("filter"), "Rules");
  const changed = () => {
    tell();
    onChange();
  };
  const fill = () => clear(panel).append(content(asked, changed, () => (fill(), changed())));
  function tell() {
    clear(summary).append(...inWords(asked).map((words) => el("span", { class: "chip" }, words)));
  }
  function open(yes) {
    panel.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
    keep(yes);
  }
  function toggle() {
    if (!matchMedia(PHONE).matches) return open(panel.hidden);
    const sheet = el("div", { class: "rules-panel" });
    const refill = () => clear(sheet).append(content(asked, changed, () => (refill(), changed())));
    refill();
    const { closed, element } = dialog({ title: "Rules", body: sheet, wide: true, actions: [{ text: "Show the tracks", kind: "primary" }] });
    element.classList.add("bottom-sheet");
    return closed.then(fill);
  }
  const show = () => {
    tell();
    fill();
  };
  show();
  open(kept() && !matchMedia(PHONE).matches);
  return { element: el("section", { class: "rules", "aria-label": "Rules" }, el("div", { class: "rules-bar" }, button, summary), panel), show };
}

function content(asked, changed, reset) {
  return el("div", { class: "rules-groups" },
    el("div", { class: "rules-group" }, keyRules(asked, changed), pitch(asked, changed), switches(asked, changed)),
    weights(asked, changed),
    filters(asked, changed),
    el("button", { type: "button", class: "button quiet small rules-reset", onclick: () => {
      const { track, count, likes, unlikes } = asked;
      Object.assign(asked, usual(), { track, count, likes, unlikes });
      reset();
    } }, icon("refresh"), "The usual rules"));
}

function keyRules(asked, changed) {
  const toggle = (rule, button) => {
    const on = asked.keys.includes(rule.name);
    if (on && asked.keys.length === 1) return; // some key has to be allowed
    const wanted = on ? asked.keys.filter((name) => name !== rule.name) : [...asked.keys, rule.name];
    asked.keys = KEY_RULES.map(({ name }) => name).filter((name) => wanted.includes(name));
    button.setAttribute("aria-pressed", String(!on));
    changed();
  };
  return el("fieldset", {}, el("legend", { class: "field-label" }, "Keys that may follow"),
    el("div", { class: "row key-rules" }, KEY_RULES.map((rule) => {
      const button = el("button", { type: "button", class: "button small", "aria-pressed": String(asked.keys.includes(rule.name)), title: rule.hint, onclick: () => toggle(rule, button) }, rule.text);
      return button;
    })));
}

function pitch(asked, changed) {
  const told = el("output", { class: "number" }, `±${asked.pitch} %`);
  return slider({ label: "Pitch range", told, value: asked.pitch, min: 0.5, max: 16, step: 0.5, onInput: (value) => {
    asked.pitch = value;
    told.textContent = `±${value} %`;
    changed();
  } });
}

function slider({ label, hint, told, onInput, ...range }) {
  const id = freshId("slider");
  const input = el("input", { id, type: "range", min: range.min, max: range.max, step: range.step, oninput: () => {
    const instead = onInput(Number(input.value));
    if (instead !== undefined) input.value = instead;
  } });
  input.value = range.value;
  return el("div", { class: "slider" }, el("div", { class: "row apart" }, el("label", { class: "field-label", for: id, title: hint }, label), told), input);
}

function switches(asked, changed) {
  const box = (name, text, hint) => {
    const input = el("input", { type: "checkbox", checked: asked[name], onchange: () => {
      asked[name] = input.checked;
      changed();
    } });
    return el("label", { class: "check", title: hint }, input, text);
  };
  return el("div", { class: "switches" },
    box("lock", "Key lock", "A track keeps its key when its speed changes"),
    box("strict", "Only sure keys", "Tracks whose key is not known, or was estimated with doubt, are left out"));
}

function weights(asked, changed) {
  return el("fieldset", { class: "rules-group" }, el("legend", { class: "field-label" }, "What counts"), el("div", { class: "weights" }, TERMS.map((term) => {
    const told = el("output", { class: "number muted" }, times(asked.weights[term.name]));
    return slider({ label: term.text, hint: term.hint, told, value: asked.weights[term.name], min: 0, max: 4, step: 0.5, onInput: (value) => {
      asked.weights[term.name] = value;
      // Something has to count.
      if (TERMS.every(({ name }) => asked.weights[name] === 0)) asked.weights[term.name] = 0.5;
      told.textContent = times(asked.weights[term.name]);
      changed();
      return asked.weights[term.name];
    } });
  })));
}

const times = (value) => (value === 0 ? "not at all" : `× ${value}`);

function filters(asked, changed) {
  const names = (name, label, known) => tagField({ label, names: asked[name], known, placeholder: "Any", onChange: (held) => {
    asked[name] = held;
    changed();
  } });
  const labels = labelNames();
  const used = [...asked.bpm, asked.since, asked.until].some(Boolean) || [asked.labels, asked.notLabels, asked.artists, asked.notArtists].some((held) => held.length);
  return el("details", { class: "filters", open: used }, el("summary", {}, "Filters: BPM, year, labels, artists"), el("div", { class: "filter-fields" },
    range("BPM", asked.bpm, { min: 20, max: 400 }, (values) => {
      asked.bpm = values;
      changed();
    }),
    names("labels", "Only labels", labels), names("artists", "Only artists", []),
    range("Year", [asked.since, asked.until], { min: 1900, max: 2100 }, ([since, until]) => {
      Object.assign(asked, { since, until });
      changed();
    }),
    names("notLabels", "Without labels", labels), names("notArtists", "Without artists", [])));
}

function range(label, values, { min, max }, onChange) {
  const fields = ["from", "to"].map((edge, place) => {
    const input = el("input", { type: "number", class: "field", min, max, step: 1, inputmode: "numeric", placeholder: edge, "aria-label": `${label} ${edge}`, onchange: told });
    input.value = values[place];
    return input;
  });
  function told() {
    const usable = fields.map((input) => (input.value !== "" && input.validity.valid ? input.value : ""));
    if (usable[0] && usable[1] && Number(usable[0]) > Number(usable[1])) usable.reverse();
    fields.forEach((input, place) => (input.value = usable[place]));
    onChange(usable);
  }
  return el("fieldset", { class: "range" }, el("legend", { class: "field-label" }, label), el("div", { class: "range-fields" }, fields[0], el("span", { class: "muted", "aria-hidden": "true" }, "–"), fields[1]));
}

function kept() {
  try {
    return localStorage.getItem(OPEN) === "yes";
  } catch {
    return false; // nothing is kept in this browser
  }
}

function keep(yes) {
  try {
    localStorage.setItem(OPEN, yes ? "yes" : "no");
  } catch {
    // It holds until the page is left.
  }
}
