/* “Answer” on the page of a child opens the fold that its query lies in and puts the cursor into the box: not every
   browser does so for a link to a field. */
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#reason-"]') : null;
  const box = link && document.getElementById(link.hash.slice(1));
  if (!box) return;
  event.preventDefault();
  for (let fold = box.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  box.focus({ preventScroll: true });
  box.closest(".query").scrollIntoView();
});
