/* The tour: shows the part of the page that a step is about; arrows go on, Esc ends. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("[data-tour]");
  if (!panel) return;
  const spot = document.querySelector(panel.dataset.spot);
  if (spot) {
    spot.classList.add("tour-spot");
    spot.scrollIntoView({ block: "center" });
  }
  panel.querySelector("h2").focus({ preventScroll: true });
  const press = (selector) => {
    const button = panel.querySelector(selector);
    if (button) button.click();
  };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowRight") press("[data-tour-after]");
    if (event.key === "ArrowLeft") press("[data-tour-before]");
    if (event.key === "Escape") press("[data-tour-end]");
  });
});
