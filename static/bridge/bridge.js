// Small behaviour of the frame. Every page also works without it; htmx brings what is live.
"use strict";
(() => {
  const TICK_MILLISECONDS = 500;
  const TOAST_MILLISECONDS = 8000;
  const root = document.documentElement;

  // Theme: auto, light or dark.
  function storedTheme() {
    try {
      return localStorage.getItem("bridge-theme") || "auto";
    } catch {
      return "auto";
    }
  }
  function showTheme(theme) {
    if (theme === "auto") delete root.dataset.bsTheme;
    else root.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  }
  function chooseTheme(theme) {
    try {
      if (theme === "auto") localStorage.removeItem("bridge-theme");
      else localStorage.setItem("bridge-theme", theme);
    } catch {
      // The choice then holds for this page only.
    }
    showTheme(theme);
  }
  for (const group of document.querySelectorAll("[data-theme-switch]")) group.hidden = false;
  showTheme(storedTheme());

  // A stopped alert in words: what the server or the line could not do.
  function toast(text, tone) {
    const template = document.getElementById("toast-template");
    const holder = document.getElementById("toasts");
    if (!template || !holder) return;
    const note = template.content.firstElementChild.cloneNode(true);
    note.classList.add(`note-${tone}`);
    note.querySelector("[data-text]").textContent = text;
    holder.replaceChildren(note);
  }
  function retire(note) {
    // An error stays until it is closed; what is being read or pointed at stays too.
    if (note.classList.contains("note-error") || note.dataset.retiring) return;
    note.dataset.retiring = "yes";
    setTimeout(function leave() {
      if (note.matches(":hover, :focus-within")) setTimeout(leave, TOAST_MILLISECONDS);
      else note.remove();
    }, TOAST_MILLISECONDS);
  }
  function retireToasts() {
    for (const note of document.querySelectorAll("#toasts .note")) retire(note);
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest(
      "[data-theme-choice], [data-opens], [data-closes], [data-dismiss], [data-copy], [data-print]",
    );
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (!target) return;
    if (target.dataset.themeChoice) chooseTheme(target.dataset.themeChoice);
    if (target.dataset.opens) {
      const dialog = document.getElementById(target.dataset.opens);
      if (dialog) {
        event.preventDefault();
        dialog.showModal();
      }
    }
    if ("closes" in target.dataset) target.closest("dialog")?.close();
    if ("dismiss" in target.dataset) target.closest(".note")?.remove();
    if ("print" in target.dataset) window.print();
    if (target.dataset.copy) {
      navigator.clipboard?.writeText(target.dataset.copy).then(() => toast(`Copied ${target.dataset.copy}`, "success"));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  // A form is sent once: the pressed button rests until the answer is there.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Leave the page with unsaved input only on purpose: while any form has words that were not sent.
  const begun = new Set();
  let sending = null;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) begun.add(form);
    if (form === sending) sending = null;
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sending = event.target;
  });
  window.addEventListener("pageshow", () => (sending = null));
  window.addEventListener("beforeunload", (event) => {
    // What htmx sends comes back in place: empty again, or with what was refused.
    const isUnsent = (form) => form.isConnected && form !== sending && (!form.matches("[hx-post]") || isTyped(form));
    if (![...begun].some(isUnsent)) return;
    event.preventDefault();
    // Whoever stays may send the other form again.
    setTimeout(() => {
      delete sending?.dataset.sent;
      sending = null;
    });
  });

  // Whether forms hold anything that the server has not taken: typed since they came, or refused by it.
  function isTyped(part) {
    if (part.matches("[data-refused]") || part.querySelector("[data-refused]")) return true;
    const isChanged = (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked;
    const isChosen = (field) => field.selectedIndex > 0 && !field.options[field.selectedIndex].defaultSelected;
    return (
      [...part.querySelectorAll("textarea, input:not([type=hidden])")].some(isChanged) ||
      [...part.querySelectorAll("select")].some(isChosen)
    );
  }
  window.bridge = { isTyped, isPressed: () => isPressed, released };

  // What is pressed stays where it is until it is let go: where the page moves in between, the click is lost.
  let isPressed = false;
  const waiting = [];
  function letGo() {
    // The click comes first.
    setTimeout(() => {
      isPressed = false;
      for (const go of waiting.splice(0)) go();
    });
  }
  function released() {
    return isPressed ? new Promise((go) => waiting.push(go)) : Promise.resolve();
  }
  window.addEventListener("pointerdown", (event) => {
    const opensList = event.target instanceof HTMLSelectElement;
    if (event.isPrimary && event.button === 0 && !opensList) isPressed = true;
  });
  for (const kind of ["pointerup", "pointercancel", "blur"]) window.addEventListener(kind, letGo);
  // The list of a select and the bar of a scroller keep the end of a press to themselves.
  window.addEventListener("pointermove", (event) => {
    if (isPressed && event.buttons === 0) letGo();
  });

  // Polls hang on this event, so that they run only while the page can be seen and nothing in it is pressed.
  function tick() {
    if (document.visibilityState === "visible" && !isPressed) window.htmx?.trigger(document.body, "bridge:tick");
  }
  // An answer that comes while something is pressed is left; the next tick asks again.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (isPressed && event.detail.requestConfig.triggeringEvent?.type === "bridge:tick") event.detail.shouldSwap = false;
  });
  setInterval(tick, TICK_MILLISECONDS);
  document.addEventListener("visibilitychange", tick);

  // What a reader has unfolded stays so when its page is renewed.
  if (window.Idiomorph) {
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node, kind) =>
      !(name === "open" && kind === "remove" && node.matches("details"));
  }

  let offline = false;
  document.body.addEventListener("htmx:afterSwap", retireToasts);
  document.body.addEventListener("htmx:afterOnLoad", () => {
    if (offline) document.getElementById("toasts").replaceChildren();
    offline = false;
  });
  document.body.addEventListener("htmx:sendError", () => {
    if (!offline) toast("No connection. This page will go on when it is back.", "error");
    offline = true;
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const sentences = {
      403: "You may not do this, or the page has expired. Reload it and try again.",
      404: "This is no longer there. Reload the page.",
      409: "Someone else was faster. Reload the page to see what they did.",
    };
    toast(sentences[event.detail.xhr.status] || "The server could not answer. Nothing was changed.", "error");
  });
  retireToasts();
})();
