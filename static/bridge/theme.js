// Runs before the first paint: applies a stored choice of theme, so that nothing flashes.
// Without a choice (or without this script) the style sheet follows the system.
"use strict";
(() => {
  try {
    const theme = localStorage.getItem("bridge-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.bsTheme = theme;
  } catch {
    // Storage may be closed to us (private windows); then the system decides.
  }
})();
