// The map's buttons: nearer, further, everything; lasso and rectangle; the points as a list.
import { el, icon } from "/page/js/lib/dom.js";

/**
 * Make the toolbar.
 *
 * @param {object} acts
 * @param {(factor: number) => void} acts.onZoom
 * @param {() => void} acts.onFit
 * @param {() => void} acts.onList
 * @param {(tool: "pan"|"lasso"|"rectangle") => void} acts.onTool
 * @returns {{element: HTMLElement, tool: "pan"|"lasso"|"rectangle", choose: (tool: string) => void}}
 */
export function mapTools({ onZoom, onFit, onList, onTool }) {
  const lasso = toolButton("lasso", "Lasso: drag around tracks (L)", () => choose("lasso"), { pressed: "false" });
  const rectangle = toolButton(rectanglePicture(), "Rectangle: drag over tracks (R)", () => choose("rectangle"), {
    pressed: "false",
  });
  const bar = {
    tool: "pan",
    choose,
    element: el(
      "div",
      { class: "map-tools", role: "group", "aria-label": "Map tools" },
      group(
        zoomButton("add", "Nearer (+)", () => onZoom(1.6)),
        zoomButton("remove", "Further (−)", () => onZoom(1 / 1.6)),
        toolButton("fit", "Show everything (0)", onFit),
      ),
      group(lasso, rectangle),
      group(toolButton("list", "The tracks in sight as a list", onList)),
    ),
  };

  /** Take a tool, or put it away where it is the present one. */
  function choose(tool) {
    bar.tool = bar.tool === tool ? "pan" : tool;
    lasso.setAttribute("aria-pressed", String(bar.tool === "lasso"));
    rectangle.setAttribute("aria-pressed", String(bar.tool === "rectangle"));
    onTool(bar.tool);
  }

  return bar;
}

const group = (...buttons) => el("div", { class: "map-panel map-tool-group" }, buttons);

function toolButton(picture, title, press, { pressed = null } = {}) {
  const drawn = typeof picture === "string" ? icon(picture) : picture;
  return el(
    "button",
    { type: "button", class: "icon-button", title, "aria-label": title, "aria-pressed": pressed, onclick: press },
    drawn,
  );
}

/** On phones two fingers do it, and room is scarce. */
function zoomButton(...told) {
  const button = toolButton(...told);
  button.classList.add("map-zoom");
  return button;
}

function rectanglePicture() {
  return el("span", { class: "map-rectangle", "aria-hidden": "true" });
}
