/* Asks before the page of a new center is left with something typed on it: no draft of it is kept. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("of-a-new-center");
  if (!form) return;
  let isTyped = "comesBack" in form.dataset;
  form.addEventListener("input", () => { isTyped = true; });
  form.addEventListener("submit", () => { isTyped = false; });
  form.querySelector("[data-gives-up]")?.addEventListener("click", () => { isTyped = false; });
  window.addEventListener("beforeunload", (event) => {
    if (isTyped) event.preventDefault();
  });
});
