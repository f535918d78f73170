// Rows of the table: made once, moved never; only what is new is added at the top.

import { count, element, time } from "./format.js";

export const ROWS_SHOWN = 200;

export function row(alert) {
  const made = document.createElement("tr");
  made.dataset.id = alert.id;
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
export function showRows(body, alerts, standsOut) {
  const wanted = alerts.slice(0, ROWS_SHOWN);
  const held = new Map([...body.children].map((made) => [made.dataset.id, made]));
  const isFirst = held.size === 0;
  const rows = wanted.map((alert) => keep(held.get(alert.id), alert) ?? fresh(alert, standsOut && !isFirst && !held.has(alert.id)));
  body.replaceChildren(...rows);
}

/** Put new alerts above the others, newest first. */
export function addRows(body, newestFirst, standsOut) {
  body.prepend(...newestFirst.slice(0, ROWS_SHOWN).map((alert) => fresh(alert, standsOut)));
  while (body.children.length > ROWS_SHOWN) body.lastElementChild.remove();
}

function fresh(alert, standsOut) {
  const made = row(alert);
  if (standsOut) made.classList.add("fresh");
  return made;
}

function keep(held, alert) {
  return alert.alerts ? null : held; // an incident's row changes with every alert
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
