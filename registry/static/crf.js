/* A case report form while it is filled in: asks what the answers call for, says what a save would clear, helps the
   hands. Without it the page works the same; the server decides everything again. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("crf");
  const summary = document.querySelector(".error-summary[tabindex], .confirm[tabindex]");
  if (summary) summary.focus();
  if (!form) return;
  /* A page that came back is kept as a draft: going back to it, or reloading it, asks for it afresh. */
  if ("comesBack" in form.dataset) history.replaceState(null, "", location.href);
  const items = Array.from(form.querySelectorAll("[data-item]")).map(describe).sort((a, b) => a.order - b.order);
  items.forEach(connect);
  const refresh = () => { ask(form, items); };
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("submit", (event) => refuseTooLong(event, items));
  document.addEventListener("keydown", (event) => keys(event, form));
  form.addEventListener("keydown", (event) => goOn(event, items));
  openWhereLinked();
  window.addEventListener("hashchange", openWhereLinked);
  refresh();
});

function describe(box) {
  const given = box.dataset;
  return {
    box,
    name: given.item,
    kind: given.kind,
    label: given.label,
    order: Number(given.order),
    condition: given.askIf ? JSON.parse(given.askIf) : null,
    decimals: Number(given.decimals ?? 0),
    digits: Number(given.digits ?? 0),
    partial: "partial" in given,
    none: given.none ?? "",
    maxLength: Number(given.maxLength ?? 0),
    inputs: Array.from(box.querySelectorAll(`[name="${given.item}"]`)),
    missing: box.querySelector(".missing"),
  };
}

/* Return the answer of an item as the server will read it; null for none, or for what it cannot read. */
function answerOf(item) {
  if (item.missing && item.missing.value) return null;
  const picked = item.inputs.filter((input) => input.checked).map((input) => input.value);
  const text = item.inputs.length ? item.inputs[0].value : "";
  if (item.kind === "yes_no") return picked.length ? picked[0] === "yes" : null;
  if (item.inputs[0]?.type === "checkbox") {
    const contradicts = item.none && picked.includes(item.none) && picked.length > 1;
    return picked.length && !contradicts ? picked : null;
  }
  if (item.inputs[0]?.type === "radio") return picked[0] ?? null;
  if (!text.trim()) return null;
  if (item.kind === "number" || item.kind === "count") return Reading.number(text, item.decimals, item.digits);
  if (item.kind === "day" || item.kind === "moment") return Reading.date(text, { time: item.kind === "moment", partial: item.partial });
  return item.maxLength && text.length > item.maxLength ? null : text;
}

function isAnswered(item) {
  const typed = (input) => (input.type === "radio" || input.type === "checkbox" ? input.checked : input.value.trim() !== "");
  return Boolean(item.missing && item.missing.value) || item.inputs.some(typed);
}

/* Show what is asked, hide the rest, and name the answers that a save would clear. */
function ask(form, items) {
  const asked = Branching.asked(items.map((item) => ({ name: item.name, condition: item.condition, answer: answerOf(item) })));
  const cleared = [];
  for (const item of items) {
    const shown = asked.has(item.name);
    item.box.classList.toggle("not-asked", !shown);
    if (!shown && isAnswered(item)) cleared.push(item);
  }
  form.querySelectorAll("details.extended").forEach(countAsked);
  announce(form, cleared);
}

/* Say how many of the items beyond the core are asked now; without one, their heading would promise nothing. */
function countAsked(details) {
  const number = details.querySelectorAll("[data-item]:not(.not-asked)").length;
  details.querySelector(".extended-count").textContent = number ? `${number} further item${number === 1 ? "" : "s"}` : "Further items";
  details.classList.toggle("not-asked", number === 0 && !details.querySelector(".derived"));
}

function announce(form, cleared) {
  const note = document.getElementById("clears");
  form.querySelectorAll(".announced").forEach((input) => input.remove());
  for (const item of cleared) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", className: "announced", name: "_cleared", value: item.name });
    form.append(input);
  }
  const labels = cleared.map((item) => item.label).join(", ");
  const text = labels ? `Saving clears what is no longer asked: ${labels}.` : "";
  if (note.textContent.trim() !== text) note.textContent = text;
  note.classList.toggle("save-note-empty", !text);
}

