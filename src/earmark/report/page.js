// Draws the page's figures one after another, and lets them follow the theme.
"use strict";
(() => {
  const root = document.documentElement;
  const plots = [...document.querySelectorAll(".plot")];
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const STORE = "earmark-theme";

  // A page opened from a file may have no storage; the choice then holds until it is closed.
  const remembered = () => {
    try { return localStorage.getItem(STORE); } catch { return null; }
  };
  const remember = (theme) => {
    try { localStorage.setItem(STORE, theme); } catch { /* told above: there is nothing to keep it in */ }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // The template with the page's own colours in place of those that stand for paper.
  const themed = (template) => {
    const made = structuredClone(template || {});
    const layout = (made.layout ??= {});
    const grid = { gridcolor: colour("--grid"), linecolor: colour("--axis"), zerolinecolor: colour("--axis") };
    layout.font = { ...layout.font, color: colour("--ink") };
    layout.xaxis = { ...layout.xaxis, ...grid };
    layout.yaxis = { ...layout.yaxis, ...grid };
    const ring = { gridcolor: colour("--grid"), linecolor: colour("--axis") };
    layout.polar = {
      ...layout.polar,
      radialaxis: { ...layout.polar?.radialaxis, ...ring },
      angularaxis: { ...layout.polar?.angularaxis, ...ring },
    };
    layout.hoverlabel = {
      ...layout.hoverlabel,
      bgcolor: colour("--raised"),
      bordercolor: colour("--axis"),
      font: { ...layout.hoverlabel?.font, color: colour("--ink") },
    };
    layout.modebar = { ...layout.modebar, bgcolor: colour("--card"), color: colour("--soft"), activecolor: colour("--accent") };
    layout.updatemenudefaults = {
      ...layout.updatemenudefaults,
      bgcolor: colour("--raised"), bordercolor: colour("--axis"), font: { color: colour("--ink") },
    };
    layout.sliderdefaults = {
      ...layout.sliderdefaults,
      bgcolor: colour("--raised"), bordercolor: colour("--axis"), font: { color: colour("--ink") },
    };
    for (const style of made.data?.heatmap ?? []) style.textfont = { ...style.textfont, color: colour("--ink") };
    return made;
  };

  // Only buttons that are of use here; Plotly's own choice has one that sends the data to its makers' server.
  const settings = (name, layout) => ({
    responsive: true,
    displaylogo: false,
    displayModeBar: "hover",
    showSendToCloud: false,
    plotlyServerURL: "",
    modeBarButtons: [["toImage"], ...(layout.dragmode ? [["zoom2d", "pan2d", "resetScale2d"]] : [])],
    toImageButtonOptions: { format: "svg", filename: name },
  });

  const fail = (plot, error) => {
    console.error(`figure ${plot.dataset.name}:`, error);
    plot.style.height = "auto";
    plot.textContent = `This figure could not be drawn: ${error.message || error}`;
    plot.classList.add("failed");
  };

  const draw = async (plot) => {
    try {
      const { data, layout } = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
      plot.originalTemplate = layout.template;
      layout.template = themed(layout.template);
      layout.autosize = true;
      delete layout.width;
      if (plot.dataset.minWidth) plot.style.minWidth = `${plot.dataset.minWidth}px`;
      await Plotly.newPlot(plot, data, layout, settings(plot.dataset.name, layout));
    } catch (error) {
      fail(plot, error);
    }
  };

  const recolour = async () => {
    for (const plot of plots) {
      if (plot.layout) await Plotly.relayout(plot, { template: themed(plot.originalTemplate) });
    }
  };

  const button = document.getElementById("theme");
  const nameButton = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  };
  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  nameButton();
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember(root.dataset.theme);
    nameButton();
    recolour();
  });
  system.addEventListener("change", () => {
    nameButton();
    recolour();
  });

  // Paper is light. What is printed is what is drawn when this returns, so that nothing is waited for.
  let onScreen;
  const recolourAtOnce = () => {
    for (const plot of plots) {
      if (plot.layout) Plotly.relayout(plot, { template: themed(plot.originalTemplate) });
    }
  };
  window.addEventListener("beforeprint", () => {
    if (!isDark() || onScreen) return;
    onScreen = { theme: root.dataset.theme };
    root.dataset.theme = "light";
    recolourAtOnce();
  });
  window.addEventListener("afterprint", () => {
    if (!onScreen) return;
    if (onScreen.theme) root.dataset.theme = onScreen.theme;
    else delete root.dataset.theme;
    onScreen = undefined;
    recolourAtOnce();
  });

  // The section being read is marked in the contents.
  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.getAttribute("href").slice(1), a]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -75% 0px" });
  for (const id of links.keys()) seen.observe(document.getElementById(id));

  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  (async () => {
    for (const plot of plots) {
      await frame();
      await draw(plot);
    }
    root.dataset.figureCount = String(plots.length);
    root.dataset.figures = "drawn";
  })();
})();
