/* The sheet and its server: saves what was typed, tells what became of it, shows what other people saved.
   Whatever cannot be saved stays on the page and in the tab, and is sent again. */
"use strict";

(() => {
  const grid = window.planGrid;
  if (!grid) return;
  const { form, table, columns, lines } = grid;
  const { saveUrl, newsUrl, unitsUrl, facilitiesUrl, signInUrl } = form.dataset;
  const user = Number(form.dataset.user);
  const saved = document.getElementById("grid-saved");
  const others = document.getElementById("grid-others");
  const alertBox = document.getElementById("grid-alert");
  const envelopes = document.getElementById("grid-envelopes");
  const store = `bang:${saveUrl}:${user}`;
  const NEW_AT_ONCE = 300;
  const CHANGED_AT_ONCE = 60;
  let token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  let { stamp } = form.dataset;
  let timer = 0;
  let isSending = false;
  let failures = 0;
  let lastAt = "";
  let problem = ""; // "", "network", "session", "server", "refused", "closed"

  /* ---- Words ---- */
  const state = (text, icon = "check") => {
    saved.hidden = false;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${form.dataset.icons}#${icon}`);
    svg.append(use);
    saved.replaceChildren(svg, text);
  };
  grid.note = (text) => { grid.say(text); others.hidden = false; others.textContent = text; };
  grid.alert = (text, ...more) => {
    alertBox.hidden = !text;
    const words = document.createElement("p");
    words.append(text, ...more);
    alertBox.replaceChildren(words);
  };
  const again = () => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button--small";
    made.textContent = "Thử lại ngay";
    made.addEventListener("click", () => resume());
    return made;
  };
  const signIn = () => {
    const link = document.createElement("a");
    link.href = signInUrl;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "Đăng nhập lại ở thẻ mới";
    return link;
  };
  const isToDrop = (line) => line.dropped && line.pk !== null && !line.errors[""];
  const count = () => [...lines.values()].reduce((sum, line) => sum + (line.dropped ? Number(isToDrop(line)) : line.toSend().length), 0);
  const isUnsaved = () => count() > 0;

  /* ---- What is not saved yet stays in this tab, also over a reload or a new sign-in ---- */
  const keep = () => {
    const open = [...lines.values()]
      .filter((line) => line.changed().length || (line.dropped && line.pk !== null))
      .map((line) => ({
        key: line.key, pk: line.pk, dropped: line.dropped,
        cells: Object.fromEntries(line.changed().map((name) => [name, [line.stored[name], line.now[name]]])),
      }));
    try {
      if (open.length) sessionStorage.setItem(store, JSON.stringify(open));
      else sessionStorage.removeItem(store);
    } catch { /* a full or forbidden store: the page itself still holds everything */ }
  };
  const takeUp = () => {
    let open = [];
    try { open = JSON.parse(sessionStorage.getItem(store) || "[]"); } catch { return; }
    const byPk = new Map([...lines.values()].map((line) => [line.pk, line]));
    let taken = 0;
    for (const { key, pk, dropped, cells } of open) {
      const line = pk === null ? lines.get(key) || grid.add(key) : byPk.get(pk);
      if (!line) continue;
      for (const [name, [seen, text]] of Object.entries(cells)) {
        if (!line.cells.has(name) || !line.isOpen(name) || line.now[name] === text) continue;
        line.stored[name] = seen;
        line.put(name, text);
        taken += 1;
      }
      line.dropped = dropped;
      line.body.hidden = dropped;
    }
    if (!taken) return;
    grid.note(`Đã lấy lại ${taken} ô chưa kịp lưu.`);
    schedule();
  };

  /* ---- Sending ---- */
  const gather = () => {
    const rows = [];
    let fresh = 0;
    let changed = 0;
    for (const line of lines.values()) {
      const isDrop = isToDrop(line);
      const names = line.dropped ? [] : line.toSend();
      if (!isDrop && !names.length) continue;
      if (line.pk === null ? fresh >= NEW_AT_ONCE : changed >= CHANGED_AT_ONCE) continue;
      if (line.pk === null) fresh += 1;
      else changed += 1;
      rows.push({
        key: line.key, pk: line.pk, version: line.version, drop: isDrop,
        cells: Object.fromEntries(names.map((name) => [name, [line.stored[name], line.now[name]]])),
      });
    }
    return rows;
  };
  const post = (body) => fetch(saveUrl, {
    method: "POST", redirect: "manual", credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({ user, since: stamp, ...body }),
  });
  const schedule = (wait = 700) => {
    keep();
    if (grid.closed || problem === "refused") return;
    window.clearTimeout(timer);
    if (isUnsaved()) {
      if (!problem) state("Có thay đổi, sắp lưu…", "clock");
      timer = window.setTimeout(save, wait);
    } else if (!problem && !isSending) rest();
  };
  const rest = () => {
    const bad = unfinished();
    if (bad) state(`${lastAt ? `Đã lưu lúc ${lastAt}; ` : ""}${bad} dòng còn chỗ cần sửa`, "warning");
    else state(lastAt ? `Đã lưu lúc ${lastAt}` : "Không có gì chưa lưu");
  };
  const save = async () => {
    if (isSending || grid.closed) return;
    window.clearTimeout(timer);
    const rows = gather();
    if (!rows.length) return;
    isSending = true;
    state(rows.length > 1 ? `Đang lưu ${rows.length} dòng…` : "Đang lưu…", "progress");
    try {
      const answer = await read(await post({ rows }));
      if (answer) settle(answer, rows);
    } catch {
      fail("network");
    } finally {
      isSending = false;
    }
    if (!problem) schedule(50); // what was typed meanwhile, or did not fit
  };

  /* The answer as data; null after telling why there is none. */
  const read = async (response) => {
    if (response.type === "opaqueredirect" || response.redirected) return fail("session");
    const isData = (response.headers.get("Content-Type") || "").includes("json");
    if (response.status === 403 && !isData) return fail("session");
    if (!isData || response.status >= 500) return fail("server");
    const answer = await response.json();
    if (answer.closed) return fail("closed", answer.closed);
    if (answer.refused) return fail("refused", answer.refused);
    problem = "";
    failures = 0;
    grid.alert("");
    return answer;
  };
  const fail = (what, text = "") => {
    problem = what;
    failures += 1;
    const cells = `${count()} ô chưa lưu vẫn giữ trong trang này`;
    state("Chưa lưu được", "warning");
    if (what === "network") grid.alert(`Mất kết nối với máy chủ: ${cells}, cổng tự lưu khi nối lại được. `, again());
    if (what === "session") grid.alert(`Phiên làm việc đã hết: ${cells}. `, signIn(), ", cổng tự lưu tiếp ở thẻ này. ", again());
    if (what === "server") grid.alert(`Máy chủ gặp lỗi: ${cells}, cổng thử lại sau ít phút. `, again());
    if (what === "refused") grid.alert(`${text} ${cells}. `, again());
    if (what === "closed") {
      grid.closed = true;
      grid.alert(`${text} Những ô chưa lưu vẫn hiện ở đây để chép lại.`);
      return null;
    }
    window.clearTimeout(timer);
    if (what !== "refused") timer = window.setTimeout(resume, Math.min(3000 * 2 ** (failures - 1), 60000));
    return null;
  };
  /* Ask first: after a new sign-in the page needs a new token before it may send. */
  const resume = async () => {
    if (isSending || grid.closed) return;
    isSending = true;
    try {
      const answer = await read(await fetch(`${newsUrl}?since=${encodeURIComponent(stamp)}`, { redirect: "manual", credentials: "same-origin" }));
      if (answer && answer.user !== user) fail("refused", "Thẻ khác đã đăng nhập bằng tài khoản khác; đăng nhập lại bằng tài khoản cũ rồi thử lại.");
      else if (answer) hear(answer);
    } catch {
      fail("network");
    } finally {
      isSending = false;
    }
    if (!problem) {
      if (isUnsaved()) schedule(0);
      else if (lastAt) rest();
    }
  };

  /* ---- Answers ---- */
  const settle = (answer, rows) => {
    const sent = new Map(rows.map((row) => [row.key, row]));
    for (const result of answer.results) {
      const line = lines.get(result.key);
      if (!line) continue;
      const row = sent.get(result.key);
      if (result.gone && row.drop) {
        if (line.dropped) grid.bury(line);
        else renew(line);
        continue;
      }
      if (row.drop) { line.dropped = false; line.body.hidden = false; }
      if (result.pk !== null && line.pk === null) line.pk = result.pk;
      if (result.gone) line.lost = true;
      line.errors = {};
      line.refused = {};
      for (const name of result.saved) {
        const text = row.cells[name][1];
        line.stored[name] = text;
        if (line.theirs[name] !== undefined) delete line.theirs[name];
      }
      for (const [name, text] of Object.entries(result.errors)) {
        line.errors[name] = text;
        if (name in row.cells) line.refused[name] = row.cells[name][1];
      }
      if (result.errors[""]) for (const name of Object.keys(row.cells)) line.refused[name] = row.cells[name][1];
      for (const [name, text] of Object.entries(result.conflicts)) {
        line.theirs[name] = text;
        line.stored[name] = text;
      }
    }
    hear(answer, sent);
    for (const { key } of answer.results) if (lines.has(key)) grid.tell(lines.get(key));
    lastAt = answer.at;
    rest();
    if (unfinished()) grid.say(`${unfinished()} dòng còn chỗ cần sửa.`);
    keep();
  };
  /* Lines as stored: shown where this person has not typed something else meanwhile. */
  const hear = (answer, sent = new Map()) => {
    stamp = answer.stamp;
    token = answer.csrf || token;
    envelopes.innerHTML = answer.envelopes;
    const byPk = new Map([...lines.values()].filter((line) => line.pk !== null).map((line) => [line.pk, line]));
    const fresh = [];
    for (const data of answer.lines) {
      const line = byPk.get(data.pk) || lines.get(data.key) || grid.add(data.key, firstNew());
      if (line.version === data.version && !sent.has(line.key)) continue;
      if (!sent.has(line.key) && line.version !== data.version) fresh.push(data);
      show(line, data, sent.get(line.key));
    }
    const all = new Set(answer.all);
    for (const [pk, line] of byPk) if (!all.has(pk) && !line.lost) leave(line);
    if (fresh.length) grid.note(`${[...new Set(fresh.map(({ by }) => by))].join(", ")} vừa sửa ${fresh.map(({ code }) => code).slice(0, 5).join(", ")}.`);
  };
  /* Taken back while it was being deleted: what stands in it is a new line now. */
  const renew = (line) => {
    Object.assign(line, { pk: null, version: null, errors: {}, refused: {} });
    for (const { key } of columns) line.stored[key] = "";
  };
  const unfinished = () => [...lines.values()].filter((line) => Object.keys(line.errors).length || Object.keys(line.theirs).length).length;
  const firstNew = () => {
    const line = grid.visible().find(({ pk }) => pk === null);
    return line ? line.body : null;
  };
  const leave = (line) => {
    if (line.toSend().length) {
      line.lost = true;
      line.errors[""] = "Người khác đã xóa dòng này; những gì ông/bà nhập vẫn hiện ở đây, chép sang dòng mới nếu cần.";
      grid.tell(line);
    } else if (!line.dropped) grid.bury(line);
  };
  const show = (line, data, row) => {
    const changed = new Set(line.changed());
    const isOther = !row && line.version !== null;
    Object.assign(line, { pk: data.pk, version: data.version, by: data.by, notes: data.notes });
    const head = line.row.cells[0];
    if (head.textContent.trim() !== data.code) {
      const link = document.createElement("a");
      link.href = data.url;
      link.textContent = data.code;
      link.tabIndex = -1;
      head.replaceChildren(link);
    }
    if (data.locked) head.firstElementChild.title = data.locked;
    line.body.classList.toggle("is-reserve", data.place === "reserve");
    line.body.classList.toggle("is-aside", data.place === "appraised");
    for (const { key } of columns) {
      const text = data.cells[key] || "";
      const typed = row && row.cells[key] && row.cells[key][1];
      const isAsSent = typed !== undefined && typed !== null && line.now[key] === typed && !(key in line.errors) && !(key in line.theirs);
      if (changed.has(key) && !isAsSent) continue;
      if (isOther && text !== line.stored[key]) flash(line.cells.get(key));
      line.stored[key] = text;
      if (line.now[key] !== text) line.put(key, text);
    }
    line.open(data.open);
    grid.tell(line);
  };
  const flash = (cell) => {
    cell.classList.add("is-fresh");
    window.setTimeout(() => cell.classList.remove("is-fresh"), 4000);
  };

  /* ---- While typing: what would be said of it ---- */
  let asking = 0;
  const CHECKED = ["money", "facility", "list"];
  const check = async (active) => {
    const { line, column } = active;
    if (isSending || problem || !grid.editing || grid.active.line !== line) return;
    const field = line.field(column);
    const cells = Object.fromEntries(line.toSend().map((name) => [name, [line.stored[name], line.now[name]]]));
    cells[column] = [line.stored[column], field.value];
    if (line.pk === null && !(cells.name && cells.name[1])) return;
    const mine = field.value;
    try {
      const response = await post({ check: true, since: null, rows: [{ key: line.key, pk: line.pk, cells }] });
      if (!response.ok || field.value !== mine || isSending) return;
      const answer = await response.json();
      envelopes.innerHTML = answer.envelopes;
      const [data] = answer.lines;
      if (data) { line.notes = data.notes; grid.tell(line); }
    } catch { /* saving will tell */ }
  };
  grid.hooks.type.push((active) => {
    if (!active) return;
    window.clearTimeout(asking);
    const { kind } = columns[grid.indexOf(active.column)];
    if (CHECKED.includes(kind)) asking = window.setTimeout(() => check(active), 500);
    if (kind === "place" || kind === "facility") suggest(active, kind);
  });
  let looking = 0;
  const suggest = ({ line, column }, kind) => {
    window.clearTimeout(looking);
    looking = window.setTimeout(async () => {
      const field = line.field(column);
      const url = new URL(kind === "place" ? unitsUrl : facilitiesUrl, location.href);
      if (field.value.trim().length < 2 || !field.list) return;
      url.searchParams.set("q", field.value);
      try {
        const response = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "manual" });
        if (!response.ok) return;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        field.list.replaceChildren(...[...page.querySelectorAll("[role=option]")].map((option) => new Option("", option.dataset.value)));
      } catch { /* suggestions only */ }
    }, 250);
  };

  /* ---- When ---- */
  grid.hooks.commit.push(() => schedule());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (grid.active) grid.commit();
    for (const line of lines.values()) line.refused = {};
    if (problem) resume();
    else if (isUnsaved()) save();
    else state(lastAt ? `Đã lưu lúc ${lastAt}` : "Không có gì chưa lưu");
  });
  window.addEventListener("online", resume);
  window.addEventListener("focus", () => { if (problem === "session" || problem === "network") resume(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) { grid.commit(); save(); } });
  window.addEventListener("beforeunload", (event) => {
    grid.commit();
    if (!isUnsaved()) return;
    event.preventDefault();
    event.returnValue = "";
  });
  window.setInterval(() => { if (!document.hidden && !problem && !isSending && !isUnsaved()) resume(); }, 15000);
  table.addEventListener("focusout", () => window.setTimeout(() => { if (!table.contains(document.activeElement) && isUnsaved()) schedule(200); }));
  takeUp();
})();
