// Rows of the table: made once, moved never; only what is new is added at the top. They stand in blocks, each of which
// the browser lays out and paints by itself: a new row costs no more than the block it goes into.

import { count, element, time } from "./format.js";

export const ROWS_SHOWN = 200;
const BLOCK = 20;

export function row(alert) {
  const made = document.createElement("tr");
  made.dataset.id = alert.id;
  if (alert.alerts) made.dataset.incident = "yes";
  made.role = "row"; // laid out as a grid, it stays a table's row for everyone who does not see it
  made.append(
    cell("c-time", time(alert.event_time)),
    cell("c-severity", element("span", `badge ${alert.severity}`, alert.severity)),
    cell("c-account", opener(alert)),
    cell("c-velocity", `${alert.velocity_60s} `, element("span", "unit", `· ${alert.velocity_5m} in 5 min`)),
    cell("c-amount", alert.amount, element("span", "unit", ` ${alert.currency}`)),
    cell("c-region", alert.region),
    cell("c-peers", peers(alert)),
    cell("c-score", String(alert.score)),
    cell("c-why", ...why(alert)),
  );
  return made;
}

/** Show exactly these alerts, keeping the rows that stay. */
export function showRows(table, alerts, standsOut) {
  const held = new Map([...table.querySelectorAll("tbody > tr")].map((made) => [made.dataset.id, made]));
  const marks = standsOut && held.size > 0;
  const rows = alerts.slice(0, ROWS_SHOWN).map((alert) => keep(held.get(alert.id), alert) ?? fresh(alert, marks && !held.has(alert.id)));
  for (const block of [...table.tBodies]) block.remove();
  for (let start = 0; start < rows.length; start += BLOCK) table.append(block(rows.slice(start, start + BLOCK)));
}

/** Put new alerts above the others, newest first. */
export function addRows(table, newestFirst, standsOut) {
  for (const alert of newestFirst.slice(0, ROWS_SHOWN).toReversed()) topBlock(table).prepend(fresh(alert, standsOut));
  for (let number = rowsShown(table); number > ROWS_SHOWN; number -= 1) removeLast([...table.tBodies].at(-1));
}

export const rowsShown = (table) => table.rows.length - table.tHead.rows.length;

function topBlock(table) {
  const top = table.tBodies[0];
  if (top?.rows.length < BLOCK) return top;
  const made = block([]);
  table.tHead.after(made);
  return made;
}

function removeLast(block) {
  block.lastElementChild.remove();
  if (!block.firstElementChild) block.remove();
}

function block(rows) {
  const made = document.createElement("tbody");
  made.role = "rowgroup";
  made.append(...rows);
  return made;
}

function fresh(alert, standsOut) {
  const made = row(alert);
  if (standsOut) made.classList.add("fresh");
  return made;
}

// An incident's row changes with every alert, and stands for one alert no longer once they are apart again.
function keep(held, alert) {
  return alert.alerts || held?.dataset.incident ? null : held;
}

function opener(alert) {
  const button = element("button", "open", alert.account);
  button.type = "button";
  return alert.alerts?.length > 1 ? fragment(button, element("span", "unit", ` x ${count(alert.alerts.length)}`)) : button;
}

function fragment(...content) {
  const made = document.createDocumentFragment();
  made.append(...content);
  return made;
}

function cell(classes, ...content) {
  const made = element("td", classes, ...content);
  made.role = "cell";
  return made;
}

const peers = (alert) => count(alert.peers.filter((id) => id !== alert.transaction_id).length);

export function why(alert) {
  return alert.reasons.map(([flag, points]) =>
    element("span", "flag", flag.replaceAll("_", " "), ...(points === null ? [] : [" ", element("b", "", `+${points}`)])),
  );
}
