/* Keeps what is typed on the server a moment after the last key, and warns before a page with unkept work is left. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-draft-url]");
  if (!form) return;
  const state = document.getElementById("draft-state");
  const pause = 1500;
  let timer = null;
  let sending = null;
  let isDirty = false;
  let isLeaving = false;

  const say = (text) => { if (state.textContent !== text) state.textContent = text; };

  const keep = async () => {
    timer = null;
    if (sending || isLeaving) { timer = setTimeout(keep, pause); return; }
    isDirty = false;
    sending = new AbortController();
    const fields = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.draftUrl, {
        method: "POST",
        body: fields,
        headers: { "X-CSRFToken": form.elements.csrf_token.value },
        signal: sending.signal,
        redirect: "error",
      });
      if (answer.status === 422) {
        isDirty = true;
        say((await answer.json()).said);
        return;
      }
      if (answer.headers.has("X-Session-Ended")) {
        isDirty = true;
        say("You were signed out. Press Save: what you typed stays while you sign in again.");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      say(`Draft kept at ${(await answer.json()).saved_at}, seen by you only`);
    } catch (error) {
      if (isLeaving) return;
      isDirty = true;
      say("Not kept on the server. Stay on this page, or save.");
    } finally {
      sending = null;
    }
  };

  const typed = () => {
    isDirty = true;
    clearTimeout(timer);
    timer = setTimeout(keep, pause);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    isLeaving = true;
    clearTimeout(timer);
    sending?.abort();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty && !isLeaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && isDirty && timer) { clearTimeout(timer); keep(); }
  });
});
