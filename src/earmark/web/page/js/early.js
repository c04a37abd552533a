// Sets the colours that were chosen before the first paint; a module would come after it, and flash.
"use strict";
try {
  const chosen = localStorage.getItem("earmark-theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch {
  // Nothing can be kept in this browser, so that nothing was chosen.
}
