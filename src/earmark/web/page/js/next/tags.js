// A field for several names, each a chip that can be taken out: labels or artists that are wanted, or not.
import { clear, el, freshId, icon } from "/page/js/lib/dom.js";

/**
 * Make the field.
 *
 * @param {{label: string, names: string[], known?: string[], placeholder?: string, onChange: (names: string[]) => void}} options
 *   `known`: what the browser offers while one types.
 * @returns {HTMLElement}
 */
export function tagField({ label, names, known = [], placeholder, onChange }) {
  const [id, listId] = [freshId("tags"), freshId("names")];
  let held = [...names];
  const chips = el("span", { class: "tag-chips" });
  const input = el("input", { id, class: "field", list: listId, placeholder, autocomplete: "off", maxlength: 200, onchange: add,
    onkeydown: (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        add();
      } else if (event.key === "Backspace" && !input.value && held.length) change(held.slice(0, -1));
    } });
  function add() {
    const name = input.value.trim();
    input.value = "";
    if (name && !held.includes(name)) change([...held, name]);
  }
  function change(next) {
    held = next;
    show();
    onChange(held);
  }
  function show() {
    clear(chips).append(...held.map((name) => el("button", { type: "button", class: "chip", "aria-label": `Without ${name}`, title: `Take ${name} out`,
      onclick: () => {
        change(held.filter((one) => one !== name));
        input.focus();
      } }, el("span", { class: "chip-text" }, name), icon("close"))));
    chips.hidden = held.length === 0;
  }
  show();
  return el("div", { class: "tag-field" }, el("label", { class: "field-label", for: id }, label), chips, input,
    el("datalist", { id: listId }, known.map((name) => el("option", { value: name }))));
}
