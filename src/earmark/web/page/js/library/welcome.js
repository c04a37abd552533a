// An empty library: the way from a folder of music to a first verdict.
import { el, icon } from "/page/js/lib/dom.js";
import { link } from "/page/js/lib/router.js";
import { addFolder, howToAllow } from "/page/js/library/addfolder.js";

/**
 * Say what to do first, or that it is being done.
 *
 * @param {object} places What GET /roots tells.
 * @param {{filling: boolean}} state Whether the first scan runs or waits.
 */
export function welcome(places, { filling }) {
  const add = places.roots.length > 0 ? el("button", { type: "button", class: "button primary", onclick: () => addFolder(places) }, icon("add"), "Add a folder") : howToAllow();
  const adding = filling
    ? step("folder", "Your music is being read", "About a second for each file, and files are only ever read. You can look at other pages meanwhile; what was found stands here when the scan has ended.", el("span", { class: "chip" }, "under way"))
    : step("folder", "Add a folder of music", "Best with a label in each file's tags, or one folder for each label. Files are only ever read; about a second for each.", add);
  return el("section", { class: "card welcome" },
    el("h2", {}, filling ? "Your library is being filled" : "This library is empty"),
    el("p", { class: "lead" }, filling ? "Two more steps after this one, and Earmark tells you which of your labels a track sounds like." : "Three steps, and Earmark tells you which of your labels a track sounds like."),
    el("ol", { class: "welcome-steps" }, adding,
      step("models", "Train a model", "On what was read: minutes for a few hundred tracks.", el("a", { class: "button", href: link("models") }, "To the models")),
      step("listen", "Drop a track", "Anywhere on the page. It tells the labels that it sounds like, where in the track, and what is nearest.", el("a", { class: "button", href: link("listen") }, "To Listen"))));
}

function step(picture, name, text, action) {
  return el("li", {}, el("span", { class: "welcome-picture" }, icon(picture)), el("div", { class: "stack tight" }, el("h3", {}, name), el("p", { class: "muted" }, text), el("div", {}, action)));
}
