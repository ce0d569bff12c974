/* What the registry says of the daily grid while it is typed: grades by the signs, flows taken apart, marks in words. */
"use strict";

const Said = {
  /* Show what the signs of each day come to, as the registry says. */
  grade(grades) {
    for (const cell of Grid.table.querySelectorAll("[data-grade]")) {
      const said = grades[cell.dataset.grade];
      cell.textContent = said ? said.text : "";
      cell.title = said ? said.words : "";
    }
  },

  /* Mark cells in words, as the registry says; earlier marks that no longer hold go away. */
  mark(marks) {
    const said = document.getElementById("live-marks");
    said.replaceChildren();
    for (const input of Grid.table.querySelectorAll("td.cell input")) {
      const mark = marks[input.name];
      input.parentElement.classList.remove("cell-wrong", "cell-asked", "cell-unusual");
      for (const name of ["aria-invalid", "aria-describedby", "title"]) input.removeAttribute(name);
      if (!mark) continue;
      const words = document.createElement("li");
      words.id = "live-" + input.name;
      words.textContent = input.getAttribute("aria-label") + ": " + mark.words;
      said.append(words);
      input.parentElement.classList.add("cell-" + mark.level);
      input.title = mark.words;
      input.setAttribute("aria-describedby", words.id);
      if (mark.level === "wrong") input.setAttribute("aria-invalid", "true");
    }
    Needed.tell();
    const current = document.activeElement;
    if (current instanceof HTMLInputElement && Grid.table.contains(current)) {
      Cells.say(current);
    }
  },

  async check() {
    const answer = await Cells.send(Grid.form.dataset.checkUrl);
    if (!answer) return;
    Said.takeApart(Object.entries(answer.apart));
    Said.grade(answer.grades);
    Needed.put(answer.needed);
    Said.mark(answer.marks);
  },

  /* Put a flow written beside its device, such as 2L NC, into its own cell, unless anything was typed there meanwhile. */
  takeApart(cells) {
    const found = cells.map(([name, [was, now]]) => ({ input: document.getElementById(name), was, now }));
    if (found.some(({ input, was }) => !input || input.value.trim() !== was)) return;
    for (const { input, now } of found) {
      Cells.put(input, now);
      if (input === document.activeElement) input.select();
    }
  },
};
