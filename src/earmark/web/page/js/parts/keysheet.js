// The sheet of keys that "?" opens.
import { el } from "/page/js/lib/dom.js";
import { SHEET } from "/page/js/lib/keys.js";
import { dialog } from "/page/js/parts/dialog.js";

/** Open the sheet of keys. */
export function showKeys() {
  const groups = SHEET.map(([place, keys]) =>
    el(
      "section",
      { class: "keys-group" },
      el("h3", {}, place),
      el(
        "dl",
        { class: "keys" },
        keys.map(([names, act]) =>
          el(
            "div",
            {},
            el(
              "dt",
              {},
              names.map((name) => el(name === "–" ? "span" : "kbd", {}, name)),
            ),
            el("dd", {}, act),
          ),
        ),
      ),
    ),
  );
  dialog({ title: "Keys", body: groups });
}
