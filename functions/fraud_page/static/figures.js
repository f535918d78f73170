// The last hour in figures, drawn when the browser has nothing more urgent to do: an alert never waits for them.

import { drawRate, drawScores, sum } from "./charts.js";
import { count, element, plural, share, time } from "./format.js";

const AT_LATEST_MS = 1_000;

const part = (id) => document.getElementById(id);
let latest = null; // not drawn yet

export function takeSummary(summary) {
  if (!latest) requestIdleCallback(show, { timeout: AT_LATEST_MS });
  latest = summary;
}

function show() {
  const summary = latest;
  latest = null;
  const bySeverity = summary.severities.map((_, index) => sum(summary.minutes.map((minute) => minute[index])));
  const total = sum(bySeverity);
  part("last-minute").textContent = count(summary.last_minute);
  part("last-hour").textContent = count(total);
  part("critical-share").textContent = share(bySeverity[summary.severities.indexOf("CRITICAL")], total);
  part("at-risk").textContent = count(summary.at_risk);
  part("since").textContent = summary.since_ms ? `kept since ${time(summary.since_ms)}` : "";
  const { top, start } = drawRate(part("rate"), summary);
  part("rate-start").textContent = start;
  part("rate-top").textContent = `highest ${count(top)}`;
  part("scores-top").textContent = `highest ${count(drawScores(part("scores"), summary.scores))}`;
  showAccounts(summary.accounts);
}

function showAccounts(accounts) {
  if (part("accounts").contains(document.activeElement)) return; // what is new comes once nobody stands in the list
  part("no-accounts").hidden = accounts.length > 0;
  part("accounts").replaceChildren(...accounts.map(account));
}

function account({ account: name, severity, score, hour_count: alerts }) {
  const button = element("button", "open name", name);
  button.type = "button";
  button.dataset.account = name;
  const facts = element("span", "unit", `${plural(alerts, "alert")} this hour, score ${score}`);
  return element("li", "", button, element("span", `badge ${severity}`, severity), facts);
}
