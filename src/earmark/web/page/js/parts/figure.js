// Plotly's figures, as the server draws them, in the page's colours. Plotly comes when the first one is shown.
import { bus } from "/page/js/lib/bus.js";
import { el, whileConnected } from "/page/js/lib/dom.js";
import { token } from "/page/js/lib/theme.js";
import { failed } from "/page/js/parts/states.js";

let library = null;

/**
 * Make a figure.
 *
 * @param {{data: object[], layout: object}} spec As Plotly takes it, with the template of Earmark's reports.
 * @param {{label: string, height?: number, minWidth?: number, onClick?: (points: object[]) => void}} options
 *   `label`: what it shows, for screen readers and for the file that it is saved as. `onClick` is given Plotly's points.
 * @returns {HTMLElement}
 */
export function figure(spec, { label, height, minWidth, onClick }) {
  const tall = height ?? spec.layout?.height ?? 380;
  const plot = el(
    "div",
    { class: "plot", style: { height: `${tall}px`, minWidth: minWidth ? `${minWidth}px` : "" } },
    el("span", { class: "bone tall" }),
  );
  const frame = el(
    "figure",
    { class: "figure", "aria-label": label, "aria-busy": "true" },
    el("div", { class: "figure-scroll" }, plot),
  );
  draw(plot, spec, { label, height: tall, onClick })
    .catch((error) => {
      console.error(`figure ${label}:`, error);
      plot.style.height = "auto";
      plot.replaceChildren(failed(new Error("This figure could not be drawn.")));
    })
    .finally(() => frame.removeAttribute("aria-busy"));
  return frame;
}

async function draw(plot, spec, { label, height, onClick }) {
  const plotly = await (library ??= fetched());
  await placed(plot);
  const template = spec.layout?.template;
  const layout = { ...structuredClone(spec.layout ?? {}), template: themed(template), autosize: true, height };
  delete layout.width;
  plot.replaceChildren();
  await plotly.newPlot(plot, structuredClone(spec.data ?? []), layout, settings(label, layout));
  if (onClick) plot.on("plotly_click", ({ points }) => onClick(points));
  plot.classList.toggle("clickable", Boolean(onClick));
  whileConnected(plot, bus.events, "theme", () => plotly.relayout(plot, { template: themed(template) }));
  purgeOnceGone(plot, plotly);
}

/** Plotly listens to the window for as long as it is not told that a figure has left the page. */
function purgeOnceGone(plot, plotly) {
  const watch = new MutationObserver(() => {
    if (plot.isConnected) return;
    watch.disconnect();
    plotly.purge(plot);
  });
  watch.observe(document.getElementById("main") ?? document.body, { childList: true, subtree: true });
}

/** Plotly measures the place that it draws in, so that it has to stand in the page first. */
async function placed(plot) {
  for (let frames = 0; !plot.isConnected && frames < 600; frames += 1) await new Promise(requestAnimationFrame);
}

async function fetched() {
  allowStyles();
  document.head.append(
    el("link", {
      rel: "stylesheet",
      href: "/page/css/figures.css",
      id: "plotly.js-style-global",
      class: "no-inline-styles",
    }),
  );
  const heal = refuseStyleElements();
  try {
    await new Promise((done, fail) => {
      const script = el("script", { src: "/page/vendor/plotly.min.js", onload: done });
      script.addEventListener("error", () => fail(new Error("Plotly's script did not come")));
      document.head.append(script);
    });
  } catch (error) {
    library = null; // so that the next figure asks again
    throw error;
  } finally {
    heal();
  }
  return globalThis.Plotly;
}

/**
 * Keep the style sheet of maps of the world, which nobody draws here, out of the page while Plotly's script runs: the
 * content security policy would refuse it all the same, and say so in the console.
 *
 * @returns {() => void} Takes the page's head back to what it was.
 */
function refuseStyleElements() {
  const { head } = document;
  head.appendChild = (node) => (node instanceof HTMLStyleElement ? node : Node.prototype.appendChild.call(head, node));
  return () => delete head.appendChild;
}

/**
 * Let Plotly give its own elements styles. It writes some as attributes, which the page's content security policy
 * refuses, as it should for markup; the same through the element's style object is allowed to a script that may run.
 */
function allowStyles() {
  const { setAttribute } = Element.prototype;
  SVGElement.prototype.setAttribute = function set(name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

/** The template with the page's own colours in place of those that stand for paper; as the reports' page.js does. */
function themed(template) {
  const made = structuredClone(template ?? {});
  const layout = (made.layout ??= {});
  const [ink, axis, raised] = [token("--ink"), token("--axis"), token("--raised")];
  const grid = { gridcolor: token("--grid"), linecolor: axis, zerolinecolor: axis };
  const menu = { bgcolor: raised, bordercolor: axis, font: { color: ink } };
  layout.font = { ...layout.font, color: ink };
  layout.xaxis = { ...layout.xaxis, ...grid };
  layout.yaxis = { ...layout.yaxis, ...grid };
  layout.polar = {
    ...layout.polar,
    radialaxis: { ...layout.polar?.radialaxis, gridcolor: token("--grid"), linecolor: axis },
    angularaxis: { ...layout.polar?.angularaxis, gridcolor: token("--grid"), linecolor: axis },
  };
  layout.hoverlabel = {
    ...layout.hoverlabel,
    bgcolor: raised,
    bordercolor: axis,
    font: { ...layout.hoverlabel?.font, color: ink },
  };
  layout.modebar = {
    ...layout.modebar,
    bgcolor: "rgba(0,0,0,0)",
    color: token("--soft"),
    activecolor: token("--accent"),
  };
  layout.updatemenudefaults = { ...layout.updatemenudefaults, ...menu };
  layout.sliderdefaults = { ...layout.sliderdefaults, ...menu };
  for (const style of made.data?.heatmap ?? []) style.textfont = { ...style.textfont, color: ink };
  return made;
}

/** Only buttons that are of use here; Plotly's own choice has one that sends the data to its makers' server. */
function settings(label, layout) {
  return {
    responsive: true,
    displaylogo: false,
    displayModeBar: "hover",
    showSendToCloud: false,
    plotlyServerURL: "",
    modeBarButtons: [["toImage"], ...(layout.dragmode ? [["zoom2d", "pan2d", "resetScale2d"]] : [])],
    toImageButtonOptions: { format: "svg", filename: label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") },
  };
}
