/* Asks before a page of the site is left with something typed on it: no draft of it is kept. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("of-the-site");
  if (!form) return;
  let isTyped = "comesBack" in form.dataset;
  form.addEventListener("input", () => { isTyped = true; });
  form.addEventListener("submit", () => { isTyped = false; });
  form.querySelector("[data-gives-up]")?.addEventListener("click", () => { isTyped = false; });
  window.addEventListener("beforeunload", (event) => {
    if (isTyped) event.preventDefault();
  });
});
