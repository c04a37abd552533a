// Keeping a dropped file: where to, and what becomes of it.
import { post } from "/page/js/lib/api.js";
import { el, freshId } from "/page/js/lib/dom.js";
import { jobs } from "/page/js/lib/jobs.js";
import { dialog } from "/page/js/parts/dialog.js";
import { toast } from "/page/js/parts/toast.js";

/**
 * Ask where a file is to be kept, and keep it.
 *
 * @param {object} drop
 * @param {object} about GET /about.
 * @returns {Promise<boolean>} Whether it was.
 */
export async function keep(drop, about) {
  const id = freshId("folder");
  const folder = el("select", { id, class: "field" },
    el("option", { value: "" }, "The library's own folder"),
    about.roots.map((root) => el("option", { value: root }, root)));
  const body = el("div", { class: "stack" },
    el("p", {}, "The file is copied under a name made of its tags, never over another file, and scanned into the library."),
    el("div", {}, el("label", { class: "field-label", for: id }, "Where to"), folder));
  const { closed } = dialog({ title: "Keep this file", body, actions: [{ text: "Cancel", value: "" }, { text: "Keep it", kind: "primary", value: "yes" }] });
  if ((await closed) !== "yes") return false;
  try {
    const kept = await post(`/drops/${encodeURIComponent(drop.id)}/keep`, { folder: folder.value || null });
    toast(`Kept as ${kept.name}; it is being scanned in.`, { kind: "good" });
    jobs.start(Promise.resolve(kept.job));
    return true;
  } catch (error) {
    if (error.name !== "ApiProblem") throw error;
    toast(error.message, { kind: "bad" });
    return false;
  }
}
