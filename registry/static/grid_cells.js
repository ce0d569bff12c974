/* What happens to the cells of the daily grid: the bar above that explains the cell, answers to click, blocks pasted
   from a spreadsheet, support as on the day before, and the draft kept on the server. */
"use strict";

const Cells = {
  bar: document.getElementById("cell-bar"),
  stored: JSON.parse(Grid.form.elements.base.value),
  draftTimer: 0,
  checkTimer: 0,
  isUnsaved: Grid.form.hasAttribute("data-unsaved"),
  touched: new Set(),
  pastes: JSON.parse(Grid.form.elements.pastes.value),
  hasJustPasted: false,
  isSubmitted: false,
  isSignedOut: false,
  asking: new AbortController(),

  /* Send the page as typed to an address of the registry; return its answer, or null when there is none. */
  async send(address, more) {
    const fields = new URLSearchParams(new FormData(Grid.form));
    fields.set("touched", [...Cells.touched].join(" "));
    for (const [name, text] of Object.entries(more || {})) fields.set(name, text);
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: fields,
        headers: { Accept: "application/json" },
        signal: Cells.asking.signal,
      });
      Cells.isSignedOut = answer.headers.has("X-Session-Ended");
      return (answer.ok || answer.status === 422) && !answer.redirected ? await answer.json() : null;
    } catch {
      return null;
    }
  },

  /* Let the bar, which is low while there is nothing to say, have its height on a phone; the cell stays under the finger. */
  open(cell) {
    const before = cell.getBoundingClientRect().top;
    Cells.bar.classList.add("cell-bar-open");
    window.scrollBy(0, cell.getBoundingClientRect().top - before);
  },

  explain(input) {
    const row = input.closest("tr");
    Cells.open(input);
    document.getElementById("bar-label").textContent = input.getAttribute("aria-label");
    document.getElementById("bar-help").textContent = row.dataset.help;
    Cells.say(input);
    const answers = document.getElementById("bar-answers");
    answers.replaceChildren();
    const chosen = Cells.chosen(input);
    for (const [words, text] of Cells.answers(row)) {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.textContent = words;
      button.setAttribute("aria-pressed", String(chosen.includes(text)));
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => { Cells.choose(input, text); Cells.explain(input); input.focus(); });
      answers.append(button);
    }
    const pressed = answers.querySelector('[aria-pressed="true"]');
    if (pressed) answers.scrollLeft = pressed.offsetLeft - answers.offsetLeft;
  },

  /* Say in the bar what the registry says of a cell; of a clinician's grade also what the signs come to, and why. */
  say(input) {
    const derived = Array.from(Grid.table.querySelectorAll(".derived-cell")).find((cell) => cell.dataset.beside === input.name);
    document.getElementById("bar-said").textContent = input.title;
    document.getElementById("bar-signs").textContent = derived?.title ? "By the signs: " + derived.title + "." : "";
  },

  /* Say in the bar why a derived grade is what it is: a title cannot be read on a phone. */
  explainDerived(cell) {
    Cells.open(cell);
    document.getElementById("bar-label").textContent = cell.dataset.label;
    document.getElementById("bar-signs").textContent = cell.title || "no sign of this day is answered yet";
    for (const id of ["bar-said", "bar-help"]) document.getElementById(id).textContent = "";
    document.getElementById("bar-answers").replaceChildren();
  },

  answers(row) {
    return JSON.parse(row.dataset.answers || "[]");
  },

  /* Return the answers that stand in a cell as the list has them; what is no answer of the list, as typed. */
  chosen(input) {
    const row = input.closest("tr"), written = input.value.trim();
    const parts = row.hasAttribute("data-many") ? written.split(/[;,+]/).map((part) => part.trim()) : [written];
    const known = (part) => Cells.answers(row).find((ways) => ways.some((way) => way.toLowerCase() === part.toLowerCase()));
    return parts.filter(Boolean).map((part) => known(part)?.[1] ?? part);
  },

  choose(input, text) {
    const row = input.closest("tr"), chosen = Cells.chosen(input), none = row.dataset.many;
    const others = chosen.filter((part) => part !== text && part !== none);
    if (!row.hasAttribute("data-many") || text === none) Grid.type(input, chosen.includes(text) ? "" : text);
    else Grid.type(input, (chosen.includes(text) ? others : [...others, text]).join("; "));
  },

  showTyped(input) {
    const isTyped = input.value.trim() !== Cells.storedIn(input);
    input.parentElement.classList.toggle("typed", isTyped);
    Cells.countMore(input);
  },

  /* Count the answers of a cell behind its first one: while fourteen days stand side by side they are cut off. */
  countMore(input) {
    const isMany = input.closest("tr").hasAttribute("data-many");
    const more = isMany ? Cells.chosen(input).length - 1 : 0;
    if (more > 0) input.parentElement.dataset.more = more;
    else delete input.parentElement.dataset.more;
  },

  async keepDraft() {
    if (!Cells.isUnsaved) return;
    const state = document.getElementById("draft-state");
    const answer = await Cells.send(Grid.form.dataset.draftUrl);
    if (Cells.isSubmitted) return;
    if (answer) state.textContent = answer.said || answer.saved_at && "Kept as a draft, " + answer.saved_at;
    else if (Cells.isSignedOut) state.textContent = "You were signed out. Save: what you typed stays while you sign in.";
    else state.textContent = "Not kept on the server. What you typed is still here.";
  },

  /* What is on its way to the registry comes too late once the page itself is: a draft would outlive its save. */
  leave() {
    Cells.isSubmitted = true;
    clearTimeout(Cells.draftTimer);
    Cells.asking.abort();
    Cells.asking = new AbortController();
  },

  changed(input) {
    Cells.isUnsaved = true;
    if (input.closest("td.cell")) {
      Cells.touched.add(input.name);
      Cells.showTyped(input);
      Needed.tell();
    }
    clearTimeout(Cells.draftTimer);
    Cells.draftTimer = setTimeout(Cells.keepDraft, 1500);
  },

  async paste(event) {
    const block = event.clipboardData.getData("text/plain");
    if (!(event.target instanceof HTMLInputElement) || !/[\t\n]/.test(block.trimEnd())) return;
    event.preventDefault();
    const { day } = Grid.placeOf(event.target);
    const [, form, item] = event.target.name.split(".");
    const answer = await Cells.send(Grid.form.dataset.pasteUrl, { block, paste_row: form + "." + item, paste_day: Grid.days[day] });
    if (!answer) {
      document.getElementById("block").value = block;
      document.querySelector(".grid-paste").open = true;
      Cells.tell("The registry could not be reached. The block is kept in the box “Paste a block from a spreadsheet”.", []);
      return;
    }
    const placed = Object.entries(answer.texts), before = {};
    for (const [name, text] of placed) {
      const input = document.getElementById(name);
      before[name] = input.value.trim() === Cells.storedIn(input) ? null : input.value;
      Cells.put(input, text);
    }
    if (placed.length) Cells.pastes.push(before);
    Cells.hasJustPasted = placed.length > 0;
    Said.mark(Object.fromEntries(Object.entries(answer.errors).map(([name, words]) => [name, { level: "wrong", words }])));
    Cells.tell(answer.told, answer.left_over);
    Said.check();
  },

  storedIn(input) {
    return Cells.stored[input.name] || "";
  },

  /* Put a text into a cell that nobody typed there. */
  put(input, text) {
    input.value = text;
    Cells.changed(input);
  },

  /* Put back what stood in the cells of the last pasted block. */
  takeBack() {
    const paste = Object.entries(Cells.pastes.pop()).map(([name, text]) => [document.getElementById(name), text]);
    const found = paste.filter(([input]) => input);
    for (const [input, text] of found) Cells.put(input, text ?? Cells.storedIn(input));
    Cells.hasJustPasted = false;
    if (document.activeElement.id === "take-back" && found.length) Grid.goTo(found[0][0]);
    Cells.tell("The block was taken back: its cells are as they were before.", []);
    Said.check();
  },

  /* Say beside the button that saves what became of a pasted block. */
  tell(words, leftOver) {
    document.getElementById("paste-words").textContent = words;
    const lines = leftOver.map((one) => Object.assign(document.createElement("li"), { textContent: one }));
    document.getElementById("paste-left-over").replaceChildren(...lines);
    document.getElementById("paste-left").hidden = !leftOver.length;
    document.getElementById("take-back").hidden = !Cells.pastes.length;
    Grid.form.elements.pastes.value = JSON.stringify(Cells.pastes);
  },

  /* Keep the cell that is moved to above the bar that saves, however much is said there. */
  keepAboveBar() {
    const bars = [...document.querySelectorAll(".save-bar, .save-buttons")];
    const observer = new ResizeObserver(() => {
      const height = Math.max(...bars.map((bar) => bar.offsetHeight));
      document.documentElement.style.scrollPaddingBottom = height + 16 + "px";
    });
    for (const bar of bars) observer.observe(bar);
  },

  /* Fill the empty support cells of a day as on the day before, or say that there is nothing to fill in. Only rows
     marked for it are ever copied; for the first day they hold what is stored of the day before. */
  carry(day) {
    let isFilled = false;
    for (const row of Grid.table.querySelectorAll("tr[data-carries]")) {
      const cells = Grid.rows[[...Grid.table.querySelectorAll("tr[data-label]")].indexOf(row)];
      const before = day ? cells[day - 1]?.value : row.dataset.carries;
      if (!cells[day] || cells[day].value || !before) continue;
      Grid.type(cells[day], before);
      isFilled = true;
    }
    if (isFilled) return;
    document.getElementById("bar-label").textContent = "Nothing was filled in: this day has its support, or the day before has none.";
    for (const id of ["bar-said", "bar-signs", "bar-help"]) document.getElementById(id).textContent = "";
    document.getElementById("bar-answers").replaceChildren();
  },

  start() {
    Cells.bar.hidden = false;
    const paste = document.querySelector(".grid-paste");
    if (paste && Grid.fitting() === 1) Cells.bar.before(paste);
    // A phone that is led to a day begins with what was told: with the head of the page above it, no cell is in sight.
    const top = document.querySelector(".error-summary, [data-told], .grid-head");
    if (Grid.fitting() === 1 && Grid.askedFor() >= 0) window.scrollTo(0, top.offsetTop);
    Grid.table.addEventListener("focusin", (event) => {
      if (event.target instanceof HTMLInputElement) Cells.explain(event.target);
    });
    Grid.form.addEventListener("input", (event) => {
      Cells.hasJustPasted = false;
      Cells.changed(event.target);
    });
    document.getElementById("take-back")?.addEventListener("click", (event) => {
      event.preventDefault();
      Cells.takeBack();
    });
    document.addEventListener("keydown", (event) => {
      if (!Cells.hasJustPasted || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.key !== "z") return;
      event.preventDefault();
      Cells.takeBack();
    });
    Grid.form.addEventListener("change", () => {
      clearTimeout(Cells.checkTimer);
      Cells.checkTimer = setTimeout(Said.check, 400);
    });
    Grid.table.addEventListener("paste", Cells.paste);
    Grid.table.addEventListener("click", (event) => {
      const derived = event.target instanceof Element ? event.target.closest(".derived-cell") : null;
      if (derived) Cells.explainDerived(derived);
      const button = event.target instanceof Element ? event.target.closest("[data-carry]") : null;
      if (!button) return;
      event.preventDefault();
      Cells.carry(Grid.days.indexOf(button.dataset.carry));
    });
    for (const input of Grid.table.querySelectorAll("td.cell input")) Cells.showTyped(input);
    Cells.keepAboveBar();
    Grid.form.addEventListener("submit", Cells.leave);
    window.addEventListener("pageshow", () => { Cells.isSubmitted = false; });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && !Cells.isSubmitted) Cells.keepDraft();
    });
  },
};

Cells.start();
