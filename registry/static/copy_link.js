/* Puts the text of an element into the clipboard; the button is shown where a browser allows that. */
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text.textContent.trim()).then(
      () => { button.textContent = "Copied"; },
      () => getSelection().selectAllChildren(text),
    );
  });
}