/* Give an item the habits of its kind. */
function connect(item) {
  if (item.missing) connectMissing(item);
  const clear = item.box.querySelector(".clear");
  if (clear) connectRadios(item, clear);
}

/* An answer and a reason for its absence exclude each other: giving one takes the other away. */
function connectMissing(item) {
  const mark = () => item.missing.classList.toggle("missing-given", item.missing.value !== "");
  let before = null;
  item.missing.addEventListener("change", () => {
    if (item.missing.value && before === null) before = item.inputs.map(stateOf);
    if (item.missing.value) item.inputs.forEach((input) => restore(input, { checked: false, value: "" }));
    else if (before) { item.inputs.forEach((input, place) => restore(input, before[place])); before = null; }
    mark();
  });
  for (const input of item.inputs) {
    input.addEventListener("input", () => {
      if (item.missing.value && isAnswered({ ...item, missing: null })) { item.missing.value = ""; before = null; mark(); }
    });
  }
}

function stateOf(input) {
  return { checked: input.checked, value: input.value };
}

function restore(input, state) {
  if (input.type === "radio" || input.type === "checkbox") input.checked = state.checked;
  else input.value = state.value;
}

function connectRadios(item, clear) {
  const show = () => { clear.hidden = !item.inputs.some((input) => input.checked); };
  const pick = (input, checked) => {
    input.checked = checked;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  item.box.addEventListener("change", show);
  item.box.addEventListener("input", show);
  item.missing?.addEventListener("change", show);
  clear.addEventListener("click", () => { item.inputs.forEach((input) => pick(input, false)); item.inputs[0].focus(); });
  for (const input of item.inputs) {
    input.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Delete" || event.key === "Backspace") item.inputs.forEach((radio) => pick(radio, false));
      else if (event.key.length === 1 && event.key !== " ") {
        const letter = event.key.toLowerCase();
        const named = item.inputs.filter((radio) => radio.closest("label").textContent.trim().toLowerCase().startsWith(letter));
        if (!named.length) return;
        const next = named[(named.findIndex((radio) => radio.checked) + 1) % named.length];
        next.focus();
        pick(next, true);
      } else return;
      event.preventDefault();
    });
  }
  show();
}

/* Ctrl+S saves, Ctrl+Enter saves and goes on. */
function keys(event, form) {
  if (!event.ctrlKey && !event.metaKey) return;
  const action = { s: "save", Enter: "next" }[event.key];
  if (!action) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector(`[name="_do"][value="${action}"]`));
}

/* Enter goes on to the next question, past the reasons for missing answers; it never sends the page by accident. */
function goOn(event, items) {
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
  const box = event.target.closest("[data-item]");
  if (event.key !== "Enter" || !isPlain || !box || event.target.closest("textarea, button")) return;
  event.preventDefault();
  const shown = items.filter((item) => item.inputs.length && item.inputs[0].offsetParent !== null).map((item) => item.box);
  const ordered = shown.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  const next = ordered[ordered.indexOf(box) + 1];
  if (!next) return;
  const controls = Array.from(next.querySelectorAll("input:not(.picker), select, textarea"));
  (controls.find((control) => control.type === "radio" && control.checked) ?? controls[0]).focus();
}

/* A link to an item, such as from the list of problems, opens the fold it stands in. */
function openWhereLinked() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const fold = target && target.closest("details");
  if (fold && !fold.open) { fold.open = true; target.scrollIntoView(); }
}

/* A text far beyond what the server takes at once would come back as an error page: stop before sending. */
function refuseTooLong(event, items) {
  const long = items.find((item) => item.inputs.some((input) => input.value.length > 200000));
  if (!long) return;
  event.preventDefault();
  const note = document.getElementById("clears");
  note.textContent = `${long.label} is far too long to send. Shorten it; nothing is lost until you leave the page.`;
  note.classList.remove("save-note-empty");
  long.inputs[0].focus();
}
