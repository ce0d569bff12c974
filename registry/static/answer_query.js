/* “Answer” on the page of a child opens the fold that its query lies in and puts the cursor into the box: not every
   browser does so for a link to a field. What became of an answer is told where the page goes on: at its top, where it
   stands without a script, it would be out of sight. */
"use strict";

const Answering = {
  unfold(place) {
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  },

  /* Put what the page tells above the query that its address leads to. */
  tellHere() {
    // The browser does not know its target yet while scripts begin.
    const query = document.getElementById(location.hash.slice(1)), told = document.querySelectorAll("[data-told]");
    if (!query?.matches("article.query") || !told.length) return;
    Answering.unfold(query);
    query.before(...told);
    query.scrollIntoView();
  },

  start() {
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href^="#reason-"]') : null;
      const box = link && document.getElementById(link.hash.slice(1));
      if (!box) return;
      event.preventDefault();
      Answering.unfold(box);
      box.focus({ preventScroll: true });
      box.closest(".query").scrollIntoView();
    });
    Answering.tellHere();
  },
};

Answering.start();
