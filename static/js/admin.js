/* Look-up fields of the administration have the names of their labels, whenever their script makes them. */
"use strict";

function nameLookUps() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const shown = select.nextElementSibling;
    if (!label || !shown) continue;
    const name = label.textContent.trim().replace(/:$/, "");
    for (const part of shown.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
  }
}

new MutationObserver(nameLookUps).observe(document.documentElement, { childList: true, subtree: true });
window.addEventListener("load", nameLookUps);
