// The campaign form with script: search SKUs and add them as rows, tick doors by region, show past lifts,
// and keep the lift in each row the suggested one until somebody enters another.
// Without it every row is a plain field, and the server adds and removes rows and suggests lifts.
"use strict";
(() => {
  const form = document.querySelector("[data-campaign-form]");
  if (!form) return;
  const table = form.querySelector("[data-lines]");
  const total = form.querySelector("[name='lines-TOTAL_FORMS']");
  const template = form.querySelector("[data-row-template]");

  const field = (row, name) => row.querySelector(`[data-${name}]`);
  const rows = () => [...table.tBodies];

  // Rows.
  function settle(row) {
    // A SKU that is known stands fast; its row is removed, not retyped.
    if (field(row, "name").textContent) field(row, "sku").readOnly = true;
  }
  function tidy() {
    table.hidden = rows().every((row) => row.hidden);
  }
  function newRow() {
    const blank = table.querySelector("[data-blank]");
    if (blank) {
      delete blank.dataset.blank;
      return blank;
    }
    const index = Number(total.value);
    const row = template.content.firstElementChild.cloneNode(true);
    delete row.dataset.blank;
    for (const element of row.querySelectorAll("*")) {
      for (const { name, value } of [...element.attributes]) {
        // People count from one.
        const number = name === "aria-label" ? index + 1 : index;
        if (value.includes("__prefix__")) element.setAttribute(name, value.replaceAll("__prefix__", number));
      }
    }
    total.value = index + 1;
    table.append(row);
    return row;
  }
  function rowOf(sku) {
    return rows().find((row) => field(row, "sku").value.toUpperCase() === sku.toUpperCase());
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
      suggest();
    }
    tidy();
    field(row, "lift").focus();
  }
  function clearRow(row) {
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.readOnly = false;
      input.classList.remove("is-invalid");
      delete input.dataset.typed;
    }
    for (const note of row.querySelectorAll(".invalid-feedback, .form-check")) note.remove();
    field(row, "name").textContent = "";
    field(row, "mark").hidden = true;
    field(row, "reason").hidden = true;
    forget(row);
    row.classList.remove("has-error");
    row.dataset.blank = "";
    row.hidden = true;
    // The emptied row goes last, so that rows keep the order in which they are seen.
    table.append(row);
    tidy();
  }
  table.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove], [data-use]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    if ("use" in button.dataset) {
      take(row);
      field(row, "lift").focus();
      return;
    }
    clearRow(row);
    search.focus();
  });

  // Sent in the order in which they are seen.
  form.addEventListener("submit", () => {
    rows().forEach((row, index) => {
      for (const input of row.querySelectorAll("[name^='lines-']")) {
        input.name = input.name.replace(/^lines-\d+-/, `lines-${index}-`);
      }
    });
  });

  // Suggested lifts. The server suggests; here they are filled in where nobody has entered another.
  const suggester = form.querySelector("[data-suggester]");
  const asked = "[name='mechanic'], [name='starts_on'], [name='ends_on'], [name='doors'], [data-sku], [data-discount]";
  function suggest() {
    if (rows().some((row) => field(row, "sku").value)) window.htmx?.trigger(suggester, "suggest");
  }
  function forget(row) {
    const suggestion = field(row, "suggestion");
    for (const name of Object.keys(suggestion.dataset)) if (name !== "suggestion") delete suggestion.dataset[name];
    suggestion.replaceChildren();
  }
  function say(sentence) {
    document.getElementById("suggestions-status").textContent = sentence;
  }
  const suggestedText = (row) => field(row, "suggestion").dataset[field(row, "unit").value] || "";
  function take(row) {
    const lift = field(row, "lift");
    lift.value = field(row, "filled").value = suggestedText(row);
    delete lift.dataset.typed;
    judge(row);
  }
  function follow(row) {
    if (!field(row, "sku").value) {
      forget(row);
      return;
    }
    const lift = field(row, "lift");
    const left = lift.value === "" && !("typed" in lift.dataset);
    if (left || (lift.value !== "" && lift.value === field(row, "filled").value)) take(row);
    else judge(row);
  }
  function multiplierOf(row) {
    const value = Number.parseFloat(field(row, "lift").value.replace(/[\s×x]/gi, "").replace("−", "-"));
    const baseline = Number(field(row, "suggestion").dataset.baseline);
    switch (field(row, "unit").value) {
      case "percent":
        return 1 + value / 100;
      case "multiplier":
        return value;
      default:
        return baseline ? 1 + value / baseline : Number.NaN;
    }
  }
  function judge(row) {
    // Whether the lift is the suggested one, or so far from it that the server will ask why.
    const { p50, tolerance } = field(row, "suggestion").dataset;
    const text = suggestedText(row);
    const isSuggested = text !== "" && field(row, "lift").value === text;
    field(row, "mark").hidden = !isSuggested;
    const use = field(row, "use");
    if (use) use.hidden = isSuggested || text === "";
    const difference = Math.abs(multiplierOf(row) - p50);
    const reason = field(row, "reason");
    const isAsked = !isSuggested && (difference > tolerance * p50 || reason.querySelector(".is-invalid") !== null);
    if (isAsked && reason.hidden) say("This lift differs from the suggested one: say why in the field below it.");
    reason.hidden = !isAsked;
  }
  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-row]");
    if (event.target.matches(asked)) suggest();
    if (event.target.matches("[data-lift]")) {
      event.target.dataset.typed = "";
      judge(row);
    }
    if (event.target.matches("[data-unit]")) follow(row);
  });
  // Nothing moves under what is pressed: the answer is left, and asked for again after the click.
  suggester.addEventListener("htmx:beforeSwap", (event) => {
    if (!window.bridge.isPressed()) return;
    event.detail.shouldSwap = false;
    window.bridge.released().then(suggest);
  });
  suggester.addEventListener("htmx:afterRequest", () => rows().forEach(follow));

  for (const row of rows()) {
    if ("blank" in row.dataset && !row.classList.contains("has-error")) row.hidden = true;
    else settle(row);
    follow(row);
  }
  tidy();
  form.querySelector("[data-add-rows]").hidden = true;
  form.querySelector("[data-suggest]").hidden = true;

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
      // It would go on pointing at an option that is no longer there.
      this.control_input.removeAttribute("aria-activedescendant");
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
    suggest();
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
