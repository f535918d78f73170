// What every page does: keys that press what names them, and moments in the reader's own time zone.

export function localise(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
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
  if (wanted.matches("button")) wanted.click();
});

document.getElementById("show-keys").addEventListener("click", async () => (await import("./keys.js")).showKeys());
