// Sorts, filters and opens the table of a triage, and follows the theme.
"use strict";
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const STORE = "earmark-theme";
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  // A page opened from a file may have no storage; the choice then holds until it is closed.
  const kept = (theme) => {
    try {
      if (theme) localStorage.setItem(STORE, theme);
      return localStorage.getItem(STORE);
    } catch { return null; }
  };
  const button = document.getElementById("theme");
  const nameButton = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  };
  const chosen = kept();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  nameButton();
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept(root.dataset.theme);
    nameButton();
  });
  system.addEventListener("change", nameButton);

  const body = document.querySelector(".demos tbody");
  if (body) {
    // A demo and its details are two rows, which stay together.
    const demos = [...body.querySelectorAll("tr.demo")].map((row) => ({ row, details: row.nextElementSibling }));
    const opener = ({ row }) => row.querySelector(".opener");
    const open = (demo, wanted) => {
      demo.details.hidden = !wanted;
      demo.row.classList.toggle("open", wanted);
      opener(demo).setAttribute("aria-expanded", String(wanted));
    };
    for (const demo of demos) {
      open(demo, false);
      demo.row.addEventListener("click", (event) => {
        // Whoever marks text to copy it wants nothing opened.
        if (event.target.closest("a") || String(window.getSelection())) return;
        open(demo, demo.details.hidden);
      });
    }

    const heads = [...document.querySelectorAll(".demos th[data-kind]")];
    const value = (row, column, kind) => {
      const text = row.cells[column].dataset.value ?? "";
      if (kind === "text") return text;
      return text === "" ? null : Number(text);
    };
    const sort = (head, direction) => {
      const { kind } = head.dataset;
      const column = head.cellIndex;
      const sign = direction === "ascending" ? 1 : -1;
      const ordered = [...demos].sort((one, other) => {
        const [a, b] = [value(one.row, column, kind), value(other.row, column, kind)];
        // What is unknown stands at the end, whichever way.
        if (a === null || b === null) return (a === null) - (b === null);
        return sign * (kind === "text" ? a.localeCompare(b) : a - b);
      });
      for (const { row, details } of ordered) body.append(row, details);
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction);
    };
    for (const head of heads) {
      head.querySelector("button").addEventListener("click", () => {
        const first = head.dataset.first;
        const second = first === "ascending" ? "descending" : "ascending";
        sort(head, head.getAttribute("aria-sort") === first ? second : first);
      });
    }

    const search = document.getElementById("search");
    const boxes = [...document.querySelectorAll(".tools input[type=checkbox]")];
    const count = document.querySelector(".tools output");
    const filter = () => {
      const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const demo of demos) {
        const text = demo.row.dataset.text;
        const fits = words.every((word) => text.includes(word))
          && boxes.every((box) => !box.checked || demo.row.dataset[box.name] === box.value);
        demo.row.hidden = !fits;
        if (!fits) open(demo, false);
        shown += fits ? 1 : 0;
      }
      count.textContent = shown === demos.length ? `${shown} demos` : `${shown} of ${demos.length} demos`;
    };
    search.addEventListener("input", filter);
    for (const box of boxes) box.addEventListener("change", filter);
    filter();
    document.querySelector(".tools").hidden = false;
  }
  root.dataset.figureCount = "0";
  root.dataset.figures = "drawn";
})();
