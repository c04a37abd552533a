// A confusion matrix as a table whose cells are buttons: rows are the truth, columns what was said.
import { labelColour } from "/page/js/lib/colours.js";
import { el } from "/page/js/lib/dom.js";
import { count, percent } from "/page/js/lib/format.js";

/**
 * Make the matrix.
 *
 * @param {{labels: string[], counts: number[][], unit: string, onCell?: (truth: string, said: string) => void}} told
 *   `unit`: what is counted, such as "song". Without `onCell` cells are not buttons.
 * @returns {HTMLElement} With `mark(truth, said)`, which shows the cell that is open; no names, and none is.
 */
export function confusionTable({ labels, counts, unit, onCell }) {
  const cells = new Map();
  const sums = counts.map((row) => row.reduce((sum, one) => sum + one, 0));
  const body = counts.map((row, truth) =>
    el("tr", {},
      el("th", { scope: "row", title: labels[truth] }, el("span", { class: "dot", style: { background: labelColour(labels[truth]) } }), el("span", { class: "confusion-name" }, labels[truth])),
      row.map((n, said) => {
        const cell = cellOf(n, { truth: labels[truth], said: labels[said], share: sums[truth] ? n / sums[truth] : 0, unit, onCell });
        cells.set(JSON.stringify([labels[truth], labels[said]]), cell);
        return el("td", {}, cell);
      }),
      el("td", { class: "confusion-sum number" }, sums[truth])),
  );
  const heads = labels.map((label) => el("th", { scope: "col", title: label }, el("span", { class: "confusion-head" }, el("span", { class: "dot", style: { background: labelColour(label) } }), el("span", { class: "confusion-head-text" }, label))));
  const table = el("table", { class: ["confusion", labels.length > 12 && "many"], style: { maxWidth: `${260 + 76 * labels.length}px` } },
    el("caption", { class: "visually-hidden" }, `Rows: the truth. Columns: what was said. Numbers: ${unit}s.`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span", { class: "muted" }, "truth ↓ · said →")), heads, el("th", { scope: "col", class: "confusion-sum" }, `${unit}s`))),
    el("tbody", {}, body));
  rove(table);
  const frame = el("div", { class: "scroll confusion-frame", tabindex: onCell ? null : "0", role: "region", "aria-label": "Confusions" }, table);
  frame.mark = (truth, said) => {
    const open = cells.get(JSON.stringify([truth, said]));
    for (const cell of cells.values()) if (cell.tagName === "BUTTON") cell.setAttribute("aria-pressed", String(cell === open));
  };
  return frame;
}

function cellOf(n, { truth, said, share, unit, onCell }) {
  const right = truth === said;
  const words = right ? `${count(n, unit)} of ${truth} called rightly` : `${count(n, unit)} of ${truth} called ${said}`;
  // The share of the row as the strength of the colour; text keeps the page's ink up to the strongest.
  const style = { "--share": String(Math.round(100 * share)) };
  const kind = ["confusion-cell", right ? "right" : "wrong", n === 0 && "none"];
  if (!onCell || n === 0) return el("span", { class: kind, style, title: words }, n || "·");
  return el("button", { type: "button", class: kind, style, title: `${words} (${percent(share)})`, "aria-label": words, "aria-pressed": "false", onclick: () => onCell(truth, said) }, n);
}

/** Arrows move between the cells that can be opened; the whole table is one stop of Tab. */
function rove(table) {
  const buttons = [...table.querySelectorAll("button")];
  for (const [i, button] of buttons.entries()) button.tabIndex = i === 0 ? 0 : -1;
  table.addEventListener("focusin", (event) => {
    if (event.target.tagName !== "BUTTON") return;
    for (const button of buttons) button.tabIndex = button === event.target ? 0 : -1;
  });
  table.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    let [row, column] = [cell.parentElement.sectionRowIndex, cell.cellIndex];
    const rows = table.tBodies[0].rows;
    for (;;) {
      row += step[0];
      column += step[1];
      const next = rows[row]?.cells[column];
      if (!next) return;
      const button = next.querySelector("button");
      if (button) return void button.focus();
    }
  });
}
