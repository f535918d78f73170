// The regions with the most alerts of the hour; each is a button that shows its alerts alone.

import { draw, sum } from "./charts.js";
import { count, element, plural } from "./format.js";

/** Show a summary's regions; while somebody points at one or stands on it, only their numbers change. */
export function showRegions(list, { regions, severities }, chosen) {
  const top = Math.max(1, ...regions.map(({ alerts }) => sum(alerts)));
  if (!list.matches(":hover, :focus-within")) list.replaceChildren(...regions.map(({ region }) => element("li", "", opener(region))));
  for (const button of list.querySelectorAll("button")) {
    const found = regions.find(({ region }) => region === button.dataset.region);
    if (found) fill(button, found.alerts, severities, top);
  }
  markRegion(list, chosen);
}

export function markRegion(list, chosen) {
  for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.region === chosen));
}

function opener(region) {
  const chart = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ class: "share", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" })) chart.setAttribute(name, value);
  const button = element("button", "region", element("span", "name", region), chart, element("span", "number"), element("span", "hidden"));
  button.type = "button";
  button.dataset.region = region;
  return button;
}

function fill(button, alerts, severities, top) {
  const critical = alerts[severities.indexOf("CRITICAL")];
  button.querySelector(".number").textContent = count(sum(alerts));
  button.querySelector(".hidden").textContent = ` ${plural(sum(alerts), "alert")}, ${count(critical)} critical`;
  let from = 0;
  const bars = severities.map((severity, rank) => ({ severity, alerts: alerts[rank] })).toReversed().map(({ severity, alerts: number }) => {
    const x = from;
    from += (100 * number) / top;
    return { class: severity.toLowerCase(), x: x.toFixed(2), y: "0", width: (from - x).toFixed(2), height: "10" };
  });
  draw(button.querySelector(".share"), bars);
}
