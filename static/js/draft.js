/* Loaded by portal.js where there is a form to type into. What is typed is kept on the server by itself; a session that ended is taken up again on the same page. */
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const { draftSave, draftSession, signIn, person } = document.body.dataset;
  const WAIT = 1500;
  const address = location.pathname + location.search;
  const isOwn = (form) => form.method.toLowerCase() === "post" && new URL(form.action, location.href).pathname === location.pathname;
  const forms = draftSave ? $$("form[data-guard]").filter(isOwn) : [];
  let form = forms.length === 1 ? forms[0] : null;
  const offer = $("[data-draft-offer]");

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  };

  /* ---- Each window has a name; one that was doubled takes another ---- */
  let tab = sessionStorage.getItem("tab") || crypto.getRandomValues(new Uint32Array(3)).join("-");
  sessionStorage.setItem("tab", tab);
  const windows = new BroadcastChannel("windows");
  const own = String(performance.timeOrigin);
  windows.onmessage = ({ data }) => {
    if (data.tab !== tab || data.own === own) return;
    if (data.isAnswer) {
      tab = crypto.getRandomValues(new Uint32Array(3)).join("-");
      sessionStorage.setItem("tab", tab);
    } else {
      windows.postMessage({ tab, own, isAnswer: true });
    }
  };
  windows.postMessage({ tab, own });

  if (form) keepDrafts();
  // One draft for a page: of several forms the one that is typed into first.
  else forms.forEach((other) => other.addEventListener("input", () => {
    if (form) return;
    form = other;
    keepDrafts();
    other.dispatchEvent(new Event("change"));
  }));

  function keepDrafts() {
    const status = make("span", { class: "draft-status" });
    const trouble = make("span", { class: "draft-trouble", role: "alert" });
    ($(".action-bar .summary", form) || form).append(status, trouble);
    let timer = 0;
    let running = null;
    let isLeaving = false;
    let isOpen = !(offer && form.dataset.guard !== "changed"); // an offered draft is not written over unasked
    let last = "";
    const files = () => $$("input[type=file]", form);
    const unkept = () => (files().some((field) => field.files.length) ? "; tệp đã chọn không nằm trong bản nháp, bấm Lưu mới giữ" : "");

    const typed = () => {
      const data = new FormData(form);
      [...data.entries()].forEach(([name, value]) => {
        if (value instanceof File || name === "csrfmiddlewaretoken") data.delete(name);
      });
      return new URLSearchParams(data);
    };
    const tell = (text, ...acts) => {
      trouble.replaceChildren();
      if (text) trouble.append(make("span", {}, text, " "), ...acts);
      status.hidden = Boolean(text);
    };
    const act = (label, run) => {
      const button = make("button", { type: "button", class: "button button--small" }, label);
      button.addEventListener("click", run);
      return button;
    };
    const later = (wait = WAIT) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, wait);
    };

    async function save(over = false) {
      if (isLeaving || running) return later();
      if (!isOpen && over !== true) {
        return tell("Chưa tự lưu: chọn dùng lại hay bỏ bản đang nhập dở ở đầu trang.");
      }
      const body = typed();
      if (over !== true && body.toString() === last) return null;
      const text = body.toString();
      body.set("draft-address", address);
      body.set("draft-title", ($("h1") || {}).textContent || document.title);
      body.set("draft-tab", tab);
      if (over === true) body.set("draft-over", "1");
      body.set("csrfmiddlewaretoken", $("[name=csrfmiddlewaretoken]", form).value);
      running = new AbortController();
      try {
        const answer = await fetch(draftSave, { method: "POST", body, redirect: "manual", signal: running.signal });
        await read(answer, text);
      } catch (reason) {
        if (reason.name !== "AbortError") {
          tell("Chưa lưu được: không tới được máy chủ (mất mạng?). Những gì đã gõ vẫn còn trên trang; cổng tự thử lại sau 20 giây.", act("Thử ngay", () => later(0)));
          later(20000);
        }
      }
      running = null;
      return null;
    }

    async function read(answer, text) {
      if (answer.ok) {
        last = text;
        isOpen = true;
        tell("");
        status.textContent = `Đã lưu lúc ${(await answer.json()).saved} (bản nháp, chưa ghi vào hồ sơ${unkept()})`;
      } else if (answer.type === "opaqueredirect" || answer.status === 401) {
        tell("Chưa lưu được: phiên đăng nhập đã kết thúc. Những gì đã gõ vẫn còn trên trang.", act("Đăng nhập lại", () => signInAgain(() => later(0))));
        signInAgain(() => later(0));
      } else if (answer.status === 409) {
        const { saved } = await answer.json();
        isOpen = true;
        tell(`Chưa tự lưu: trang này đang được nhập ở một cửa sổ khác (lưu lúc ${saved}).`, act("Lấy bản ở cửa sổ này", () => save(true)));
      } else if (answer.status === 422) {
        tell((await answer.json()).told);
      } else if (answer.status === 403) {
        tell("Chưa tự lưu được: phiên đã đổi. Chép lại những gì vừa gõ rồi mở lại trang.", act("Đăng nhập lại", () => signInAgain(() => later(0))));
      } else {
        tell("Chưa lưu được: máy chủ chưa trả lời. Những gì đã gõ vẫn còn trên trang; cổng tự thử lại sau 20 giây.", act("Thử ngay", () => later(0)));
        later(20000);
      }
    }

    form.addEventListener("input", () => later());
    form.addEventListener("change", () => later());
    document.addEventListener("htmx:afterSettle", (event) => { if (form.contains(event.target)) later(); });
    form.addEventListener("submit", () => {
      isLeaving = true;
      window.clearTimeout(timer);
      if (running) running.abort();
    });
    window.addEventListener("pageshow", () => { isLeaving = false; });
    window.addEventListener("online", () => { if (trouble.textContent) later(0); });

    /* ---- The draft of last time ---- */
    if (!offer) return;
    $("[data-draft-use]", offer).addEventListener("click", async (event) => {
      event.preventDefault();
      const answer = await fetch(event.currentTarget.dataset.draftUse, { redirect: "manual" }).catch(() => null);
      if (!answer || !answer.ok) return tell("Chưa lấy được bản đang nhập dở. Thử lại sau ít phút.");
      const { pairs } = await answer.json();
      if (!fill(pairs)) return showAgain(pairs);
      offer.hidden = true;
      if (files().length) files()[0].after(make("span", { class: "hint", role: "status" }, "Bản nháp không giữ tệp: đã chọn tệp lần trước thì chọn lại."));
      form.dataset.guard = "changed";
      isOpen = true;
      save(true);
      const first = $("input:not([type=hidden]), select, textarea", form);
      if (first) first.focus();
      return null;
    });

    /* Put texts where they were; false where the page has fewer rows than the draft. */
    function fill(pairs) {
      const values = new Map();
      pairs.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
      const fields = [...form.elements].filter((field) => field.name && !["submit", "button", "file", "fieldset"].includes(field.type) && field.name !== "csrfmiddlewaretoken");
      const names = new Set(fields.map((field) => field.name));
      if ([...values.keys()].some((name) => !names.has(name) && name !== "row")) return false;
      fields.forEach((field) => {
        const given = values.get(field.name) || [];
        if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
        else if (field.type === "select-multiple") [...field.options].forEach((option) => { option.selected = given.includes(option.value); });
        else if (given.length) field.value = given.shift();
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return true;
    }

    /* The server shows its page with all rows as typed, and writes nothing. */
    function showAgain(pairs) {
      const again = make("form", { method: "post", hidden: "" });
      const token = $("[name=csrfmiddlewaretoken]", form).value;
      [...pairs.filter(([name]) => name !== "row"), ["row", "xem-lai"], ["csrfmiddlewaretoken", token]].forEach(([name, value]) => {
        again.append(make("textarea", { name }, value));
      });
      document.body.append(again);
      isLeaving = true;
      again.submit();
    }
  }

  /* ---- Signing in again without leaving the page ---- */
  let dialog = null;
  document.addEventListener("portal:signed-out", () => signInAgain(() => { if (form) form.dispatchEvent(new Event("change")); }));
  function signInAgain(done) {
    if (dialog && dialog.open) return;
    const name = make("input", { class: "input", id: "again-name", name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: "" });
    const password = make("input", { class: "input", id: "again-password", name: "password", type: "password", autocomplete: "current-password", required: "" });
    const told = make("p", { role: "alert", class: "draft-trouble" });
    const other = make("a", { href: signIn, target: "_blank", rel: "noopener", class: "small" }, "Đăng nhập ở cửa sổ mới");
    const check = make("button", { type: "button", class: "button button--small" }, "Tôi đã đăng nhập ở cửa sổ mới");
    const close = make("button", { type: "button", class: "button" }, "Để sau");
    const inner = make("form", { class: "stack", method: "dialog" },
      make("h2", { id: "again-head" }, "Phiên đăng nhập đã kết thúc"),
      make("p", {}, "Đăng nhập lại để làm tiếp. Trang này và mọi chữ đã gõ giữ nguyên."),
      told,
      make("div", { class: "field" }, make("label", { class: "label", for: "again-name" }, "Tên đăng nhập"), name),
      make("div", { class: "field" }, make("label", { class: "label", for: "again-password" }, "Mật khẩu"), password),
      make("p", { class: "actions" }, make("button", { class: "button button--main" }, "Đăng nhập"), close),
      make("p", {}, "Dùng mã xác thực hai lớp: ", other, ", rồi quay lại đây. ", check));
    dialog = make("dialog", { class: "dialog", "aria-labelledby": "again-head" }, inner);
    document.body.append(dialog);
    const before = document.activeElement;
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); if (before) before.focus(); });

    /* Takes up the new session: the same person, and the tokens that its forms need. */
    const takeUp = async () => {
      const answer = await fetch(draftSession, { redirect: "manual" }).catch(() => null);
      if (!answer || !answer.ok) return false;
      const state = await answer.json();
      if (String(state.person) !== person) {
        told.textContent = "Đã đăng nhập bằng tài khoản khác. Trang này là của người trước: đăng nhập bằng đúng tài khoản đó để ghi tiếp.";
        return true;
      }
      $$("[name=csrfmiddlewaretoken]").forEach((field) => { field.value = state.token; });
      document.body.setAttribute("data-hx-headers", JSON.stringify({ "X-CSRFToken": state.token }));
      dialog.close();
      done();
      return true;
    };
    check.addEventListener("click", async () => {
      if (!await takeUp()) told.textContent = "Vẫn chưa đăng nhập.";
    });
    inner.addEventListener("submit", async (event) => {
      event.preventDefault();
      const token = $("[name=csrfmiddlewaretoken]");
      const body = new URLSearchParams({ username: name.value, password: password.value, next: "/", csrfmiddlewaretoken: token ? token.value : "" });
      password.value = "";
      const answer = await fetch(signIn, { method: "POST", body, redirect: "manual" }).catch(() => null);
      if (!answer) told.textContent = "Không tới được máy chủ. Thử lại khi có mạng.";
      else if (answer.type === "opaqueredirect") {
        if (!await takeUp()) told.textContent = "Tài khoản này cần mã xác thực: đăng nhập ở cửa sổ mới, rồi bấm nút bên dưới.";
      } else if (answer.status === 429) told.textContent = "Đăng nhập sai nhiều lần, tài khoản tạm dừng nhận. Thử lại sau 15 phút.";
      else if (answer.status === 403) told.textContent = "Trang đã mở quá lâu: đăng nhập ở cửa sổ mới, rồi bấm nút bên dưới.";
      else told.textContent = "Tên đăng nhập hoặc mật khẩu không đúng.";
    });
    dialog.showModal();
    name.focus();
  }
})();
