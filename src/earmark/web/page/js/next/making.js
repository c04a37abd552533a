// Sets that Earmark makes: a whole one along an energy curve, or tracks to put between two.
import { post } from "/page/js/lib/api.js";
import { el, freshId, icon, svg } from "/page/js/lib/dom.js";
import { count, minutes as clock } from "/page/js/lib/format.js";
import { dialog } from "/page/js/parts/dialog.js";
import { trackSearch } from "/page/js/parts/search.js";
import { sentence } from "/page/js/parts/states.js";
import { filtersBody, rulesBody } from "/page/js/next/asking.js";
import { store } from "/page/js/next/store.js";

// The same shapes as the server draws; only for the little pictures on the buttons.
const CURVES = {
  rise: [[0, 0.2], [1, 0.95]],
  fall: [[0, 0.95], [1, 0.2]],
  flat: [[0, 0.6], [1, 0.6]],
  peak: [[0, 0.25], [0.65, 0.95], [1, 0.5]],
  wave: [[0, 0.35], [0.25, 0.75], [0.5, 0.45], [0.75, 0.95], [1, 0.6]],
  plateau: [[0, 0.25], [0.3, 0.8], [0.8, 0.8], [1, 0.4]],
};

/**
 * Ask what set is wanted, and make it; it takes the place of the one there is.
 *
 * @param {{asked: object, first: object|null, told: (text: string, options?: object) => void}} options `first`: the track
 *   that is offered as the beginning; `told`: tells how it went.
 */
export function makeDialog({ asked, first, told }) {
  const wanted = { start: first, end: null, minutes: 60, curve: "rise", seed: 0 };
  const problem = el("p", { class: "note bad", role: "alert", hidden: true });
  const body = el("div", { class: "stack" }, ends(wanted), lasting(wanted), curves(wanted), problem);
  const { element } = dialog({ title: "Make a set for me", body, actions: [{ text: "Make it", kind: "primary", run: (close) => make(close) }] });
  async function make(close) {
    const button = element.querySelector(".dialog-foot .primary");
    button.disabled = true;
    button.textContent = "Looking for the best set …";
    try {
      if (!wanted.start) throw new Error("Choose the first track");
      const made = await ask(asked, wanted);
      close();
      take(made, { asked, wanted, told });
    } catch (error) {
      problem.hidden = false;
      problem.textContent = sentence(error.message);
      button.disabled = false;
      button.textContent = "Make it";
    }
  }
}

const ask = (asked, { start, end, minutes, curve, seed }) => post("/setlist", {
  start: start.audio_id, end: end?.audio_id ?? null, minutes, curve, seed, overlap: store.overlap, rules: rulesBody(asked), filters: filtersBody(asked),
});

function take(made, again) {
  store.replace(made.steps.map((step) => step.track), { curve: made.curve });
  const another = async () => {
    try {
      const wanted = { ...again.wanted, seed: again.wanted.seed + 1 };
      take(await ask(again.asked, wanted), { ...again, wanted });
    } catch (error) {
      again.told(`No other set: ${sentence(error.message)}`, { kind: "bad" });
    }
  };
  const words = `${count(made.steps.length, "track")} in ${clock(made.seconds)}; transitions ${Math.round(100 * made.mixing)} and energy curve ${Math.round(100 * made.fit)} of 100.`;
  again.told([words, ...made.notes].join(" "), { kind: made.notes.length ? "warning" : "good", action: { text: "Another one", run: another } });
}

function ends(wanted) {
  const shown = (name, text, clearable) => {
    const told = el("p", { class: "picked" });
    const show = () => told.replaceChildren(wanted[name] ? el("strong", {}, wanted[name].display) : el("span", { class: "muted" }, clearable ? "any" : "not chosen yet"),
      ...(wanted[name] && clearable ? [el("button", { type: "button", class: "icon-button", "aria-label": "Any last track", onclick: () => pick(null) }, icon("close"))] : []));
    const pick = (track) => {
      wanted[name] = track;
      show();
    };
    show();
    return el("div", {}, trackSearch({ label: text, onPick: pick }), told);
  };
  return el("div", { class: "set-ends" }, shown("start", "First track", false), shown("end", "Last track", true));
}

