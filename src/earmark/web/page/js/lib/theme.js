// Light, dark, or as the system is. `early.js` has set a choice that was kept before anything was painted.
import { bus } from "/page/js/lib/bus.js";

const STORE = "earmark-theme";
const CHOICES = ["system", "light", "dark"];
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = {
  /** "system", "light" or "dark". */
  get choice() {
    return root.dataset.theme ?? "system";
  },

  /** Whether dark colours are shown. */
  get dark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  },

  /** What follows the present choice when its button is pressed. */
  get following() {
    return CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length];
  },

  /**
   * Choose, and keep the choice.
   *
   * @param {"system"|"light"|"dark"} choice
   */
  choose(choice) {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
    keep(choice);
    bus.emit("theme", this.dark);
  },
};

/**
 * Return one of the page's colours as it is now.
 *
 * @param {string} name Such as "--accent".
 * @returns {string}
 */
export function token(name) {
  return getComputedStyle(root).getPropertyValue(name).trim();
}

function keep(choice) {
  try {
    localStorage.setItem(STORE, choice);
  } catch {
    // A browser that keeps nothing for us still shows the choice until the page is closed.
  }
}

system.addEventListener("change", () => bus.emit("theme", theme.dark));
