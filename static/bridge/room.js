// The room: the time on a point runs, and what is being typed stays where the meeting moves on.
"use strict";
(() => {
  // By the server's seconds and this machine's clock since they came, which may be wrong by itself.
  let counted = "";
  let countedAt = 0;

  function runTimer() {
    const timer = document.querySelector(".room-timer");
    if (!timer) return;
    const given = `${timer.dataset.since} ${timer.dataset.seconds}`;
    if (given !== counted) {
      counted = given;
      countedAt = Date.now();
    }
    const seconds = Number(timer.dataset.seconds) + Math.max(0, Math.floor((Date.now() - countedAt) / 1000));
    const minutes = Math.floor(seconds / 60);
    timer.querySelector("[data-time]").textContent = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
    timer.classList.toggle("is-over", seconds > 60 * Number(timer.dataset.planned));
  }

  function isTyped(forms) {
    const fields = [...forms.querySelectorAll("textarea, input:not([type=hidden])")];
    const chosen = [...forms.querySelectorAll("select")].some(
      (field) => !field.options[field.selectedIndex]?.defaultSelected && field.selectedIndex > 0,
    );
    return chosen || fields.some((field) => field.value !== field.defaultValue);
  }

  // The forms are of the point that is up, unless somebody is in the middle of one.
  function follow() {
    const room = document.getElementById("room");
    const forms = document.getElementById("room-forms");
    if (!room || !forms) return;
    const isBehind = room.dataset.point !== forms.dataset.point;
    const typed = isTyped(forms);
    forms.querySelector("[data-moved-on]").hidden = !(isBehind && typed);
    if (isBehind && !typed) fetchForms(forms);
  }

  function fetchForms(forms) {
    window.htmx.ajax("GET", forms.dataset.source, { target: "#room-forms", swap: "morph:outerHTML" });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-follow]")) return;
    const forms = document.getElementById("room-forms");
    for (const form of forms.querySelectorAll("form")) form.reset();
    fetchForms(forms);
  });

  // Somebody who began to type while the forms of the next point were on their way keeps those they type in.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const forms = event.detail.target;
    if (forms.id !== "room-forms" || !isTyped(forms)) return;
    event.detail.shouldSwap = false;
    follow();
  });

  // A form that was refused or sent keeps its place in the page: whoever typed goes on there.
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "room") follow();
    runTimer();
  });

  // The meeting is over: on to its minutes, but not over what somebody is still writing.
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    const forms = document.getElementById("room-forms");
    const url = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (!url || !forms || url !== forms.dataset.after || !isTyped(forms)) return;
    event.preventDefault();
    forms.querySelector("[data-moved-on]").hidden = true;
    forms.querySelector("[data-over]").hidden = false;
  });

  setInterval(runTimer, 1000);
  runTimer();
})();
