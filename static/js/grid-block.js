/* Blocks of the sheet: chosen with Shift or the mouse, copied to and pasted from Excel, filled down, emptied. */
"use strict";

(() => {
  const grid = window.planGrid;
  if (!grid) return;
  const { table, columns, form } = grid;
  let anchor = null; // where choosing began
  let chosen = [];

  /* ---- Choosing ---- */
  grid.hooks.move.push((isExtending) => {
    if (isExtending === true) anchor = anchor || { ...grid.active };
    else if (isExtending === false) anchor = null;
    else show();
  });
  const block = () => {
    const from = anchor || grid.active;
    const rows = grid.visible();
    const [top, bottom] = [rows.indexOf(from.line), rows.indexOf(grid.active.line)].sort((a, b) => a - b);
    const [left, right] = [grid.indexOf(from.column), grid.indexOf(grid.active.column)].sort((a, b) => a - b);
    return { rows: rows.slice(Math.max(top, 0), bottom + 1), names: columns.slice(left, right + 1).map(({ key }) => key) };
  };
  const show = () => {
    chosen.forEach((cell) => { cell.classList.remove("is-chosen"); cell.removeAttribute("aria-selected"); });
    chosen = [];
    if (!anchor) return;
    const { rows, names } = block();
    chosen = rows.flatMap((line) => names.map((name) => line.cells.get(name)));
    chosen.forEach((cell) => { cell.classList.add("is-chosen"); cell.setAttribute("aria-selected", "true"); });
  };
  table.addEventListener("mousedown", (event) => {
    const cell = event.target.closest("td[data-col]");
    if (!cell || event.button !== 0) return;
    if (event.shiftKey && grid.active) {
      event.preventDefault();
      anchor = anchor || { ...grid.active };
      const line = grid.lines.get(cell.closest("tbody").dataset.key);
      grid.focus(line, cell.dataset.col);
    } else {
      anchor = null;
      show();
    }
  });

  /* ---- Copying ---- */
  const quoted = (text) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const copied = () => {
    const { rows, names } = block();
    return rows.map((line) => names.map((name) => quoted(line.now[name])).join("\t")).join("\n");
  };
  const isInText = (event) => grid.editing || !event.target.closest || !event.target.closest("td[data-col]") || !grid.active;
  const empty = () => {
    const { rows, names } = block();
    const cells = rows.flatMap((line) => names.filter((name) => line.isOpen(name) && line.field(name).tagName === "INPUT")
      .map((name) => ({ key: line.key, column: name, old: line.now[name], text: "" })));
    grid.act({ cells });
  };
  document.addEventListener("copy", (event) => {
    if (isInText(event)) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", copied());
    const { rows, names } = block();
    grid.say(`Đã chép ${rows.length} dòng, ${names.length} cột.`);
  });
  document.addEventListener("cut", (event) => {
    if (isInText(event)) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", copied());
    empty();
  });

  /* ---- Pasting ---- */
  /* Rows of cells as a spreadsheet copies them: tabs, line breaks, quotation marks around cells that hold either. */
  const parse = (text) => {
    const rows = [[""]];
    let isQuoted = false;
    const put = (letter) => { const row = rows[rows.length - 1]; row[row.length - 1] += letter; };
    const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let place = 0; place < source.length; place += 1) {
      const letter = source[place];
      const row = rows[rows.length - 1];
      if (isQuoted) {
        if (letter === '"' && source[place + 1] === '"') { put('"'); place += 1; }
        else if (letter === '"') isQuoted = false;
        else put(letter === "\n" || letter === "\t" ? " " : letter);
      } else if (letter === '"' && row[row.length - 1] === "" && /"(\t|\n|$)/.test(source.slice(place + 1))) isQuoted = true;
      else if (letter === "\t") row.push("");
      else if (letter === "\n") rows.push([""]);
      else put(letter);
    }
    return rows;
  };
  const unit = document.getElementById("grid-unit");
  const fitted = (text, column) => {
    const cell = text.trim();
    if (column.kind === "money") {
      if (/^[-–]$/.test(cell)) return "";
      return unit.value && /^[\d.,\s]+$/.test(cell) ? `${cell} ${unit.value}` : cell;
    }
    return cell;
  };
  const MOST = 1000;
  const paste = (text) => {
    let rows = parse(text);
    if (rows.length > MOST) {
      grid.say(`Mỗi lần dán tối đa ${MOST} dòng: dán làm nhiều lần.`);
      return grid.alert && grid.alert(`Khối dán có ${rows.length} dòng; mỗi lần dán tối đa ${MOST} dòng, chưa dán dòng nào.`);
    }
    const target = block();
    if (rows.length === 1 && rows[0].length === 1) rows = target.rows.map(() => target.names.map(() => rows[0][0]));
    const present = grid.visible();
    const start = present.indexOf(target.rows[0]);
    const left = grid.indexOf(target.names[0]);
    const step = { cells: [], added: [] };
    let shut = 0;
    rows.forEach((texts, index) => {
      let line = present[start + index];
      if (!line) {
        line = grid.add();
        step.added.push(line.key);
      }
      texts.slice(0, columns.length - left).forEach((cell, offset) => {
        const column = columns[left + offset];
        const fresh = fitted(cell, column);
        if (!line.isOpen(column.key)) shut += fresh ? 1 : 0;
        else step.cells.push({ key: line.key, column: column.key, old: line.now[column.key], text: optionOf(line, column, fresh) });
      });
    });
    grid.act(step);
    const width = Math.max(...rows.map((row) => row.length));
    const beyond = Math.max(0, width - (columns.length - left));
    const told = [
      `Đã dán ${rows.length} dòng, ${width - beyond} cột, số tiền tính bằng ${unit.selectedOptions[0].textContent}`,
      step.added.length ? `thêm ${step.added.length} dòng` : "",
      shut ? `${shut} ô chỉ xem nên bỏ qua` : "",
      beyond ? `${beyond} cột vượt ra ngoài bảng nên bỏ qua` : "",
    ];
    return grid.note(`${told.filter(Boolean).join("; ")}. Ctrl+Z để hoàn tác.`);
  };
  /* A list to choose from takes only what it holds. */
  const optionOf = (line, column, text) => {
    const field = line.field(column.key);
    if (field.tagName !== "SELECT") return text;
    const found = [...field.options].find((option) => option.value.toLowerCase() === text.toLowerCase());
    return found ? found.value : line.now[column.key];
  };
  document.addEventListener("paste", (event) => {
    const cell = event.target.closest && event.target.closest("td[data-col]");
    if (!cell || !grid.active || grid.closed) return;
    const text = event.clipboardData.getData("text/plain");
    if (grid.editing && !/[\t\n]/.test(text.trim())) return; // a word into the text being typed
    event.preventDefault();
    if (grid.editing) grid.commit();
    paste(text);
  });

  /* ---- Filling down, emptying, deleting lines ---- */
  const fillDown = () => {
    const { rows, names } = block();
    const all = grid.visible();
    const source = rows.length > 1 ? rows[0] : all[all.indexOf(rows[0]) - 1];
    if (!source) return grid.say("Không có dòng ở trên để chép xuống.");
    const targets = rows.length > 1 ? rows.slice(1) : rows;
    const cells = targets.flatMap((line) => names.filter((name) => line.isOpen(name))
      .map((name) => ({ key: line.key, column: name, old: line.now[name], text: source.now[name] })));
    grid.act({ cells });
    return grid.say(`Đã chép xuống ${cells.length} ô.`);
  };
  const drop = () => {
    if (!grid.active) return grid.say("Chọn dòng cần xóa trước.");
    const { rows } = block();
    const rest = grid.visible().filter((line) => !rows.includes(line));
    if (!rest.length) grid.add();
    const dropped = rows.map(({ key }) => key);
    const next = grid.visible().find((line) => !rows.includes(line));
    anchor = null;
    grid.act({ cells: [], dropped });
    if (next) grid.focus(next, grid.active.column);
    return grid.note(`Đã bỏ ${dropped.length} dòng. Ctrl+Z để lấy lại.`);
  };
  grid.blockKey = (event, isControl) => {
    const key = event.key.toLowerCase();
    if (isControl && key === "d") return fillDown(), true;
    if (isControl && event.key === "Delete") return drop(), true;
    if (event.key === "Delete" || event.key === "Backspace") return empty(), true;
    if (isControl && key === "a") {
      const rows = grid.visible();
      anchor = { line: rows[0], column: columns[0].key };
      grid.focus(rows[rows.length - 1], columns[columns.length - 1].key);
      return true;
    }
    return false;
  };
  form.querySelector("[data-act=drop]").addEventListener("click", drop);
})();
