// The rows of the editing grid: numbers in words, the rows that come as numbers, and what opens below one.
"use strict";
const gridRows = (() => {
  const MINUS = "\u2212";
  const SHOWN_UNITS = 0.05; // A smaller difference is rounding.
  // Made once: a page may have 25,000 numbers.
  const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
  const TENTHS = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

  // Units as the server writes them: one decimal below ten, thousands parted by commas.
  function unitsText(units) {
    const format = Number.isInteger(units) || Math.abs(units) >= 10 ? WHOLE : TENTHS;
    const text = format.format(Math.abs(units));
    return units < 0 && Number(text) !== 0 ? MINUS + text : text;
  }
  function differenceText(units) {
    if (Math.abs(units) < SHOWN_UNITS) return "";
    return (units > 0 ? "+" : "") + unitsText(units);
  }
  const numbers = (text) => text.split(" ").map(Number);
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  function showSum(cell, units, start) {
    cell.querySelector("span").textContent = unitsText(units);
    cell.querySelector("b").textContent = differenceText(units - start);
  }

  const table = document.querySelector(".grid-table");
  function addressOf(changes) {
    const query = new URLSearchParams(table.dataset.query);
    for (const [name, value] of changes) query.set(name, value);
    return `?${query}`;
  }

  // Rows beyond the first ones come as numbers, and are made after the model of their kind.
  function made(row, facts) {
    const [edited, ...layers] = row.rows;
    row.id = `row-${facts.ident}`;
    row.dataset.key = facts.key;
    row.dataset.now = facts.now.join(" ");
    row.dataset.start = facts.start.join(" ");
    showHead(row, edited, facts);
    if (edited.querySelector("[data-sum]")) showNumbers(edited, facts);
    layers.forEach((line, place) => showLayer(line, facts.layers[place], facts.start));
    return row;
  }
  function showHead(row, edited, facts) {
    const name = edited.querySelector("th > span");
    name.id = `name-${facts.ident}`;
    row.setAttribute("aria-labelledby", name.id);
    if (facts.opens.length) {
      name.firstElementChild.textContent = facts.label;
      name.firstElementChild.href = addressOf(facts.opens);
    } else {
      name.textContent = facts.label;
    }
    edited.querySelector(".code").textContent = facts.code;
    const opener = edited.querySelector("[data-layers]");
    if (opener) {
      opener.href = opener.pathname + addressOf([["row", facts.key]]);
      opener.setAttribute("aria-label", `${opener.textContent} of ${facts.label}`);
    }
    const seen = edited.querySelector("input[type=hidden]");
    if (seen) {
      seen.name = `seen-${facts.key}`;
      seen.value = row.dataset.now;
    }
  }
  function showNumbers(edited, facts) {
    const cells = [...edited.cells].slice(1);
    facts.now.forEach((units, month) => {
      const input = cells[month].querySelector("input");
      if (input) {
        input.name = `units-${month}-${facts.key}`;
        input.setAttribute("value", unitsText(units));
        input.setAttribute("aria-labelledby", `name-${facts.ident} m${month}`);
      } else {
        cells[month].firstChild.data = unitsText(units);
      }
      cells[month].querySelector("small").firstChild.data = `${unitsText(facts.start[month])} `;
      cells[month].querySelector("b").textContent = differenceText(units - facts.start[month]);
    });
    cells[6].querySelector("small").firstChild.data = `${unitsText(total(facts.start))} `;
    showSum(cells[6], total(facts.now), total(facts.start));
    cells[7].firstChild.data = facts.price;
    cells[7].querySelector("small").textContent = facts.cost;
  }
  function showLayer(line, units, start) {
    const cells = line.querySelectorAll("td");
    const isEntered = line.matches(".is-entered");
    const begun = [...start, total(start)];
    [...units, total(units)].forEach((number, column) => {
      cells[column].textContent = unitsText(number);
      if (isEntered && Math.abs(number - begun[column]) >= SHOWN_UNITS) cells[column].className = "is-moved";
    });
  }
  const more = document.getElementById("grid-more");
  if (more) {
    const models = document.getElementById("grid-models").content.querySelectorAll("tbody");
    const rows = JSON.parse(more.textContent);
    table.tFoot.before(...rows.map((facts) => made(document.importNode(models[facts.model], true), facts)));
  }

  // All layers of a row and who changed it, opened below it.
  table?.addEventListener("click", (event) => {
    const link = event.target.closest("[data-layers]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const row = link.closest("tbody");
    const opened = row.querySelector(".layers-row");
    link.setAttribute("aria-expanded", String(!opened));
    if (opened) opened.remove();
    else htmx.ajax("GET", link.href, { target: row, swap: "beforeend" });
  });

  return { numbers, total, differenceText, showSum };
})();
