// `?` lists the keys of the page that stands there: those of everything that names one.

import { element } from "./format.js";

const dialog = document.getElementById("keys");

export function showKeys() {
  const named = [...document.querySelectorAll("[aria-keyshortcuts]")].filter((one) => one.checkVisibility());
  const lines = named.flatMap((one) => [element("dt", "", element("kbd", "", one.getAttribute("aria-keyshortcuts"))), element("dd", "", meaning(one))]);
  dialog.querySelector("dl").replaceChildren(...lines);
  dialog.showModal();
}

function meaning(control) {
  if (control.ariaLabel) return control.ariaLabel;
  const label = control.labels?.[0]?.firstChild ?? control;
  return label.textContent.trim();
}

dialog.querySelector("button").addEventListener("click", () => dialog.close());
