// Counts and adds up the planned orders that are ticked, in the words of the page's formats.
"use strict";
(() => {
  const whole = (number) => Math.round(number).toLocaleString("en-GB");

  function tell() {
    const form = document.getElementById("chosen-form");
    const note = form?.querySelector("[data-chosen]");
    if (!note) return;
    note.dataset.invitation ??= note.textContent;
    const all = form.elements.all_shown;
    const ticked = all.checked ? [all] : [...form.querySelectorAll("[name=line]:checked")];
    const sum = (name) => ticked.reduce((total, box) => total + Number(box.dataset[name] ?? 1), 0);
    const orders = sum("orders");
    note.textContent = orders
      ? `${whole(orders)} planned order${orders > 1 ? "s" : ""} chosen: ${whole(sum("units"))} units, ${note.dataset.currency}${whole(sum("cost"))} at cost.`
      : note.dataset.invitation;
  }

  document.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
})();
