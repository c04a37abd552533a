// A finished training's curves as figures that can be zoomed and saved; while it runs, small charts grow instead.
import { token } from "/page/js/lib/theme.js";
import { figure } from "/page/js/parts/figure.js";

/**
 * Make the figure of one quantity, while learning and on songs that were not fitted to.
 *
 * @param {{points: object[], best: number, tried: string}} curves As the server tells them.
 * @param {{label: string, learnt: string, held: string, share?: boolean}} asked `learnt`, `held`: names of the numbers
 *   in a point; `share`: whether they are shares from 0 to 1.
 */
export function curveFigure({ points, best, tried }, { label, learnt, held, share = false }) {
  const penalty = tried === "penalty";
  const line = (name, key, look) => ({
    type: "scatter",
    mode: points.length > 40 ? "lines" : "lines+markers",
    name,
    x: points.map((point) => point.epoch),
    y: points.map((point) => point[key] ?? null),
    hovertemplate: `${penalty ? "penalty" : "epoch"} %{x}: %{y${share ? ":.0%" : ":.3f"}}`,
    ...look,
  });
  const data = [
    line("training", learnt, { line: { color: token("--soft"), width: 2, dash: "dot" } }),
    line(penalty ? "held out" : "validation", held, { line: { color: token("--accent"), width: 2.5 } }),
  ].filter((one) => one.y.some(Number.isFinite));
  return figure({ data, layout: layout({ best, share, tries: points.length }) }, { label, height: 260 });
}

const FEW_TRIES = 12;

function layout({ best, share, tries }) {
  const kept = { x: best, yref: "paper", text: "kept", showarrow: false, y: 1.04, yanchor: "bottom" };
  return {
    dragmode: "zoom",
    hovermode: "x unified",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 48, r: 12, t: 28, b: 24 },
    showlegend: true,
    legend: { orientation: "h", y: -0.14, x: 0 },
    xaxis: tries <= FEW_TRIES ? { dtick: 1 } : { tickformat: "d" }, // half an epoch is none
    yaxis: share ? { tickformat: ".0%", rangemode: "tozero" } : { rangemode: "tozero" },
    annotations: [kept],
    shapes: [{ type: "line", x0: best, x1: best, yref: "paper", y0: 0, y1: 1, line: { color: token("--axis"), dash: "dash", width: 1 } }],
  };
}
