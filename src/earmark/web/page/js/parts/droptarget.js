// A file dropped anywhere on the page goes to Listen.
import { bus } from "/page/js/lib/bus.js";
import { go, present } from "/page/js/lib/router.js";

/**
 * Show a target over the whole window while a file is dragged over it, and take what is dropped.
 *
 * @param {HTMLElement} target
 */
export function takeDrops(target) {
  // Enter and leave come for every element that the pointer crosses; they are counted.
  let inside = 0;
  const show = (yes) => (target.hidden = !yes);
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    inside += 1;
    show(true);
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    inside = Math.max(0, inside - 1);
    if (inside === 0) show(false);
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("drop", (event) => {
    inside = 0;
    show(false);
    if (!hasFiles(event) || event.defaultPrevented) return;
    event.preventDefault();
    takeFiles([...event.dataTransfer.files]);
  });
}

const hasFiles = (event) => Boolean(event.dataTransfer?.types?.includes("Files"));

/**
 * Hand files to Listen, wherever the page is now.
 *
 * @param {File[]} files
 */
export function takeFiles(files) {
  if (files.length === 0) return;
  if (present().name !== "listen") go("listen");
  bus.emit("drop", files, { keep: true });
}
