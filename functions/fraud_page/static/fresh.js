// Reads a page again while somebody looks, and puts what has changed in the place of what stands there.
// A section's data-fresh names its parts, data-every how often in ms; without it there is nothing more to come.

import { localise } from "./page.js";

const section = document.querySelector("[data-fresh]");

async function renew() {
  if (!document.hidden) await replace();
  if (section.dataset.every) setTimeout(renew, Number(section.dataset.every));
}

async function replace() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-fresh]");
  for (const name of section.dataset.fresh.split(",")) {
    section.querySelector(name).replaceWith(fresh.querySelector(name));
  }
  if (!fresh.dataset.every) delete section.dataset.every;
  localise(section);
}

if (section.dataset.every) setTimeout(renew, Number(section.dataset.every));
