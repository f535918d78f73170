// Plain values as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const shortClock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const time = (moment) => clock.format(new Date(moment));
export const minute = (moment) => shortClock.format(new Date(moment));
export const count = (number) => number.toLocaleString("en");
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
export const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)} %` : "–");

/** Return an element; text is text, so nothing in it is ever read as markup. */
export function element(tag, classes, ...content) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.append(...content);
  return made;
}
