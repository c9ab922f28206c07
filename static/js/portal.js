/* Comfort for those who have script; every page works without it. */
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* ---- Keys: "/" searches, Ctrl+S saves, Esc closes menus ---- */
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const search = $("#site-search");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      const save = $("[data-save]");
      if (save) {
        event.preventDefault();
        save.click();
      }
    }
    if (event.key === "Escape") {
      // A question closes by itself from within; the menus of the page wherever the focus is.
      const asked = event.target.closest("details.confirm[open]");
      [...$$("details.menu[open]"), ...(asked ? [asked] : [])].forEach((box) => {
        box.open = false;
        $("summary", box).focus();
      });
    }
  });
  document.addEventListener("click", (event) => {
    $$("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const printer = event.target.closest("[data-print]");
    if (printer) window.print();
    if (event.target.closest("[aria-disabled='true']")) event.preventDefault();
  });

  /* ---- Enter in a table of inputs goes to the same column of the next row ---- */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    const cell = event.target.closest(".sheet td, .split td");
    if (!cell || event.target.getAttribute("aria-expanded") === "true") return;
    event.preventDefault();
    const column = [...cell.parentElement.children].indexOf(cell);
    let row = cell.parentElement.nextElementSibling;
    while (row) {
      const next = row.children[column] && $("input:not([type=hidden]), select", row.children[column]);
      if (next) {
        next.focus();
        if (next.select) next.select();
        return;
      }
      row = row.nextElementSibling;
    }
  });

  /* ---- Typed text is not lost by leaving, nor sent twice by a double click ---- */
  const changed = new WeakSet();
  let leaving = null; // the form on its way to the server
  const settle = () => {
    leaving = null;
    $$("form[data-sent]").forEach((form) => delete form.dataset.sent);
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) changed.add(form);
  });
  window.addEventListener("beforeunload", (event) => {
    const isUnsaved = (form) => form !== leaving && (changed.has(form) || form.dataset.guard === "changed");
    if (!$$("form[data-guard]").some(isUnsaved)) return;
    event.preventDefault();
    event.returnValue = "";
    window.setTimeout(settle); // runs only for those who stay
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method.toLowerCase() !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    leaving = form;
    if (form.hasAttribute("data-download")) window.setTimeout(settle, 3000);
  });
  window.addEventListener("pageshow", settle);

  /* ---- Answers that are no part of the page: signed out meanwhile, refused, no network ---- */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answered = new URL(event.detail.xhr.responseURL || location.href, location.href);
    if (answered.pathname !== document.body.dataset.signIn) return;
    event.detail.shouldSwap = false;
    // Where somebody types, draft.js asks for the password on this page; elsewhere to the sign-in page and back here.
    if ($("form[data-guard]")) document.dispatchEvent(new CustomEvent("portal:signed-out"));
    else location.reload();
  });
  /* ---- A part that is put anew takes its focus along: to the same object, the same act, or at least its place ---- */
  let focused = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    const at = document.activeElement;
    if (!part || !part.contains(at) || !event.detail.shouldSwap) return;
    const holder = at.closest("[data-focus]");
    focused = { part: part.id, holder: holder && holder.dataset.focus, name: at.name, value: at.value, href: at.getAttribute("href") };
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!focused) return;
    const { part, holder, name, value, href } = focused;
    focused = null;
    const block = document.getElementById(part);
    if (!block || block.contains(document.activeElement)) return;
    const same = $$("a[href], button, input, select, textarea", block).find((other) => (
      href ? other.getAttribute("href") === href : name && other.name === name && other.value === value && !holder
    ));
    const held = holder && $(`[data-focus="${CSS.escape(holder)}"] :is(button, a[href], input:not([type=hidden]))`, block);
    if (!held && !same) block.tabIndex = -1;
    (held || same || block).focus({ preventScroll: !held });
  });
  /* What nobody asked for ([data-unasked]) fails in silence: what stood there still stands. */
  const tellFailure = (event) => {
    const place = event.target.closest(".lookup, .field, [data-unasked]") ? null : event.detail.target;
    if (!place || $(":scope > .alert--bad", place)) return;
    const alert = document.createElement("div");
    alert.className = "alert alert--bad";
    alert.setAttribute("role", "alert");
    alert.textContent = "Máy chủ chưa trả lời. Thử lại sau ít phút; những gì đang hiện có thể đã cũ.";
    place.prepend(alert);
  };
  document.addEventListener("htmx:responseError", tellFailure);
  document.addEventListener("htmx:sendError", tellFailure);

  /* ---- Look-up fields: arrows, Enter, Esc, click ---- */
  const listOf = (input) => $(".lookup-list", input.parentElement);
  const close = (input) => {
    listOf(input).replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (input, option) => {
    input.value = option.dataset.value;
    input.dataset.chosen = input.value; // answers to what was typed before come too late
    close(input);
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const form = input.closest("form[data-guard]");
    if (form) changed.add(form);
  };
  const activate = (input, option) => {
    $$("[role=option]", listOf(input)).forEach((other) => other.setAttribute("aria-selected", String(other === option)));
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    const list = event.target.closest && event.target.closest(".lookup-list");
    if (!list) return;
    const input = $("input", list.parentElement);
    const isOver = document.activeElement !== input || !input.value.trim() || input.value === input.dataset.chosen;
    if (isOver) return close(input);
    const options = $$("[role=option]", list);
    options.forEach((option, index) => { option.id = `${list.id}_${index}`; });
    input.setAttribute("aria-expanded", String(options.length > 0));
  });
  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches || !input.matches(".lookup input") || input.getAttribute("aria-expanded") !== "true") return;
    const options = $$("[role=option]", listOf(input));
    const current = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? current + 1 : (current < 0 ? options.length : current) - 1;
      activate(input, options[(next + options.length) % options.length]);
    } else if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      choose(input, options[current]);
    } else if (event.key === "Escape" || event.key === "Tab") {
      close(input);
    }
  }, true);
  document.addEventListener("mousedown", (event) => {
    const list = event.target.closest(".lookup-list");
    if (!list) return;
    event.preventDefault(); // the field keeps the focus, so that the list may be scrolled
    const option = event.target.closest("[role=option]");
    if (option) choose($("input", list.closest(".lookup")), option);
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches && event.target.matches(".lookup input")) close(event.target);
  });

  /* ---- Placeholders go where the cursor stands; without script they are typed or copied ---- */
  document.addEventListener("DOMContentLoaded", () => {
    $$("[data-insert]").forEach((button) => {
      const area = document.getElementById(button.dataset.into);
      button.hidden = !area;
      if (area) area.setSelectionRange(area.value.length, area.value.length); // until somebody puts the cursor elsewhere
    });
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const area = document.getElementById(button.dataset.into);
    area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* ---- Where there is something to type, it is kept ---- */
  document.addEventListener("DOMContentLoaded", () => {
    const { draftScript } = document.body.dataset;
    if (!draftScript || !$("form[data-guard]")) return;
    const script = document.createElement("script");
    script.src = draftScript;
    document.head.append(script);
  });

  /* ---- Errors get the focus ---- */
  document.addEventListener("DOMContentLoaded", () => {
    const summary = $(".error-summary");
    if (summary) summary.focus();
  });
})();
