// Everything about one alert, or one incident, in a dialog.

import { element, plural, time } from "./format.js";
import { why } from "./rows.js";

export function showDetail(dialog, alert) {
  dialog.querySelector("h2").replaceChildren(alert.account);
  dialog.querySelector("#detail-body").replaceChildren(facts(alert), ...history(alert));
  dialog.showModal();
  leadToReview(dialog, alert);
}

/** Lead to the alert's review, if the rules have opened one. */
async function leadToReview(dialog, alert) {
  const address = `/reviews/review?${new URLSearchParams({ transaction_id: alert.transaction_id })}`;
  const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
  const place = dialog.querySelector(`[data-review="${CSS.escape(alert.transaction_id)}"]`);
  if (!place) return; // another alert stands there by now
  const link = element("a", "", "Open the review");
  link.href = address;
  place.replaceChildren(answer?.ok ? link : answer?.status === 404 ? "none" : "not known now");
}

function review(alert) {
  const place = element("span", "", "…");
  place.dataset.review = alert.transaction_id;
  return place;
}

function copied(text) {
  const button = element("button", "copy", "Copy");
  button.type = "button";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  });
  return element("span", "", text, " ", button);
}

function facts(alert) {
  const others = alert.peers.filter((id) => id !== alert.transaction_id);
  const entries = [
    ["Account", link(alert.account, "/accounts", { account: alert.account, around: alert.event_time })],
    ["Severity", element("span", `badge ${alert.severity}`, alert.severity)],
    ["Payment", copied(alert.transaction_id)],
    ["Review", review(alert)],
    ["Time", new Date(alert.event_time).toLocaleString()],
    ["Amount", `${alert.amount} ${alert.currency}${alert.currency === "USD" ? "" : ` (${alert.amount_usd} USD)`}`],
    ["Velocity", `${alert.velocity_60s} in 60 s, ${alert.velocity_5m} in 5 min`],
    ["Score", element("span", "", `${alert.score} `, ...why(alert), note(alert))],
    ["Why", reasons(alert)],
    ["Classifier", classifier(alert)],
    ["Alerts in the hour", String(alert.hour_count)],
    ["To", link(alert.receiver, "/accounts", { account: alert.receiver })],
    ["Merchant", element("span", "", listed("merchant", alert.merchant_id), `, category ${alert.merchant_category}`)],
    ["Region", alert.region],
    ["Device", listed("device", alert.device)],
    [`Peers (${others.length})`, others.join(", ") || "none"],
  ];
  return element("dl", "facts", ...entries.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]));
}

function link(text, page, query) {
  const one = element("a", "", text);
  one.href = `${page}?${new URLSearchParams(query)}`;
  return one;
}

function listed(kind, value) {
  const one = link(value, "/lists", { kind, value });
  one.title = `Block or allow this ${kind}`;
  return one;
}

function reasons(alert) {
  const told = alert.reasons.filter(([, , words]) => words);
  return told.length ? element("ul", "", ...told.map(([, , words]) => element("li", "", words))) : "not told";
}

function classifier({ probability, model_reasons }) {
  if (probability === null) return "did not look at it";
  const told = model_reasons.map((line) => element("li", "", line));
  return element("div", "", `${probability.toFixed(3)} probable`, ...(told.length ? [element("ul", "", ...told)] : []));
}

function note(alert) {
  const points = alert.reasons.map(([, given]) => given);
  if (points.includes(null)) return "(points are not told: raised before detections)";
  return points.reduce((total, given) => total + given, 0) > 100 ? "(at most 100)" : "";
}

function history({ alerts }) {
  if (!alerts || alerts.length < 2) return [];
  const lines = alerts.map((alert) => element("li", "", `${time(alert.event_time)} ${alert.amount} ${alert.currency}, ${alert.velocity_60s} in 60 s, score ${alert.score}, ${alert.transaction_id}`));
  return [element("h3", "", plural(alerts.length, "alert")), element("ul", "", ...lines)];
}
