// What every page does: keys that press what names them, and moments in the reader's own time zone.

export function localise(part) {
  for (const time of part.querySelectorAll('time[datetime*="T"]')) { // a day is the same in every zone
    time.title = time.textContent;
    time.textContent = new Date(time.dateTime).toLocaleString();
  }
}

localise(document);

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const wanted = [...document.querySelectorAll("[aria-keyshortcuts]")].find((one) => one.getAttribute("aria-keyshortcuts") === event.key);
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  if (wanted.matches("button:not([data-twice])")) wanted.click(); // what weighs more is chosen by its key, and done by Enter
});

// Saying who one is costs nothing that was typed: the page is loaded again only where that loses nothing.
const naming = document.querySelector("form.person");
naming?.addEventListener("submit", async (event) => {
  if (![...document.querySelectorAll("main :is(input, textarea)")].some((one) => one.value !== one.defaultValue)) return;
  event.preventDefault();
  const fields = new FormData(naming);
  const answer = await fetch(naming.action, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  if (answer.type !== "opaqueredirect") return naming.submit();
  const name = document.createElement("span");
  name.className = "person";
  name.textContent = fields.get("you").trim();
  naming.replaceWith(name);
});

document.getElementById("show-keys").addEventListener("click", async () => (await import("./keys.js")).showKeys());
