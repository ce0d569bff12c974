/* The daily grid as a sheet: arrows and Enter move between cells, F2 or a second click moves inside one, Escape takes
   back what was typed in a cell, and on narrow screens only as many days are shown as fit. */
"use strict";

const Grid = {
  form: document.getElementById("grid"),
  table: document.getElementById("grid-table"),
  rows: [],
  days: [],
  shownFrom: 0,
  isEditing: false,
  textAtFocus: "",

  /* Return the row and day of a cell's input. */
  placeOf(input) {
    const row = Grid.rows.findIndex((cells) => cells.includes(input));
    return { row, day: Grid.rows[row].indexOf(input) };
  },

  /* Return how many days fit beside the names of the rows. */
  fitting() {
    const width = window.innerWidth;
    return width < 740 ? 1 : width < 1270 ? 7 : Grid.days.length;
  },

  /* Show the days from an index on; the others stay in the form, out of sight. */
  showFrom(index) {
    const fitting = Grid.fitting();
    Grid.shownFrom = Math.max(0, Math.min(index, Grid.days.length - fitting));
    for (const part of Grid.table.querySelectorAll("[data-day]")) {
      const day = Grid.days.indexOf(part.dataset.day);
      part.hidden = day < Grid.shownFrom || day >= Grid.shownFrom + fitting;
    }
    const pager = document.getElementById("day-pager");
    pager.hidden = fitting >= Grid.days.length;
    const heads = [...Grid.table.querySelectorAll("thead [data-day]")].filter((head) => !head.hidden);
    const first = [".day-number", ".day-date"].map((part) => heads[0].querySelector(part).textContent.trim()).join(", ");
    const last = heads[heads.length - 1].querySelector(".day-number").textContent.replace(/\D+/g, "");
    document.getElementById("days-shown").textContent = heads.length === 1 ? first : first + " to day " + last;
    document.getElementById("earlier").disabled = Grid.shownFrom === 0 && !document.getElementById("page-before");
    document.getElementById("later").disabled = Grid.isAtEnd() && !document.getElementById("page-after");
    Grid.tellNeeded();
  },

  isAtEnd() {
    return Grid.shownFrom + Grid.fitting() >= Grid.days.length;
  },

  /* Show the days before or after those in sight; at an end of the page lead to the page before or after it. */
  turn(direction) {
    const isOver = direction < 0 ? Grid.shownFrom === 0 : Grid.isAtEnd();
    if (isOver) document.getElementById(direction < 0 ? "page-before" : "page-after").click();
    else Grid.showFrom(Grid.shownFrom + direction * Grid.fitting());
  },

  /* Say beside a day that is alone in sight how much it still needs: on a phone its head, which counts it, is not shown. */
  tellNeeded() {
    const counts = [...Grid.table.querySelectorAll("thead [data-day]:not([hidden]) .day-needed")];
    const isTold = counts.length === 1 && !counts[0].hidden;
    document.getElementById("needed-here").textContent = isTold ? counts[0].textContent.trim() : "";
  },

  /* Bring the day of a cell into sight. */
  reveal(day) {
    if (day < Grid.shownFrom) Grid.showFrom(day);
    else if (day >= Grid.shownFrom + Grid.fitting()) Grid.showFrom(day - Grid.fitting() + 1);
  },

  /* Move from a cell over read-only ones to the next that can be typed into. */
  move(input, down, across) {
    let { row, day } = Grid.placeOf(input);
    do {
      row += down;
      day += across;
      if (!Grid.rows[row] || day < 0 || day >= Grid.days.length) return;
    } while (!Grid.rows[row][day]);
    Grid.reveal(day);
    Grid.rows[row][day].focus();
  },

  /* Move to the first or the last cell that can be typed into. */
  moveToEnd(isLast) {
    Grid.goTo(Grid.rows.flat().filter(Boolean).at(isLast ? -1 : 0));
  },

  /* Move to a cell, on whatever day it is. */
  goTo(input) {
    Grid.reveal(Grid.placeOf(input).day);
    input.focus();
  },

  /* Put a text into a cell as if it had been typed. */
  type(input, text) {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },

  onKey(event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || event.isComposing) return;
    if (event.ctrlKey && !event.shiftKey && !Grid.isEditing && (event.key === "Home" || event.key === "End")) {
      event.preventDefault();
      Grid.moveToEnd(event.key === "End");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0] };
    if (!Grid.isEditing && !event.shiftKey) Object.assign(moves, { ArrowLeft: [0, -1], ArrowRight: [0, 1] });
    if (moves[event.key]) {
      event.preventDefault();
      Grid.move(input, ...moves[event.key]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (input.value !== Grid.textAtFocus) Grid.type(input, Grid.textAtFocus);
      Grid.isEditing = false;
      input.select();
    } else if (event.key === "F2") {
      event.preventDefault();
      Grid.isEditing = true;
      input.setSelectionRange(input.value.length, input.value.length);
    }
  },

  /* Ctrl+S saves from anywhere on the page: from the reason for a change too, and not only from a cell. */
  onPageKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
    event.preventDefault();
    document.getElementById("save")?.click();
  },

  start() {
    document.documentElement.classList.add("js");
    Grid.days = [...Grid.table.querySelectorAll("thead [data-day]")].map((head) => head.dataset.day);
    for (const row of Grid.table.querySelectorAll("tr[data-label]")) {
      Grid.rows.push([...row.querySelectorAll("td")].map((cell) => cell.querySelector("input")));
    }
    Grid.table.addEventListener("keydown", Grid.onKey);
    document.addEventListener("keydown", Grid.onPageKey);
    Grid.table.addEventListener("focusin", (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      Grid.isEditing = false;
      Grid.textAtFocus = event.target.value;
      event.target.select();
    });
    Grid.table.addEventListener("mousedown", (event) => {
      if (event.target === document.activeElement) Grid.isEditing = true;
    });
    document.getElementById("earlier").addEventListener("click", () => Grid.turn(-1));
    document.getElementById("later").addEventListener("click", () => Grid.turn(1));
    window.addEventListener("resize", () => Grid.showFrom(Grid.shownFrom));
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
      const input = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (!(input instanceof HTMLInputElement)) return;
      event.preventDefault();
      if (Grid.table.contains(input)) Grid.reveal(Grid.placeOf(input).day);
      input.focus();
    });
    /* A page that came back is kept as a draft: going back to it, or reloading it, asks for it afresh. */
    if ("comesBack" in Grid.form.dataset) history.replaceState(null, "", "?start=" + Grid.form.elements.start.value);
    Grid.showFrom(Grid.fitting() < Grid.days.length ? Grid.askedFor() ?? Grid.firstWaiting() : 0);
    const summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  },

  /* Return the index of the day after infusion that the address names, such as #day-36; undefined where none is shown. */
  askedFor() {
    const day = /^#day-(\d+)$/.exec(location.hash)?.[1];
    const index = day === undefined ? -1 : day - Grid.form.elements.start.value;
    return index in Grid.days ? index : undefined;
  },

  /* Return the index of the newest day with something on it, where nothing can be typed. */
  newestRecorded() {
    const cells = (day) => [...Grid.table.querySelectorAll(`tr[data-label] td[data-day="${day}"]`)];
    const recorded = Grid.days.map((day) => cells(day).some((cell) => cell.textContent.trim()));
    return Math.max(recorded.lastIndexOf(true), 0);
  },

  /* Return the index of the day to go on with: the first with something to look at, else the first that is empty once
     the entries began, else the last one. */
  firstWaiting() {
    if (!Grid.rows.flat().some(Boolean)) return Grid.newestRecorded();
    const isMarked = (cell) => cell && cell.closest(".cell-wrong, .cell-asked");
    const marked = Grid.days.findIndex((_, day) => Grid.rows.some((cells) => isMarked(cells[day])));
    if (marked >= 0) return marked;
    const empty = Grid.days.map((_, day) => Grid.rows.every((cells) => cells[day] && !cells[day].value));
    const found = empty.indexOf(true, Math.max(empty.indexOf(false), 0));
    return found < 0 ? Grid.days.length - 1 : found;
  },
};

Grid.start();
