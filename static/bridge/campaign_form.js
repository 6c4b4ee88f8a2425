// The campaign form with script: search SKUs and add them as rows, tick doors by region, show past lifts.
// Without it every row is a plain field, and the server adds and removes rows.
"use strict";
(() => {
  const form = document.querySelector("[data-campaign-form]");
  if (!form) return;
  const body = form.querySelector("[data-lines] tbody");
  const total = form.querySelector("[name='lines-TOTAL_FORMS']");
  const template = form.querySelector("[data-row-template]");

  const field = (row, name) => row.querySelector(`[data-${name}]`);

  // Rows.
  function settle(row) {
    // A SKU that is known stands fast; its row is removed, not retyped.
    if (field(row, "name").textContent) field(row, "sku").readOnly = true;
  }
  function tidy() {
    body.closest("table").hidden = ![...body.rows].some((row) => !row.hidden);
  }
  function newRow() {
    const blank = body.querySelector("[data-blank]");
    if (blank) {
      delete blank.dataset.blank;
      return blank;
    }
    const index = Number(total.value);
    const row = template.content.firstElementChild.cloneNode(true);
    delete row.dataset.blank;
    for (const element of row.querySelectorAll("[name], [id], [value], [aria-label]")) {
      for (const attribute of ["name", "id", "value"]) {
        const text = element.getAttribute(attribute);
        if (text) element.setAttribute(attribute, text.replace("__prefix__", index));
      }
      const label = element.getAttribute("aria-label");
      if (label) element.setAttribute("aria-label", label.replace("__prefix__", index + 1));
    }
    total.value = index + 1;
    body.append(row);
    return row;
  }
  function rowOf(sku) {
    return [...body.rows].find((row) => field(row, "sku").value.toUpperCase() === sku.toUpperCase());
  }
  function addSku(item) {
    let row = rowOf(item.sku);
    if (!row) {
      row = newRow();
      field(row, "sku").value = item.sku;
      field(row, "name").textContent = item.name;
      settle(row);
      row.hidden = false;
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }
    tidy();
    field(row, "lift").focus();
  }
  function clearRow(row) {
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.readOnly = false;
      input.classList.remove("is-invalid");
    }
    for (const note of row.querySelectorAll(".invalid-feedback, .form-check")) note.remove();
    field(row, "name").textContent = "";
    row.classList.remove("has-error");
    row.dataset.blank = "";
    row.hidden = true;
    // The emptied row goes last, so that rows keep the order in which they are seen.
    body.append(row);
    tidy();
  }
  body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    clearRow(button.closest("tr"));
    search.focus();
  });

  // Sent in the order in which they are seen.
  form.addEventListener("submit", () => {
    [...body.rows].forEach((row, index) => {
      for (const input of row.querySelectorAll("[name^='lines-']")) {
        input.name = input.name.replace(/^lines-\d+-/, `lines-${index}-`);
      }
    });
  });

  for (const row of body.rows) {
    if ("blank" in row.dataset && !row.classList.contains("has-error")) row.hidden = true;
    else settle(row);
  }
  tidy();
  form.querySelector("[data-add-rows]").hidden = true;

  const holder = form.querySelector("[data-sku-add]");
  holder.hidden = false;
  const search = new TomSelect(holder.querySelector("select"), {
    valueField: "sku",
    labelField: "name",
    searchField: ["sku", "name"],
    maxItems: 1,
    loadThrottle: 200,
    closeAfterSelect: true,
    placeholder: "Name or code",
    // The server has searched: every answer is shown, in its order.
    score: () => () => 1,
    shouldLoad: (text) => text.trim().length > 0,
    load(text, found) {
      this.clearOptions();
      fetch(`${form.dataset.skuSearch}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : { items: [] }))
        .then((answer) => found(answer.items))
        .catch(() => found());
    },
    onChange(sku) {
      if (!sku) return;
      addSku(this.options[sku]);
      this.clear(true);
      this.clearOptions();
    },
    render: {
      option: (item, escape) =>
        `<div>${escape(item.name)} <span class="code quiet">${escape(item.sku)}</span></div>`,
      no_results: (data, escape) => `<div class="no-results">No SKU holds “${escape(data.input)}”.</div>`,
    },
  });

  // Doors.
  const doors = [...form.querySelectorAll("[name='doors']")];
  const count = form.querySelector("[data-door-count]");
  function showDoors() {
    const ticked = doors.filter((door) => door.checked).length;
    count.textContent = `${ticked} of ${doors.length} doors`;
    for (const group of form.querySelectorAll("[data-door-group]")) {
      const boxes = [...group.querySelectorAll("[name='doors']")];
      const button = group.querySelector("[data-toggle-group]");
      button.textContent = boxes.every((box) => box.checked) ? "None of them" : "All of them";
    }
  }
  function tick(boxes, checked) {
    for (const box of boxes) box.checked = checked;
    showDoors();
  }
  form.querySelector("[data-door-tools]").hidden = false;
  for (const button of form.querySelectorAll("[data-toggle-group]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const boxes = [...button.closest("[data-door-group]").querySelectorAll("[name='doors']")];
      tick(boxes, !boxes.every((box) => box.checked));
    });
  }
  for (const button of form.querySelectorAll("[data-check-doors]")) {
    button.addEventListener("click", () => {
      const wanted = button.dataset.checkDoors;
      if (wanted === "stores") for (const door of doors) door.checked = door.dataset.kind === "store";
      tick(wanted === "stores" ? [] : doors, wanted === "all");
    });
  }
  form.addEventListener("change", showDoors);
  showDoors();

  // What past promotions of the chosen mechanic added.
  const mechanic = form.querySelector("[name='mechanic']");
  function showPastLift() {
    for (const item of form.querySelectorAll("[data-past-lifts] > li")) {
      item.hidden = item.dataset.mechanic !== mechanic.value;
    }
  }
  mechanic.addEventListener("change", showPastLift);
  showPastLift();
})();
