// Keys on the map, while it has the focus.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * Listen for keys.
 *
 * @param {HTMLElement} surface
 * @param {import("./stage.js").MapStage} stage
 * @param {AbortSignal} signal
 */
export function listenForMapKeys(surface, stage, signal) {
  surface.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = meaning(event, stage);
      if (!act) return;
      event.preventDefault();
      act();
    },
    { signal },
  );
}

function meaning(event, stage) {
  const direction = DIRECTIONS[event.key];
  if (direction && event.shiftKey) return () => stage.camera.pan(-60 * direction[0], 60 * direction[1]);
  if (direction) return () => stage.step(...direction);
  switch (event.key) {
    case "Enter":
      return () => stage.enter();
    case "+":
    case "=":
      return () => stage.zoom(1.4);
    case "-":
    case "_":
      return () => stage.zoom(1 / 1.4);
    case "0":
      return () => stage.fit();
    case "l":
    case "L":
      return () => stage.tools.choose("lasso");
    case "r":
    case "R":
      return () => stage.tools.choose("rectangle");
    case "t":
    case "T":
      return () => stage.showList();
    case "Escape":
      return () => stage.escape();
    default:
      return null;
  }
}
