// What stands at the map's corner: what it is coloured by, a search among its points, and the legend: entries that are
// pressed leave only their own points standing out.
import { clear, el, freshId, icon } from "/page/js/lib/dom.js";
import { count, whole } from "/page/js/lib/format.js";
import { COLOURINGS } from "/page/js/map/colouring.js";

/**
 * Make the panel.
 *
 * @param {object} acts
 * @param {(name: string) => void} acts.onColouring
 * @param {(held: Set<number>) => void} acts.onHeld Groups that are held out; none: all.
 * @param {(words: string) => {found: number}} acts.onSearch At each letter.
 * @param {() => void} acts.onSearchEnter
 * @returns {{element: HTMLElement, show: (colouring: object, name: string) => void, total: (text: string) => void,
 *   search: HTMLInputElement}}
 */
export function legendPanel(acts) {
  const list = el("ul", { class: "map-legend", "aria-label": "Legend" });
  const held = new Set();
  const clearButton = el(
    "button",
    { type: "button", class: "button quiet small", hidden: true, onclick: () => hold(null) },
    "Show all",
  );
  const total = el("p", { class: "muted small", id: freshId("map-total") });
  const { field, input } = searchField(acts);
  const choice = colouringChoice(acts.onColouring);

  function hold(group) {
    if (group === null) held.clear();
    else if (!held.delete(group)) held.add(group);
    for (const button of list.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(held.has(Number(button.dataset.group))));
    list.classList.toggle("some", held.size > 0);
    clearButton.hidden = held.size === 0;
    acts.onHeld(new Set(held));
  }

  const toggle = el(
    "button",
    {
      type: "button",
      class: "icon-button map-legend-toggle",
      "aria-expanded": "false",
      "aria-label": "Legend",
      title: "Legend",
    },
    icon("filter"),
  );
  const element = el(
    "section",
    { class: "map-panel map-corner", "aria-label": "Colours and search" },
    el("header", { class: "row apart" }, el("div", { class: "map-title" }, el("h1", {}, "Map"), total), toggle),
    field,
    choice.element,
    el("div", { class: "map-legend-frame" }, list, clearButton),
  );
  toggle.addEventListener("click", () => {
    const open = element.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  });
  return {
    element,
    search: input,
    total: (text) => (total.textContent = text),
    show(colouring, name) {
      held.clear();
      list.classList.remove("some");
      clearButton.hidden = true;
      choice.check(name);
      list.classList.toggle("wheel", Boolean(colouring.wheel));
      const shown = colouring.groups
        .map((group, place) => ({ ...group, place }))
        .filter((group) => group.count > 0 || (colouring.wheel && group.place < 24));
      clear(list).append(...shown.map((group) => entry(group, colouring, () => hold(group.place))));
    },
  };
}

function entry({ name, colour, shape, count: points, place }, { wheel }, press) {
  const dot = el("span", { class: ["dot", shape && `shape-${shape}`], style: { background: colour } });
  const content =
    wheel && place < 24
      ? [dot, el("span", {}, name)]
      : [
          dot,
          el("span", { class: "map-legend-name", title: name }, name),
          el(
            "span",
            { class: "muted number" },
            whole(points),
            el("span", { class: "visually-hidden" }, points === 1 ? " track" : " tracks"),
          ),
        ];
  const said = wheel && place < 24 ? `${name}, ${count(points, "track")}` : null; // there the number is not shown
  const button = el(
    "button",
    {
      type: "button",
      "aria-pressed": "false",
      dataset: { group: place },
      "aria-label": said,
      disabled: points === 0,
      onclick: press,
    },
    content,
  );
  return el("li", { class: wheel && place >= 24 ? "wide" : null }, button);
}

function colouringChoice(choose) {
  const name = freshId("colouring");
  const inputs = new Map();
  const labels = Object.entries(COLOURINGS).map(([key, { text }]) => {
    const input = el("input", { type: "radio", name, value: key, onchange: () => choose(key) });
    inputs.set(key, input);
    return el("label", {}, input, text);
  });
  const element = el(
    "fieldset",
    { class: "map-colourings" },
    el("legend", { class: "visually-hidden" }, "Colour by"),
    el("div", { class: "segments" }, labels),
  );
  return { element, check: (key) => (inputs.get(key).checked = true) };
}

function searchField({ onSearch, onSearchEnter }) {
  const id = freshId("map-search");
  const note = el("p", { class: "map-found small muted", role: "status", hidden: true });
  const tell = () => {
    const words = input.value.trim();
    const { found } = onSearch(words);
    note.hidden = words === "";
    note.textContent =
      found === 0 ? "Nothing on the map has these words" : `${count(found, "track")} found; Enter goes there`;
  };
  const input = el("input", {
    id,
    type: "search",
    class: "field",
    placeholder: "Find on the map",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
    oninput: tell,
    onkeydown: (event) => {
      if (event.key === "Enter") onSearchEnter();
      else if (event.key === "Escape" && input.value) {
        input.value = "";
        tell();
      } else return;
      event.preventDefault();
    },
  });
  const field = el(
    "div",
    { class: "map-search" },
    el("label", { for: id, class: "visually-hidden" }, "Find on the map"),
    el("div", { class: "search-box" }, icon("search"), input),
    note,
  );
  return { field, input };
}
