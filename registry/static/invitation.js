/* Sends the token that a link to an invitation carries behind #, and takes it out of the address and the history. */
"use strict";

const openInvitation = () => {
  const form = document.getElementById("invitation");
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = token;
  form.submit();
};

openInvitation();
addEventListener("hashchange", openInvitation);
