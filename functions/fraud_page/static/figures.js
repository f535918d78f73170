// The last hour in figures, drawn when the browser has nothing more urgent to do: an alert never waits for them.

import { drawRate, drawScores, sum } from "./charts.js";
import { count, element, plural, share, time } from "./format.js";
import { markRegion, showRegions } from "./regions.js";

const AT_LATEST_MS = 1_000;

const part = (id) => document.getElementById(id);

export class Figures {
  #latest = null;
  #isDue = false;
  #filter;

  constructor(filter) {
    this.#filter = filter;
    part("accounts").addEventListener("click", ({ target }) => target.dataset.account && filter.set("text", target.dataset.account));
    part("regions").addEventListener("click", ({ target }) => {
      const region = target.closest("button")?.dataset.region;
      if (region) filter.set("region", region === filter.region ? "" : region);
    });
    for (const list of [part("accounts"), part("regions")]) {
      for (const left of ["pointerleave", "focusout"]) list.addEventListener(left, () => this.#soon());
    }
  }

  take(summary) {
    this.#latest = summary;
    this.#soon();
  }

  #soon() {
    if (this.#isDue || !this.#latest) return;
    this.#isDue = true;
    requestIdleCallback(() => this.#show(), { timeout: AT_LATEST_MS });
  }

  mark() {
    markRegion(part("regions"), this.#filter.region);
  }

  #show() {
    const summary = this.#latest;
    this.#isDue = false;
    this.#filter.offerRegions(summary.regions.map(({ region }) => region));
    showTotals(summary);
    showCharts(summary);
    showRegions(part("regions"), summary, this.#filter.region);
    part("no-regions").hidden = summary.regions.length > 0;
    part("more-regions").textContent = summary.more_regions ? `and ${plural(summary.more_regions, "region")} with fewer` : "";
    showAccounts(summary.accounts);
  }
}

function showTotals(summary) {
  const bySeverity = summary.severities.map((_, index) => sum(summary.minutes.map((minute) => minute[index])));
  const total = sum(bySeverity);
  part("last-minute").textContent = count(summary.last_minute);
  part("last-hour").textContent = count(total);
  part("critical-share").textContent = share(bySeverity[summary.severities.indexOf("CRITICAL")], total);
  part("at-risk").textContent = count(summary.at_risk);
  part("since").textContent = summary.since_ms ? `kept since ${time(summary.since_ms)}` : "";
}

function showCharts(summary) {
  const { top, start } = drawRate(part("rate"), summary);
  part("rate-start").textContent = start;
  part("rate-top").textContent = `highest ${count(top)}`;
  part("scores-top").textContent = `highest ${count(drawScores(part("scores"), summary.scores))}`;
}

function showAccounts(accounts) {
  if (part("accounts").matches(":hover, :focus-within")) return; // nothing moves under a pointer or a focus
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
