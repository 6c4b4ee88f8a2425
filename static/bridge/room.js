// The room: the time on a point runs, and what is being typed stays where the meeting moves on.
"use strict";
(() => {
  // A browser wakes a page that has been hidden for five minutes once a minute; the server waits for longer.
  const HIDDEN_MILLISECONDS = 10_000;
  const { isTyped } = window.bridge;

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

  // The forms are of the point that is up, unless somebody is in the middle of one; and the notes, as long as
  // nobody types in them, are those that others have written.
  function follow() {
    const room = document.getElementById("room");
    const forms = document.getElementById("room-forms");
    if (!room || !forms) return;
    const isBehind = room.dataset.point !== forms.dataset.point;
    const typed = isTyped(forms);
    forms.querySelector("[data-moved-on]").hidden = !(isBehind && typed);
    if (isBehind && !typed) renew(forms);
    const notes = document.getElementById("room-notes");
    if (isBehind || !notes || isTyped(notes)) return;
    if (notes.elements.seen.value !== room.dataset.notes) renew(notes);
  }

  // A long agenda scrolls by itself, so that the point that is up is in sight, also on a wall.
  let shown = "";
  function showPlace() {
    const { point } = document.getElementById("room").dataset;
    const agenda = document.getElementById("room-agenda");
    const place = agenda.querySelector("[aria-current]");
    if (point === shown || !place) return;
    shown = point;
    agenda.scrollTop += place.getBoundingClientRect().top - agenda.getBoundingClientRect().top - agenda.clientHeight / 3;
  }

  function renew(part) {
    const { source } = document.getElementById("room-forms").dataset;
    return window.htmx.ajax("GET", source, { target: part, select: `#${part.id}`, swap: "morph:outerHTML" });
  }

  let lettingGo = false;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-follow]")) return;
    const forms = document.getElementById("room-forms");
    lettingGo = true;
    renew(forms)
      .then(() => forms.focus(), () => {})
      .finally(() => (lettingGo = false));
  });

  // Somebody who began to type while the forms of the next point were on their way keeps those they type in.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, serverResponse } = event.detail;
    if (target.id === "room-notes") {
      const { point } = document.getElementById("room-forms").dataset;
      event.detail.shouldSwap = !isTyped(target) && serverResponse.includes(`data-point="${point}"`);
    }
    if (target.id !== "room-forms" || lettingGo || !isTyped(target)) return;
    event.detail.shouldSwap = false;
    follow();
  });

  // Whoever has the meeting move on is led to the point that is up then; what was pressed may be gone.
  function lead() {
    if (!document.getElementById("room-forms")?.contains(document.activeElement)) {
      document.getElementById("up-title").focus();
    }
  }

  // A form that was refused or sent keeps its place in the page: whoever typed goes on there.
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "room") {
      follow();
      showPlace();
      if (event.detail.requestConfig?.elt.matches("[data-moves]")) lead();
    }
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

  // Who looks at something else in another tab is still here, and says so.
  setInterval(() => {
    if (document.visibilityState === "hidden") window.htmx.trigger("#room", "room:hidden");
  }, HIDDEN_MILLISECONDS);
  setInterval(runTimer, 1000);
  runTimer();
  showPlace();
})();
