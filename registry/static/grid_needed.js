/* What a recorded day still needs, cell by cell: the word stands in a cell while it is empty, and its day counts it. */
"use strict";

const Needed = {
  words: Grid.table.dataset.needed,
  id: "still-needed",

  /* Take over from the registry which cells are needed: an answer may ask for others, or no longer. */
  put(cells) {
    for (const input of Grid.table.querySelectorAll("td.cell input")) {
      const isNeeded = cells.includes(input.name);
      input.parentElement.classList.toggle("cell-needed", isNeeded);
      input.placeholder = isNeeded ? Needed.words : "";
    }
  },

  /* Tell of each cell, while it is empty, that it is needed, and count what is left of each day. */
  tell() {
    const left = {};
    for (const cell of Grid.table.querySelectorAll("td.cell-needed")) {
      const input = cell.querySelector("input");
      const isLeft = !input || !input.value.trim();
      if (input) Needed.describe(input, isLeft);
      if (isLeft) left[cell.dataset.day] = (left[cell.dataset.day] || 0) + 1;
    }
    for (const head of Grid.table.querySelectorAll("thead [data-day]")) {
      const count = left[head.dataset.day] || 0;
      head.querySelector(".needed-number").textContent = count;
      head.querySelector(".day-needed").hidden = !count;
    }
    Grid.tellNeeded();
  },

  /* Add to what describes a cell, or take from it, that it is needed. */
  describe(input, isLeft) {
    const ids = (input.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== Needed.id);
    if (isLeft) ids.push(Needed.id);
    if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
    else input.removeAttribute("aria-describedby");
  },
};
