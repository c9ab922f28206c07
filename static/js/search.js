/* What was found, by keyboard: arrow down from the box to the first record, up and down through all, up again to the box. */
"use strict";

document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.querySelector("#q");
  const links = [...document.querySelectorAll("[data-arrows] a.title")];
  const stops = [box, ...links];
  const at = event.target.id === "site-search" ? 0 : stops.indexOf(event.target);
  const next = at < 0 ? null : stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
