// The room: the time on a point runs, and what is being typed stays where the meeting moves on.
"use strict";
(() => {
  function runTimer() {
    const timer = document.querySelector(".room-timer[data-since]");
    const shown = timer?.querySelector("[data-time]");
    if (!shown) return;
    const here = (Date.now() - Date.parse(timer.dataset.since)) / 1000;
    const seconds = Math.max(0, Math.round(Number(timer.dataset.spent) + (here || 0)));
    shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    timer.classList.toggle("is-over", seconds > 60 * Number(timer.dataset.planned));
  }

  function isTyped(forms) {
    return [...forms.querySelectorAll("textarea, input:not([type=hidden])")].some(
      (field) => field.type !== "checkbox" && field.value !== field.defaultValue,
    );
  }

  function follow() {
    const room = document.getElementById("room");
    const forms = document.getElementById("room-forms");
    if (!room || !forms || room.dataset.point === forms.dataset.point) return;
    if (isTyped(forms)) {
      const note = forms.querySelector("[data-moved-on]");
      if (note) note.hidden = false;
    } else {
      window.htmx.ajax("GET", forms.dataset.source, { target: "#room-forms", swap: "outerHTML" });
    }
  }

  setInterval(runTimer, 1000);
  document.addEventListener("DOMContentLoaded", runTimer);
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "room" || document.getElementById("room")) follow();
    runTimer();
  });
})();
