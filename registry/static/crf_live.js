/* Asks the server, a moment after the last key, what a save would say of the page as typed: derived values, grades,
   findings. The server's one judge answers in pieces of the page; nothing is decided here. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("crf");
  if (!form || !form.dataset.saidUrl) return;
  const pause = 350;
  let timer = null;
  let asking = null;

  const ask = async () => {
    timer = null;
    asking?.abort();
    const mine = asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.saidUrl, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-CSRFToken": form.elements.csrf_token.value },
        signal: mine.signal,
        redirect: "error",
      });
      if (answer.ok) show(form, await answer.json());
    } catch (error) {
      // Without an answer the page stays as it is: everything is said again when it is saved.
    }
  };

  const typed = (event) => {
    if (event.target.name.startsWith("_")) return;
    withdraw(event.target.closest("[data-item]"));
    if (event.isTrusted) event.target.closest("[data-item]")?.querySelector(".taken")?.remove();
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", () => { clearTimeout(timer); asking?.abort(); });
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".convert");
    if (!button) return;
    const wanted = "allRecorded" in button.dataset ? form.querySelectorAll("[data-recorded]") : [button];
    wanted.forEach((one) => convert(form, one.dataset));
    answered(button.closest(".confirm-one"));
  });
  /* What was answered before the page opened, such as the course of an order, may say more of it. */
  if ("comesBack" in form.dataset || "begun" in form.dataset) ask();
});

/* Put what the server says beside the items it is about; what it no longer says goes away. */
function show(form, said) {
  const focused = form.contains(document.activeElement) ? document.activeElement : form;
  const standStill = hold(focused);
  for (const place of form.querySelectorAll("[data-live]")) {
    const html = said.items[place.dataset.live] ?? "";
    if (html) withdraw(place.closest("[data-item]"));
    if (place.dataset.shown !== html) { place.innerHTML = html; place.dataset.shown = html; }
  }
  for (const place of form.querySelectorAll("[data-beside]")) {
    const html = said.beside[place.dataset.beside] ?? "";
    if (place.dataset.shown !== html) { place.innerHTML = html; place.dataset.shown = html; }
  }
  for (const place of form.querySelectorAll("[data-derived]")) {
    const text = said.derived[place.dataset.derived];
    place.textContent = text ?? "cannot be told yet";
    place.classList.toggle("quiet", text === undefined);
  }
  const list = document.getElementById("verdicts");
  if (list.innerHTML !== said.verdicts) list.innerHTML = said.verdicts;
  list.closest("section").classList.toggle("nothing-said", !said.verdicts.trim());
  standStill();
  uncover(form, focused);
}

/* Take away what was said of an item when the page was refused: what holds of it now is said again below the field. */
function withdraw(box) {
  box?.classList.remove("field-wrong");
  box?.querySelector(".wrong")?.remove();
  box?.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
}

/* Return what puts an element back where it was on the screen, whatever appeared above it. Not every browser does. */
function hold(element) {
  const root = document.documentElement;
  const before = element.getBoundingClientRect().top;
  root.style.overflowAnchor = "none";
  return () => {
    window.scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
    requestAnimationFrame(() => { root.style.overflowAnchor = ""; });
  };
}

/* Scroll just so far that what is said of the item being typed is not hidden behind the bar that stays in view. */
function uncover(form, element) {
  const said = element.closest("[data-item]")?.querySelector("[data-live] .said:last-of-type");
  if (!said) return;
  const hidden = said.getBoundingClientRect().bottom - form.querySelector(".save-bar").getBoundingClientRect().top;
  const room = element.getBoundingClientRect().top - 8;
  if (hidden > 0 && room > 0) window.scrollBy({ top: Math.min(hidden + 8, room), behavior: "instant" });
}

/* Take over the value that is suggested: a number into the field, its unit into the list beside it; a time as it is; of
   answers to choose from those that are meant. */
function convert(form, wanted) {
  const box = form.querySelector(`[data-item="${wanted.item}"]:not(button)`);
  const before = [...box.querySelectorAll(".answer :is(input, select, textarea)")].map((one) => [one, one.value, one.checked]);
  const named = [...box.querySelectorAll(`[name="${wanted.item}"]`)];
  const codes = named[0].type === "checkbox" ? wanted.text.split(";") : [wanted.text];
  const choices = named.filter((one) => ["radio", "checkbox"].includes(one.type) && codes.includes(one.value));
  const input = choices[0] ?? named[0];
  const units = box.querySelector("select.unit");
  const [number, ...rest] = wanted.text.split(" ");
  const option = units && Array.from(units.options).find((known) => known.value === rest.join(" "));
  if (option) units.value = option.value;
  if (choices.length) for (const one of named) one.checked = choices.includes(one);
  else input.value = box.dataset.kind === "moment" || (units && !option) ? wanted.text : number;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  // In a closed fold nothing can be focused: whoever goes by keyboard would begin again at the top of the page.
  const fold = box.closest("details");
  if (fold) fold.open = true;
  input.focus();
  if ("recorded" in wanted) offerUndo(box, input, before);
}

/* Say beside an item that its answer was taken over, with the way back, until somebody types there. */
function offerUndo(box, input, before) {
  box.querySelector(".taken")?.remove();
  const undo = Object.assign(document.createElement("button"), { type: "button", className: "undo", textContent: "Undo" });
  undo.setAttribute("aria-label", "Undo: " + box.dataset.label);
  const taken = Object.assign(document.createElement("div"), { className: "said said-taken taken" });
  taken.append("Taken over from the record. ", undo);
  undo.addEventListener("click", () => {
    for (const [one, value, checked] of before) { one.value = value; one.checked = checked; }
    taken.remove();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
  box.querySelector("[data-live]").before(taken);
}

/* Take away a question that was asked before saving and is settled now; with the last one goes the whole box. */
function answered(question) {
  const box = question?.closest(".confirm");
  question?.remove();
  if (box && !box.querySelector(".confirm-one")) box.remove();
}
