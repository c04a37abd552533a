// Puts the page together: the shell stands first, then the view, then what can wait.
import { bus } from "/page/js/lib/bus.js";
import { loadColours } from "/page/js/lib/colours.js";
import { icon } from "/page/js/lib/dom.js";
import { jobs } from "/page/js/lib/jobs.js";
import { listenForKeys } from "/page/js/lib/keys.js";
import { destinations, start } from "/page/js/lib/router.js";
import { theme } from "/page/js/lib/theme.js";
import { takeDrops } from "/page/js/parts/droptarget.js";
import { showKeys } from "/page/js/parts/keysheet.js";
import { fillPlayerBar } from "/page/js/parts/playerbar.js";
import { toastShelf } from "/page/js/parts/toast.js";
import { topSearch } from "/page/js/parts/topsearch.js";
import { fillTray } from "/page/js/parts/tray.js";

const byId = (id) => document.getElementById(id);

function fillTop() {
  const search = topSearch();
  byId("top-search").append(search);
  const keys = byId("keys-button");
  keys.append(icon("help"));
  keys.addEventListener("click", showKeys);
  showThemeButton();
  byId("theme-button").addEventListener("click", () => theme.choose(theme.following));
  bus.on("theme", showThemeButton);
  fillTray(byId("jobs-button"), byId("jobs-sheet"));
  return search;
}

function showThemeButton() {
  const pictures = { system: "system", light: "sun", dark: "moon" };
  const names = { system: "as the system", light: "light", dark: "dark" };
  const button = byId("theme-button");
  button.replaceChildren(icon(pictures[theme.choice]));
  button.title = `Colours: ${names[theme.choice]}`;
  button.setAttribute("aria-label", `Colours: ${names[theme.choice]}. Change to ${names[theme.following]}`);
}

function followConnection() {
  const note = byId("connection");
  bus.on("connection", (there) => {
    if (there !== note.hidden) note.hidden = there;
  });
}

async function colours() {
  try {
    await loadColours();
  } catch (error) {
    // Labels are then told apart by their names only; the view says by itself that the server has a problem.
    console.warn("labels' colours did not come:", error.message);
  }
}

/** The jobs that put tracks into the library, or what is known of them. */
const FILLING = new Set(["scan", "import", "embed"]);

function follow() {
  jobs.addEventListener("ended", ({ detail }) => FILLING.has(detail.kind) && bus.emit("library-changed"));
  bus.on("library-changed", colours);
  jobs.follow();
}

/** Addresses after # are routes, so that the skip link goes to its place by itself. */
function letSkip() {
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
}

letSkip();
const search = fillTop();
byId("rail").append(...destinations());
fillPlayerBar(byId("player"));
document.body.append(toastShelf());
takeDrops(byId("drop-target"));
listenForKeys({ search: () => search.input.select(), sheet: showKeys });
followConnection();
colours();
start(byId("main"), byId("announcer"));
// News of jobs keep a connection open; it is taken when the page stands.
requestAnimationFrame(() => setTimeout(follow));
