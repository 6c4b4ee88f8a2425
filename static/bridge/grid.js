// The editing grid: ranges, copy and paste, fill, undo, unsaved cells. Without it the table is a plain form.
"use strict";
(() => {
  const { numbers, total, differenceText, showSum } = gridRows;
  const { released } = window.bridge;
  const form = document.querySelector("[data-grid]");
  if (!form) return;
  const table = form.querySelector(".grid-table");
  const status = form.querySelector("[data-status]");
  const notice = form.querySelector("[data-notice]");

  // Cells: a row is a group of lines, of which the first has one input a month; without numbers it has none.
  const isCell = (node) => node instanceof HTMLInputElement && node.name.startsWith("units-");
  const monthOf = (input) => Number(input.name.split("-", 2)[1]);
  const rowOf = (input) => input.closest("tbody");
  const cellsOf = (row) => [...row.querySelectorAll("input")].filter(isCell);
  const allRows = () => [...table.tBodies].filter((row) => cellsOf(row).length);
  const saved = (input) => input.dataset.saved ?? input.defaultValue;
  const isUnsaved = (input) => input.value.trim() !== saved(input);
  const cellNamed = (name) => form.elements.namedItem(name);
  const unsavedCells = () => allRows().flatMap(cellsOf).filter(isUnsaved);

  // What the server read in a typed text: its units, or the sentence why it is no number.
  const readings = new Map();
  async function read(texts) {
    const unknown = [...new Set(texts)].filter((text) => !readings.has(text));
    if (!unknown.length) return;
    const answer = await fetch(form.dataset.typed, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: JSON.stringify({ texts: unknown }),
    });
    if (!answer.ok) return;
    (await answer.json()).read.forEach((reading, place) => readings.set(unknown[place], reading));
  }

  // How a cell looks: unsaved in words and shape, refused with its sentence.
  function show(input) {
    const cell = input.parentElement;
    const row = rowOf(input);
    const month = monthOf(input);
    const unsaved = isUnsaved(input);
    const reading = unsaved ? readings.get(input.value) : null;
    const contested = cell.querySelector(".grid-whose");
    cell.classList.toggle("is-unsaved", unsaved);
    const note = cell.querySelector("small");
    note.querySelector("i")?.remove();
    if (unsaved) {
      const was = document.createElement("i");
      was.textContent = ` unsaved, was ${saved(input)}`;
      note.append(was);
    }
    const units = unsaved ? reading?.units : numbers(row.dataset.now)[month];
    if (units != null) note.querySelector("b").textContent = differenceText(units - numbers(row.dataset.start)[month]);
    if (!contested) refuse(input, reading?.sentence ?? "");
    else if (!unsaved) contested.querySelector("[value=theirs]").checked = true;
  }
  function refuse(input, sentence) {
    const cell = input.parentElement;
    cell.querySelector(".grid-why")?.remove();
    cell.classList.toggle("is-refused", Boolean(sentence));
    if (!sentence) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      return;
    }
    const why = document.createElement("p");
    why.className = "grid-why";
    why.id = `why-${monthOf(input)}-${rowOf(input).id}`;
    why.textContent = sentence;
    cell.append(why);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", why.id);
  }

  // Sums: what is saved, and on top of it what the unsaved cells add.
  function showSums() {
    const foot = document.getElementById("grid-sums");
    const columns = numbers(foot.dataset.now);
    let refused = 0;
    let unsaved = 0;
    for (const row of allRows()) {
      const now = numbers(row.dataset.now);
      for (const input of cellsOf(row).filter(isUnsaved)) {
        const month = monthOf(input);
        const units = readings.get(input.value)?.units;
        unsaved += 1;
        refused += input.hasAttribute("aria-invalid") ? 1 : 0;
        if (units == null) continue;
        columns[month] += units - now[month];
        now[month] = units;
      }
      showSum(row.querySelector("[data-sum]"), total(now), total(numbers(row.dataset.start)));
    }
    const start = numbers(foot.dataset.start);
    [...foot.cells].slice(1, 7).forEach((cell, month) => showSum(cell, columns[month], start[month]));
    showSum(foot.cells[7], total(columns), total(start));
    const cells = unsaved === 1 ? "1 unsaved cell" : `${unsaved} unsaved cells`;
    const marked = refused === 1 ? ", 1 of them marked" : `, ${refused} of them marked`;
    status.textContent = unsaved ? cells + (refused ? marked : "") : "";
  }
  async function refresh(inputs) {
    const texts = inputs.filter(isUnsaved).map((input) => input.value);
    try {
      await read(texts);
    } catch {
      // Without a line the cells stay unsaved; saving reads them again.
    }
    await released();
    inputs.filter((input) => input.isConnected).forEach(show);
    showSums();
  }

  // Changes, and the way back. A blank asks for no change: the saved number comes back.
  const past = [];
  const future = [];
  const settled = new Map();
  const settledText = (input) => settled.get(input.name) ?? input.value;
  function apply(changes) {
    const inputs = changes.map(({ name, text }) => {
      const input = cellNamed(name);
      if (!input) return null;
      input.value = text.trim() || saved(input);
      settled.set(name, input.value);
      return input;
    });
    refresh(inputs.filter(Boolean));
  }
  function change(pairs) {
    const step = pairs
      .map(([input, text]) => ({ name: input.name, before: settledText(input), text: text.trim() || saved(input) }))
      .filter(({ before, text, name }) => before !== text || cellNamed(name).value !== text);
    if (!step.length) return;
    past.push(step);
    future.length = 0;
    apply(step);
  }
  function commit(input) {
    editing = "";
    if (input.value !== settledText(input)) change([[input, input.value]]);
  }
  function undo() {
    const step = past.pop();
    if (!step) return;
    future.push(step);
    apply(step.map(({ name, before }) => ({ name, text: before })));
    cellNamed(step[0].name)?.focus();
  }
  function redo() {
    const step = future.pop();
    if (!step) return;
    past.push(step);
    apply(step);
    cellNamed(step[0].name)?.focus();
  }

  // The range: from where it was begun to where the focus is.
  let anchor = null;
  let head = null;
  let editing = ""; // "" on a cell, "typing" replaces it, "caret" moves within it
  function corners() {
    const rows = allRows();
    const places = [anchor, head].map((input) => [rows.indexOf(rowOf(input)), monthOf(input)]);
    const [top, bottom] = [places[0][0], places[1][0]].sort((a, b) => a - b);
    const [left, right] = [places[0][1], places[1][1]].sort((a, b) => a - b);
    return { rows, top, bottom, left, right };
  }
  function chosen() {
    const { rows, top, bottom, left, right } = corners();
    return rows.slice(top, bottom + 1).map((row) => cellsOf(row).slice(left, right + 1));
  }
  function paint() {
    for (const cell of table.querySelectorAll(".is-chosen")) cell.classList.remove("is-chosen");
    if (!anchor || anchor === head) return;
    const cells = chosen();
    for (const input of cells.flat()) input.parentElement.classList.add("is-chosen");
    status.textContent = `${cells.length} × ${cells[0].length} cells chosen`;
  }
  function go(input, extend) {
    if (!input) return;
    const from = anchor;
    input.focus();
    input.select();
    head = input;
    anchor = extend && from ? from : input;
    paint();
  }
  function neighbour(input, down, right) {
    const rows = allRows();
    const row = rows[rows.indexOf(rowOf(input)) + down];
    return row && cellsOf(row)[monthOf(input) + right];
  }

  table.addEventListener("focusin", (event) => {
    if (!isCell(event.target)) return;
    editing = "";
    anchor = head = event.target;
    if (!settled.has(event.target.name)) settled.set(event.target.name, event.target.value);
    event.target.select();
    paint();
  });
  table.addEventListener("focusout", (event) => {
    if (isCell(event.target)) commit(event.target);
  });
  table.addEventListener("input", (event) => {
    if (isCell(event.target) && !editing) editing = "typing";
  });
  table.addEventListener("dblclick", (event) => {
    if (isCell(event.target)) editing = "caret";
  });
  table.addEventListener("mousedown", (event) => {
    if (!isCell(event.target) || event.button !== 0) return;
    if (event.shiftKey && anchor) {
      event.preventDefault();
      go(event.target, true);
    } else if (event.target !== document.activeElement) {
      event.preventDefault();
      go(event.target, false);
    }
  });
  table.addEventListener("mouseover", (event) => {
    if (event.buttons !== 1 || !anchor || editing) return;
    const input = event.target.closest("td")?.querySelector("input");
    if (!isCell(input) || input === head) return;
    table.classList.add("is-dragging");
    go(input, true);
  });
  document.addEventListener("mouseup", () => table.classList.remove("is-dragging"));

  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!isCell(input) || event.altKey) return;
    const command = event.ctrlKey || event.metaKey;
    const key = command ? event.key.toLowerCase() : event.key;
    if (command) {
      const act = {
        z: event.shiftKey ? redo : undo,
        y: redo,
        d: () => fill("down"),
        r: () => fill("right"),
        a: chooseAll,
      }[key];
      if (!act || editing) return;
      event.preventDefault();
      act();
    } else if (ARROWS[key]) {
      const [down, right] = ARROWS[key];
      if (editing === "caret" && right) return;
      event.preventDefault();
      if (editing) commit(input);
      go(neighbour(input, down, right), event.shiftKey);
    } else if (key === "Enter") {
      event.preventDefault();
      commit(input);
      go(neighbour(input, event.shiftKey ? -1 : 1, 0), false);
    } else if (key === "Escape") {
      if (input.value !== settledText(input)) input.value = settledText(input);
      go(input, false);
      editing = "";
    } else if (key === "F2") {
      editing = "caret";
      input.setSelectionRange(input.value.length, input.value.length);
    } else if (key === "Delete" && !editing) {
      event.preventDefault();
      change(chosen().flat().map((cell) => [cell, startText(cell)]));
    }
  });
  // With decimals, so that the number is the one it starts from and not its rounding.
  function startText(input) {
    const start = numbers(rowOf(input).dataset.start)[monthOf(input)];
    return start.toLocaleString("en-GB", { maximumFractionDigits: 2 });
  }
  function chooseAll() {
    const rows = allRows();
    const focus = head;
    anchor = cellsOf(rows[0])[0];
    head = cellsOf(rows.at(-1)).at(-1);
    paint();
    focus.select();
  }

  // Fill: the first row or column of the range goes into the others; a single cell takes its neighbour's.
  function fill(direction) {
    if (!head?.isConnected) return;
    const cells = chosen();
    const down = direction === "down";
    const alone = anchor === head && neighbour(head, down ? -1 : 0, down ? 0 : -1);
    if (alone) change([[head, alone.value]]);
    else if (down) change(cells.slice(1).flatMap((row) => row.map((cell, place) => [cell, cells[0][place].value])));
    else change(cells.flatMap((row) => row.slice(1).map((cell) => [cell, row[0].value])));
  }

  // Copy and paste, as text between tabs: what Excel puts on the clipboard and takes from it.
  table.addEventListener("copy", (event) => {
    if (!isCell(event.target) || editing) return;
    event.preventDefault();
    const plain = (input) => input.value.replaceAll(",", "");
    const text = chosen().map((row) => row.map(plain).join("\t")).join("\r\n");
    event.clipboardData.setData("text/plain", text);
  });
  function parsed(text) {
    const rows = [[]];
    // A cell in quotes may hold tabs, line ends and doubled quotes.
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/g)) {
      rows.at(-1).push((quoted?.replaceAll('""', '"') ?? plain).trim());
      if (end === "") break;
      if (end !== "\t") rows.push([]);
    }
    if (rows.length > 1 && rows.at(-1).every((cell) => cell === "")) rows.pop();
    return rows;
  }
  table.addEventListener("paste", (event) => {
    if (!isCell(event.target)) return;
    const block = parsed(event.clipboardData.getData("text/plain"));
    const single = block.length === 1 && block[0].length === 1;
    if (single && editing) return;
    event.preventDefault();
    const { rows, top, left } = corners();
    const isGiven = ([, text]) => text !== "";
    editing = "";
    pasted = true;
    if (single) {
      change(chosen().flat().map((cell) => [cell, block[0][0]]).filter(isGiven));
      return;
    }
    const pairs = block.flatMap((texts, down) => {
      const cells = rows[top + down] ? cellsOf(rows[top + down]).slice(left) : [];
      return cells.slice(0, texts.length).map((cell, right) => [cell, texts[right]]);
    });
    change(pairs.filter(isGiven));
    const rowsOver = Math.max(0, block.length - (rows.length - top));
    const columnsOver = Math.max(0, Math.max(...block.map((texts) => texts.length)) - (6 - left));
    tell([
      rowsOver && `${rowsOver} pasted row${rowsOver > 1 ? "s" : ""} did not fit below the last row of this page. Show more rows a page and paste again.`,
      columnsOver && `${columnsOver} pasted column${columnsOver > 1 ? "s" : ""} did not fit right of the last month.`,
    ]);
  });
  function tell(sentences) {
    const told = sentences.filter(Boolean);
    notice.hidden = !told.length;
    notice.textContent = told.length ? `${told.join(" ")} What fitted is in the cells.` : "";
  }

  form.querySelector("[data-tools]").hidden = false;
  form.querySelector("[data-undo]").addEventListener("click", undo);
  form.querySelector("[data-redo]").addEventListener("click", redo);
  for (const button of form.querySelectorAll("[data-fill]")) {
    button.addEventListener("click", () => fill(button.dataset.fill));
  }

  // Saving sends the rows that changed; what is typed while the answer is on its way stays.
  let pasted = false;
  let sent = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sent) return;
    const contested = [...table.querySelectorAll(".grid-whose input:checked")].map((answer) => rowOf(answer));
    const rows = new Set([...unsavedCells().map(rowOf), ...contested]);
    if (!rows.size) {
      tell([]);
      status.textContent = "No cell was changed.";
      return;
    }
    const values = { reason: form.elements.reason.value, assumption: form.elements.assumption.value };
    if (pasted) values.pasted = "yes";
    sent = new Map();
    for (const row of rows) {
      for (const field of row.querySelectorAll("input")) {
        if (isCell(field)) sent.set(field.name, field.value);
        const counts = isCell(field) ? isUnsaved(field) || field.parentElement.querySelector(".grid-whose") : true;
        if (counts && (field.type !== "radio" || field.checked)) values[field.name] = field.value;
      }
    }
    form.setAttribute("aria-busy", "true");
    htmx
      .ajax("POST", form.action, { target: form, swap: "none", values })
      .then(takeUp, () => {})
      .finally(() => {
        sent = null;
        form.removeAttribute("aria-busy");
      });
  });
  let late = [];
  form.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== form) return;
    late = [...sent].map(([name, text]) => [name, text, cellNamed(name)?.value]).filter(([, text, now]) => now !== text);
  });
  function takeUp() {
    for (const name of sent.keys()) settled.delete(name);
    for (const [name, , now] of late) cellNamed(name).value = now;
    const unsaved = unsavedCells();
    if (!unsaved.length) pasted = false;
    anchor = head = isCell(document.activeElement) ? document.activeElement : null;
    tell([]);
    refresh(unsaved);
  }

  window.addEventListener("beforeunload", (event) => {
    if (unsavedCells().length) event.preventDefault();
  });
  refresh(unsavedCells());
})();
