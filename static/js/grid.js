/* The table of a draft plan as a sheet: lines, cells, keys, undo. Without this script it is a form of inputs.
   grid-block.js chooses, copies and pastes blocks; grid-save.js talks to the server. */
"use strict";

(() => {
  const form = document.getElementById("grid");
  if (!form) return;
  const table = document.getElementById("grid-table");
  const blank = document.getElementById("grid-blank");
  const said = document.getElementById("grid-said");
  const columns = [...table.tHead.rows[0].cells].slice(1).map((head) => ({
    key: head.dataset.col,
    kind: head.dataset.kind,
    label: head.dataset.label,
  }));
  const lines = new Map(); // by key, in the order of the table
  const grid = { form, table, columns, lines, active: null, editing: false, closed: false, hooks: { commit: [], move: [], type: [] } };
  window.planGrid = grid;
  let counter = 0;

  /* ---- Lines and cells ---- */
  const fieldOf = (cell) => cell.firstElementChild;
  const textIn = (field) => (field.tagName === "SPAN" ? field.textContent : field.value);

  class Line {
    constructor(body) {
      this.body = body;
      this.key = body.dataset.key;
      this.pk = body.dataset.pk ? Number(body.dataset.pk) : null;
      this.version = body.dataset.version ? Number(body.dataset.version) : null;
      this.row = body.rows[0];
      this.note = body.rows[1];
      this.cells = new Map();
      this.stored = {}; // as the server has it
      this.now = {}; // as it stands on the page
      this.refused = {}; // texts that the server did not take
      this.errors = {};
      this.theirs = {};
      this.notes = null; // as the page came
      this.dropped = this.lost = false;
      for (const cell of this.row.querySelectorAll("td[data-col]")) {
        const field = fieldOf(cell);
        field.tabIndex = -1;
        this.cells.set(cell.dataset.col, cell);
        this.stored[cell.dataset.col] = this.now[cell.dataset.col] = textIn(field);
        if (field.tagName === "SPAN") cell.setAttribute("aria-readonly", "true");
      }
    }

    field(column) { return fieldOf(this.cells.get(column)); }
    isOpen(column) { return !grid.closed && this.field(column).tagName !== "SPAN"; }
    get isBlank() { return this.pk === null && columns.every(({ key }) => !this.now[key]); }
    get label() { return this.pk === null ? "dòng mới" : this.row.cells[0].textContent.trim(); }

    changed() {
      return columns.map(({ key }) => key).filter((key) => this.now[key] !== this.stored[key] && this.isOpen(key));
    }

    /* What is worth sending: not what the server has refused already, nor what waits for a choice. */
    toSend() {
      if (this.lost) return [];
      return this.changed().filter((key) => this.now[key] !== this.refused[key] && !(key in this.theirs));
    }

    put(column, text) {
      this.now[column] = text;
      const field = this.field(column);
      const isTyped = grid.editing && grid.active && grid.active.line === this && grid.active.column === column;
      if (!isTyped) {
        if (field.tagName === "SPAN") field.textContent = text;
        else field.value = text;
      }
      if (this.refused[column] !== undefined && this.refused[column] !== text) {
        delete this.refused[column];
        delete this.errors[column];
        grid.mark(this, column);
      }
    }

    /* A cell becomes one to type into, or one to read, when the state of its line changes. */
    open(names) {
      for (const [key, cell] of this.cells) {
        const isOpen = names.includes(key);
        const field = fieldOf(cell);
        if (isOpen === (field.tagName !== "SPAN")) continue;
        const model = isOpen && blank.content.querySelector(`td[data-col="${key}"]`);
        const fresh = isOpen && fieldOf(model).tagName !== "SPAN" ? fieldOf(model).cloneNode(true) : document.createElement(isOpen ? "input" : "span");
        if (!isOpen) fresh.className = "shown";
        fresh.tabIndex = -1;
        cell.classList.toggle("is-shut", !isOpen);
        if (isOpen) cell.removeAttribute("aria-readonly");
        else cell.setAttribute("aria-readonly", "true");
        cell.replaceChildren(fresh);
        this.put(key, this.now[key]);
      }
      number(this);
    }
  }

  const number = (line) => {
    line.number = line.number || (counter += 1);
    line.row.setAttribute("aria-rowindex", line.number + 1);
    for (const { key, label } of columns) {
      const field = line.field(key);
      field.id = `cell-${line.number - 1}-${key}`;
      if (field.tagName !== "SPAN") field.setAttribute("aria-label", `Dòng ${line.number}, ${label.toLowerCase()}`);
    }
    line.note.cells[1].id = `say-${line.number - 1}`;
  };
  const take = (body) => {
    const line = new Line(body);
    const link = line.row.cells[0].querySelector("a");
    if (link) link.tabIndex = -1; // the table is one stop of the Tab key; Ctrl+Enter opens the project
    lines.set(line.key, line);
    number(line);
    return line;
  };
  const newKey = () => `n${crypto.getRandomValues(new Uint32Array(3)).reduce((text, part) => text + part.toString(16), "")}`;

  grid.add = (key = newKey(), before = null) => {
    const body = blank.content.firstElementChild.cloneNode(true);
    body.dataset.key = key;
    body.querySelectorAll("[name]").forEach((field) => field.removeAttribute("name"));
    table.insertBefore(body, before);
    table.setAttribute("aria-rowcount", lines.size + 2);
    return take(body);
  };
  grid.remove = (line) => {
    if (grid.active && grid.active.line === line) {
      const near = grid.visible().filter((other) => other !== line)[0];
      grid.active = near ? { line: near, column: grid.active.column } : null;
    }
    lines.delete(line.key);
    line.body.remove();
  };
  grid.visible = () => [...table.tBodies].map((body) => lines.get(body.dataset.key)).filter((line) => line && !line.dropped);
  grid.say = (text) => { said.textContent = text; };

  /* ---- What is said of a line ---- */
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${form.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  };
  const sentence = (tone, text, ...more) => {
    const paragraph = document.createElement("p");
    paragraph.className = `say say--${tone}`;
    paragraph.append(icon(tone === "bad" ? "error" : "warning"), ` ${text} `, ...more);
    return paragraph;
  };
  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button--small";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };
  grid.mark = (line, column) => {
    const isBad = column in line.errors || column in line.theirs;
    line.cells.get(column).classList.toggle("is-bad", isBad);
    const field = line.field(column);
    if (isBad) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", line.note.cells[1].id);
    } else {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  };
  const labelOf = (column) => columns.find(({ key }) => key === column).label;
  grid.tell = (line) => {
    const parts = [];
    if (line.errors[""]) parts.push(sentence("bad", line.errors[""]));
    for (const { key } of columns) {
      grid.mark(line, key);
      if (key in line.theirs) {
        const theirs = line.theirs[key] || "để trống";
        const who = line.by || "Người khác";
        parts.push(sentence(
          "bad", `${labelOf(key)}: ${who} đã sửa ô này thành “${theirs}”; ông/bà nhập “${line.now[key] || "để trống"}”.`,
          button("Giữ của tôi", () => choose(line, key, true)), " ", button(`Lấy “${theirs}”`, () => choose(line, key, false)),
        ));
      } else if (line.errors[key]) parts.push(sentence("bad", `${labelOf(key)}: ${line.errors[key]}`));
    }
    if (line.notes) parts.push(...line.notes.map(([tone, text]) => sentence(tone, text)));
    else parts.push(...line.note.querySelectorAll(".say"));
    line.note.cells[1].replaceChildren(...parts);
    line.note.hidden = !parts.length;
  };
  const choose = (line, column, isMine) => {
    delete line.theirs[column];
    if (!isMine) line.put(column, line.stored[column]);
    grid.tell(line);
    grid.focus(line, column);
    grid.changedSomething();
  };

  /* ---- Changing cells, and taking changes back ---- */
  const past = [];
  const future = [];
  const showHistory = () => {
    form.querySelector("[data-act=undo]").disabled = !past.length;
    form.querySelector("[data-act=redo]").disabled = !future.length;
  };
  grid.changedSomething = () => grid.hooks.commit.forEach((hook) => hook());

  /* A step: {cells: [{key, column, old, text}], added: [key], dropped: [key]}. */
  grid.act = (step) => {
    const cells = (step.cells || []).filter(({ old, text }) => old !== text);
    if (!cells.length && !(step.added || []).length && !(step.dropped || []).length) return;
    play({ ...step, cells }, true);
    past.push({ ...step, cells });
    future.length = 0;
    showHistory();
  };
  const play = (step, isForward) => {
    const [come, go] = isForward ? [step.added, step.dropped] : [step.dropped, step.added];
    for (const key of come || []) bring(key);
    for (const { key, column, old, text } of step.cells) {
      const line = lines.get(key);
      if (line && line.isOpen(column)) line.put(column, isForward ? text : old);
    }
    for (const key of go || []) {
      const line = lines.get(key);
      if (!line) continue;
      line.dropped = true;
      line.body.hidden = true;
    }
    grid.changedSomething();
  };
  const kept = new Map(); // lines that the server has deleted, by key
  grid.bury = (line) => {
    kept.set(line.key, { ...line.now });
    grid.remove(line);
  };
  const bring = (key) => {
    let line = lines.get(key);
    if (!line) {
      line = grid.add(key);
      for (const [column, text] of Object.entries(kept.get(key) || {})) if (line.isOpen(column)) line.put(column, text);
    }
    line.dropped = false;
    line.body.hidden = false;
  };
  const turn = (from, to, isForward, word) => {
    const step = from.pop();
    if (!step) return grid.say("Không còn gì để làm.");
    to.push(step);
    play(step, isForward);
    showHistory();
    const [first] = step.cells;
    if (first && lines.has(first.key) && !lines.get(first.key).dropped) grid.focus(lines.get(first.key), first.column);
    return grid.say(`Đã ${word}.`);
  };
  grid.undo = () => turn(past, future, false, "hoàn tác");
  grid.redo = () => turn(future, past, true, "làm lại");

  grid.commit = () => {
    if (!grid.active) return;
    const { line, column } = grid.active;
    grid.editing = false;
    const field = line.field(column);
    if (field.tagName === "SPAN") return;
    const text = field.value;
    if (text !== line.now[column]) grid.act({ cells: [{ key: line.key, column, old: line.now[column], text }] });
  };

  /* ---- Moving ---- */
  grid.focus = (line, column) => line.field(column).focus();
  grid.indexOf = (column) => columns.findIndex(({ key }) => key === column);
  const move = (down, right, isExtending) => {
    const rows = grid.visible();
    const row = rows.indexOf(grid.active.line) + down;
    const column = grid.indexOf(grid.active.column) + right;
    const line = rows[Math.max(0, Math.min(row, rows.length - 1))];
    const { key } = columns[Math.max(0, Math.min(column, columns.length - 1))];
    grid.hooks.move.forEach((hook) => hook(isExtending));
    grid.focus(line, key);
  };
  const nextCell = (step) => {
    const rows = grid.visible();
    const width = columns.length;
    const place = rows.indexOf(grid.active.line) * width + grid.indexOf(grid.active.column) + step;
    if (place < 0 || place >= rows.length * width) return false;
    grid.hooks.move.forEach((hook) => hook(false));
    grid.focus(rows[Math.floor(place / width)], columns[place % width].key);
    return true;
  };
  const down = (step) => {
    const rows = grid.visible();
    if (step > 0 && rows[rows.length - 1] === grid.active.line && !grid.closed && !grid.active.line.isBlank) grid.add();
    move(step, 0, false);
  };

  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td[data-col]");
    if (!cell) return;
    const line = lines.get(cell.closest("tbody").dataset.key);
    if (!line) return;
    if (grid.active) {
      const before = grid.active.line.cells.get(grid.active.column);
      if (before) fieldOf(before).tabIndex = -1;
    }
    grid.active = { line, column: cell.dataset.col };
    grid.editing = false;
    event.target.tabIndex = 0;
    if (event.target.tagName === "INPUT") event.target.select();
    grid.hooks.move.forEach((hook) => hook(null));
  });
  table.addEventListener("focusout", (event) => {
    if (event.target.closest("td[data-col]")) grid.commit();
  });
  table.addEventListener("input", () => {
    grid.editing = true;
    grid.hooks.type.forEach((hook) => hook(grid.active));
  });
  table.addEventListener("change", (event) => {
    if (event.target.tagName === "SELECT") grid.commit();
  });
  table.addEventListener("dblclick", () => { grid.editing = true; });

  /* ---- Keys ---- */
  let isLeaving = false;
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };
  const inCell = (event) => {
    const field = event.target;
    if (event.key === "Escape") {
      field.value = grid.active.line.now[grid.active.column];
      field.select();
      grid.editing = false;
      return true;
    }
    if (event.key === "Enter") return grid.commit(), down(event.shiftKey ? -1 : 1), true;
    if (event.key === "Tab") return grid.commit(), nextCell(event.shiftKey ? -1 : 1);
    if (["ArrowUp", "ArrowDown"].includes(event.key) && !field.list && field.tagName === "INPUT") {
      grid.commit();
      move(...STEPS[event.key], false);
      return true;
    }
    return false;
  };
  const edge = (event) => {
    const rows = grid.visible();
    const isEnd = event.key === "End";
    const line = event.ctrlKey ? rows[isEnd ? rows.length - 1 : 0] : grid.active.line;
    grid.hooks.move.forEach((hook) => hook(event.shiftKey));
    grid.focus(line, columns[isEnd ? columns.length - 1 : 0].key);
    return true;
  };
  const overCells = (event) => {
    const isControl = event.ctrlKey || event.metaKey;
    if (event.altKey) return false;
    if (STEPS[event.key]) return move(...STEPS[event.key], event.shiftKey), true;
    if (event.key === "Home" || event.key === "End") return edge(event);
    if (event.key === "Enter" && isControl) {
      const link = grid.active.line.row.cells[0].querySelector("a");
      if (link) link.click();
      return true;
    }
    if (event.key === "Enter") return down(event.shiftKey ? -1 : 1), true;
    if (event.key === "Tab") return !isLeaving && nextCell(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") {
      isLeaving = true;
      grid.hooks.move.forEach((hook) => hook(false));
      grid.say("Bấm Tab để ra khỏi bảng.");
      return true;
    }
    if (event.key === "F2" && event.target.tagName === "INPUT") {
      grid.editing = true;
      event.target.setSelectionRange(event.target.value.length, event.target.value.length);
      return true;
    }
    if (isControl && event.key.toLowerCase() === "z") return (event.shiftKey ? grid.redo() : grid.undo()), true;
    if (isControl && event.key.toLowerCase() === "y") return grid.redo(), true;
    if (grid.blockKey) return grid.blockKey(event, isControl);
    return false;
  };
  table.addEventListener("keydown", (event) => {
    if (!event.target.closest("td[data-col]") || !grid.active) return;
    const isDone = grid.editing ? inCell(event) : overCells(event);
    if (event.key !== "Escape" && event.key !== "Tab" && event.key !== "Shift") isLeaving = false;
    if (isDone) event.preventDefault();
    if (isDone || event.key === "Enter") event.stopPropagation(); // the page has a use of its own for Enter in tables
  });

  /* ---- Buttons ---- */
  form.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]");
    if (!act) return;
    if (act.dataset.act === "undo") grid.undo();
    if (act.dataset.act === "redo") grid.redo();
    if (act.dataset.act === "add") {
      event.preventDefault();
      const [first] = [1, 2, 3, 4, 5].map(() => grid.add());
      grid.focus(first, columns[0].key);
    }
  });

  /* ---- Start ---- */
  for (const body of table.tBodies) take(body);
  table.setAttribute("role", "grid");
  table.setAttribute("aria-multiselectable", "true");
  table.setAttribute("aria-rowcount", lines.size + 1);
  document.getElementById("grid-tools").hidden = false;
  document.getElementById("grid-keys").hidden = false;
  const [first] = lines.values();
  if (first) first.field(columns[0].key).tabIndex = 0;
})();
