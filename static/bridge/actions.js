// Actions: several chosen at once, and what one waits for searched. Without it both are plain fields.
"use strict";
(() => {
  for (const select of document.querySelectorAll("select[data-searched]")) {
    new TomSelect(select, {
      plugins: { remove_button: { title: "Leave it out" } },
      maxOptions: null,
      closeAfterSelect: true,
      hideSelected: true,
      placeholder: "Words of an action, or its owner",
      render: {
        no_results: (data, escape) => `<div class="no-results">No open action holds “${escape(data.input)}”.</div>`,
      },
    });
  }

  const form = document.querySelector("form[data-bulk]");
  const all = form?.querySelector("[data-choose-all]");
  if (!all) return;
  const boxes = [...form.querySelectorAll("[name='actions']")];
  const count = form.querySelector("[data-chosen-count]");
  function show() {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    count.textContent = chosen ? `(${chosen})` : "";
  }
  all.closest("label").hidden = boxes.length === 0;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "actions") show();
  });
  show();
})();
