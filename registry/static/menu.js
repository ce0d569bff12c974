/* Brings the part of the menu that the page belongs to into sight, where the menu is wider than a phone. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const here = document.querySelector(".menu [aria-current]");
  if (!here) return;
  const menu = here.closest("ul");
  menu.scrollLeft = here.offsetLeft - menu.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
});
