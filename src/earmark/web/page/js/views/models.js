// Models: all of them beside each other (#/models), one of them (?run=NAME), or a new one (?train=MODEL).
import { showModel } from "/page/js/models/detail.js";
import { showOverview } from "/page/js/models/overview.js";
import { showTrainForm } from "/page/js/models/trainform.js";

export const title = "Models";

/**
 * Show the view.
 *
 * @param {HTMLElement} root
 * @param {{params: URLSearchParams, signal: AbortSignal}} context
 */
export async function mount(root, { params, signal }) {
  root.classList.add("stack", "wide");
  if (params.has("run")) await showModel(root, { name: params.get("run"), signal });
  else if (params.has("train")) await showTrainForm(root, { params, signal });
  else showOverview(root, { signal });
}
