// Choose a folder below one of those that were allowed at the start, and scan it.
import { get } from "/page/js/lib/api.js";
import { el, icon } from "/page/js/lib/dom.js";
import { count } from "/page/js/lib/format.js";
import { dialog } from "/page/js/parts/dialog.js";
import { empty, withStates } from "/page/js/parts/states.js";
import { scan, scanDialog } from "/page/js/library/folders.js";

/**
 * Open the chooser.
 *
 * @param {{roots: object[]}} places What GET /roots tells.
 */
export function addFolder(places) {
  if (places.roots.length === 0) {
    dialog({ title: "Add a folder", body: howToAllow(), actions: [{ text: "Close", value: "", kind: "primary" }] });
    return;
  }
  const chooser = new Chooser(places.roots);
  const opened = dialog({
    title: "Add a folder",
    wide: true,
    body: chooser.element,
    actions: [
      { text: "Cancel", value: "" },
      { text: "Scan with rules …", run: (close) => (close(), scanDialog(chooser.place, { path: chooser.shown })) },
      { text: "Scan this folder", kind: "primary", run: (close) => (close(), scan(chooser.place)) },
    ],
  });
  opened.closed.then(() => chooser.leave());
}

/** How to allow folders: the page itself never can, so that no other page can either. */
export function howToAllow() {
  return el("div", { class: "stack tight" },
    el("p", {}, "For your safety the page reads only folders that were named when the server was started. Stop it with Ctrl-C and start it with your music's folder:"),
    el("pre", { class: "command" }, el("code", {}, "earmark serve --root ~/Music")));
}

class Chooser {
  #roots;
  #asking = new AbortController();

  constructor(roots) {
    this.#roots = roots;
    this.place = { root: roots[0].root, path: "" };
    this.shown = roots[0].path;
    this.trail = el("nav", { class: "trail", "aria-label": "Where you are" });
    this.list = el("div", { class: "chooser-list" });
    const picker = roots.length > 1 && el("div", { class: "segments", role: "group", "aria-label": "Allowed folders" }, roots.map((root) => this.#rootButton(root)));
    this.element = el("div", { class: "stack chooser" }, picker, this.trail, this.list);
    this.go(roots[0].root, "");
  }

  leave() {
    this.#asking.abort();
  }

  #rootButton(root) {
    return el("button", { type: "button", "aria-pressed": String(root.root === this.place.root), dataset: { root: String(root.root) }, title: root.path, disabled: !root.present, onclick: () => this.go(root.root, "") }, root.name);
  }

  go(root, path) {
    this.place = { root, path };
    for (const button of this.element.querySelectorAll("[data-root]")) button.setAttribute("aria-pressed", String(button.dataset.root === String(root)));
    this.#asking.abort(); // a folder that was left must not come up in another's place
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const held = this.element.contains(document.activeElement);
    const shown = withStates(this.list, () => get("/folders", { root, under: path }, { signal }), (found) => this.#show(found), { text: "Reading the folder", signal });
    if (held) shown.then((found) => found && this.#takeFocus());
  }

  /** The row that was pressed is gone: its folder's first row, or else the way back, is what keys go on from. */
  #takeFocus() {
    if (this.element.contains(document.activeElement)) return;
    (this.list.querySelector(".chooser-row") ?? this.trail.querySelector("button:not(:disabled)"))?.focus();
  }

  #show({ here, folders, root }) {
    const top = this.#roots.find((one) => one.root === root);
    this.shown = here.path ? `${top.path}/${here.path}` : top.path;
    this.trail.replaceChildren(...this.#steps(top, here.path));
    const told = el("p", { class: "muted small" }, here.audio_files ? `${count(here.audio_files, "audio file")} directly in this folder.` : "No audio file directly in this folder; those in the folders below are found too.");
    if (folders.length === 0) return [told, empty({ title: "No further folders", text: here.audio_files ? "This one can be scanned." : undefined, picture: "folder" })];
    return [told, el("ul", { class: "chooser-rows" }, folders.map((folder) => this.#row(root, folder)))];
  }

  #steps(top, path) {
    const parts = path ? path.split("/") : [];
    const names = [top.name, ...parts];
    return names.map((name, place) => {
      const last = place === names.length - 1;
      const step = el("button", { type: "button", class: "button quiet small", "aria-current": last ? "location" : null, disabled: last, onclick: () => this.go(top.root, parts.slice(0, place).join("/")) }, name);
      return el("span", { class: "trail-step" }, place > 0 && icon("right"), step);
    });
  }

  #row(root, folder) {
    const marks = [folder.audio_files > 0 && `${count(folder.audio_files, "file")}`, folder.folders && "more folders"].filter(Boolean).join(", ");
    return el("li", {},
      el("button", { type: "button", class: "chooser-row", onclick: () => this.go(root, folder.path) },
        icon("folder"), el("span", { class: "chooser-told" }, el("span", { class: "chooser-name" }, folder.name), el("span", { class: "muted small" }, marks)),
        folder.scanned && el("span", { class: "chip good" }, "in library"),
        folder.holds_scanned && !folder.scanned && el("span", { class: "chip" }, "partly in library"), icon("right")));
  }
}