function lasting(wanted) {
  const id = freshId("minutes");
  const input = el("input", { id, type: "number", class: "field", min: 1, max: 1440, step: 1, inputmode: "numeric", value: wanted.minutes,
    oninput: () => input.validity.valid && input.value && (wanted.minutes = Number(input.value)) });
  return el("div", { class: "minutes-field" }, el("label", { class: "field-label", for: id }, "Minutes"), input);
}

function curves(wanted) {
  const group = freshId("curve");
  return el("fieldset", {}, el("legend", { class: "field-label" }, "Energy"),
    el("div", { class: "curve-choices" }, Object.entries(CURVES).map(([name, points]) => el("label", { class: "curve-choice" },
      el("input", { type: "radio", name: group, value: name, checked: name === wanted.curve, onchange: () => (wanted.curve = name) }),
      svg("svg", { viewBox: "0 0 60 30", "aria-hidden": "true" }, svg("polyline", { points: points.map(([x, y]) => `${3 + 54 * x},${27 - 24 * y}`).join(" ") })), name))));
}

/**
 * Ask how many tracks are to come between two of the set, find them and put them there.
 *
 * @param {{asked: object, order: object, place: number, told: (text: string, options?: object) => void}} options `order`: an
 *   OrderOut; `place`: of the second track.
 */
export function fillDialog({ asked, order, place, told }) {
  const [before, after] = [order.tracks[place - 1], order.tracks[place]];
  const problem = el("p", { class: "note bad", role: "alert", hidden: true });
  const buttons = [1, 2, 3, 5].map((wanted) => el("button", { type: "button", class: "button", onclick: () => find(wanted) }, count(wanted, "track")));
  const body = el("div", { class: "stack" },
    el("p", {}, "About how many between ", el("strong", {}, before.track.display), " and ", el("strong", {}, after.track.display), "?"),
    el("div", { class: "row" }, buttons), problem);
  const { close } = dialog({ title: "Fill between", body });
  async function find(wanted) {
    for (const button of buttons) button.disabled = true;
    try {
      const made = await post("/setlist", fillBody({ asked, order, before, after, wanted }));
      close();
      const inner = made.steps.slice(1, -1).map((step) => step.track);
      store.insert(inner, place);
      told([inner.length ? `${count(inner.length, "track")} put in between.` : "No track came between them that keeps the rules.", ...made.notes].join(" "), { kind: inner.length ? "good" : "warning" });
    } catch (error) {
      problem.hidden = false;
      problem.textContent = sentence(error.message);
      for (const button of buttons) button.disabled = false;
    }
  }
}

function fillBody({ asked, order, before, after, wanted }) {
  const lengths = order.tracks.map((one) => one.track.seconds).sort((one, other) => one - other);
  const usual = lengths[Math.floor(lengths.length / 2)];
  const overlap = Math.min(store.overlap, usual / 3);
  const seconds = before.track.seconds + after.track.seconds + wanted * usual - (wanted + 1) * overlap;
  const [low, high] = [before.level ?? 0.5, after.level ?? 0.5];
  const inside = order.tracks.map((one) => one.track.audio_id).filter((id) => id !== before.track.audio_id && id !== after.track.audio_id);
  const lasting = Math.round((10 * seconds) / 60) / 10;
  return { start: before.track.audio_id, end: after.track.audio_id, minutes: lasting, curve: `0:${low.toFixed(2)},${lasting}:${high.toFixed(2)}`, overlap: store.overlap, spacing: 1,
    rules: rulesBody(asked), filters: filtersBody(asked, inside) };
}
