/* A field for a day or a moment: text as 2026-03-05, with the browser's calendar beside it. Without it one types. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const picker of document.querySelectorAll(".picker")) connectPicker(picker.parentElement.querySelector("input"), picker);
});

/* The calendar writes into the text field; digits without marks become a date. */
function connectPicker(input, picker) {
  picker.hidden = false;
  picker.addEventListener("focus", () => { picker.value = input.value.trim().replace(" ", "T"); });
  picker.addEventListener("change", () => {
    if (!picker.value) return;
    input.value = picker.value.replace("T", " ").slice(0, 16);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.addEventListener("change", () => {
    const digits = /^(\d{4})(\d\d)(\d\d)(?:[ T]?(\d\d):?(\d\d))?$/.exec(input.value.trim());
    if (!digits) return;
    const [, year, month, day, hour, minute] = digits;
    input.value = `${year}-${month}-${day}` + (hour ? ` ${hour}:${minute}` : "");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
