// The alerts a page keeps, newest first: filtered, and grouped into incidents.

export const KEPT = 2_000;
const INCIDENT_GAP_MS = 300_000; // as long as an alert is live, as functions/fraud/alerts/incident.py groups them

export class AlertList {
  alerts = [];

  restart(oldestFirst) {
    this.alerts = [];
    this.add(oldestFirst);
  }

  add(oldestFirst) {
    this.alerts = [...oldestFirst.toReversed(), ...this.alerts].slice(0, KEPT);
  }
}

/** Return the test that a filter form describes. */
export function test({ text, severity, region, score }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (alert) =>
    (!severity || alert.severity === severity) &&
    (!region || alert.region === region) &&
    alert.score >= score &&
    words.every((word) => searched(alert).includes(word));
}

function searched(alert) {
  alert.searched ??= [
    alert.account, alert.receiver, alert.transaction_id, alert.merchant_id, alert.merchant_category,
    alert.device, alert.region, alert.currency, alert.type, alert.severity, ...alert.reasons.map(([flag]) => flag),
  ].join("\n").toLowerCase();
  return alert.searched;
}

/** Return runs of an account's alerts that follow each other within the gap, the latest run first. */
export function incidents(newestFirst) {
  const found = [];
  const open = new Map();
  for (const alert of newestFirst.toSorted((one, other) => moment(other) - moment(one))) {
    const incident = open.get(alert.account);
    if (incident && moment(incident.alerts.at(-1)) - moment(alert) < INCIDENT_GAP_MS) {
      incident.alerts.push(alert);
    } else {
      const started = { account: alert.account, alerts: [alert] };
      open.set(alert.account, started);
      found.push(started);
    }
  }
  return found;
}

/** Return the alert that stands for an incident: its latest, with the worst severity and score of all. */
export function represent({ alerts }) {
  const worst = alerts.some((alert) => alert.severity === "CRITICAL") ? "CRITICAL" : alerts[0].severity;
  return { ...alerts[0], severity: worst, score: Math.max(...alerts.map((alert) => alert.score)), alerts };
}

const moment = (alert) => (alert.moment ??= Date.parse(alert.event_time));
