// Reads the figures again while somebody looks.

import { localise } from "./page.js";

const EVERY_MS = 5_000;

async function renew() {
  if (document.hidden) return;
  const answer = await fetch("/health-board", { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const name of ["h1", "p", "tbody"]) {
    document.querySelector(`#health ${name}`).replaceWith(fresh.querySelector(`#health ${name}`));
  }
  localise(document.getElementById("health"));
}

setInterval(renew, EVERY_MS);
