// An empty library: the way from a folder of music to a first verdict.
import { el, icon } from "/page/js/lib/dom.js";
import { link } from "/page/js/lib/router.js";
import { addFolder, howToAllow } from "/page/js/library/addfolder.js";

/** Say what to do first. */
export function welcome(places) {
  const allowed = places.roots.length > 0;
  return el("section", { class: "card welcome" },
    el("h2", {}, "This library is empty"),
    el("p", { class: "lead" }, "Three steps, and Earmark tells you which of your labels a track sounds like."),
    el("ol", { class: "welcome-steps" },
      step("folder", "Add a folder of music", "Best with a label in each file's tags, or one folder for each label. Files are only ever read; about a second for each.",
        allowed ? el("button", { type: "button", class: "button primary", onclick: () => addFolder(places) }, icon("add"), "Add a folder") : howToAllow()),
      step("models", "Train a model", "On what was read: minutes for a few hundred tracks.", el("a", { class: "button", href: link("models") }, "To the models")),
      step("listen", "Drop a track", "Anywhere on the page. It tells the labels that it sounds like, where in the track, and what is nearest.", el("a", { class: "button", href: link("listen") }, "To Listen"))));
}

function step(picture, name, text, action) {
  return el("li", {}, el("span", { class: "welcome-picture" }, icon(picture)), el("div", { class: "stack tight" }, el("h3", {}, name), el("p", { class: "muted" }, text), el("div", {}, action)));
}
