// The live page: takes events in, and draws at most once a frame, less often when much happens.

import { AlertList, KEPT, incidents, represent } from "./alert_list.js";
import { Connection } from "./connection.js";
import { showDetail } from "./detail.js";
import { Figures } from "./figures.js";
import { Filter } from "./filter.js";
import { count, plural, time } from "./format.js";
import { ROWS_SHOWN, addRows, rowsShown, showRows } from "./rows.js";

const AT_ONCE_MS = 40; // least time between two drawings while few alerts come
const CALM_MS = 250; // and while many do
const MANY_A_SECOND = 50;
const FEW_A_SECOND = 2; // more than these are not made to stand out: that would be restless, and work for the browser
const ANNOUNCE_MS = 10_000;

const part = (id) => document.getElementById(id);
const list = new AlertList();
const filter = new Filter(part("filter"), () => {
  redraw();
  figures.mark();
});
const figures = new Figures(filter);
const title = document.title;
const scroll = part("scroll");
const dialog = part("detail");
let pending = []; // oldest first, not drawn yet
let arrivals = []; // moments, for the rate
let drawnAt = 0;
let isDrawing = false;
let isPaused = false;
let unseen = 0; // came while nobody could see the page

const isHolding = () => isPaused || scroll.scrollTop > 8 || dialog.open || part("rows").contains(document.activeElement);

function takeAlerts({ starts_anew: startsAnew, alerts }) {
  const now = performance.now();
  if (startsAnew) {
    list.restart(alerts);
    filter.offerRegions(alerts.map((alert) => alert.region));
    pending = [];
    redraw();
    return;
  }
  arrivals = [...arrivals.filter((moment) => now - moment < 1_000), ...alerts.map(() => now)];
  pending = [...pending, ...alerts].slice(-KEPT);
  if (document.hidden) countUnseen(unseen + alerts.length);
  soon();
}

function countUnseen(number) {
  unseen = number;
  document.title = unseen ? `(${count(unseen)}) ${title}` : title;
}

function soon() {
  if (isDrawing) return;
  isDrawing = true;
  const pause = arrivals.length > MANY_A_SECOND || filter.isGrouped ? CALM_MS : AT_ONCE_MS;
  const wait = drawnAt + pause - performance.now();
  if (wait > 0) setTimeout(() => requestAnimationFrame(drawPending), wait);
  else requestAnimationFrame(drawPending);
}

function drawPending() {
  isDrawing = false;
  if (isHolding()) {
    showHeld();
    return;
  }
  const fresh = pending;
  pending = [];
  list.add(fresh);
  filter.offerRegions(fresh.map((alert) => alert.region));
  drawnAt = performance.now();
  if (filter.isGrouped) return redraw();
  addRows(part("rows"), fresh.filter(filter.test()).toReversed(), arrivals.length <= FEW_A_SECOND);
  finish();
}

function redraw() {
  const matching = list.alerts.filter(filter.test());
  const shown = filter.isGrouped ? incidents(matching).map(represent) : matching;
  part("alerts-title").textContent = filter.isGrouped ? "Incidents" : "Alerts";
  showRows(part("rows"), shown, arrivals.length <= FEW_A_SECOND);
  finish();
}

function finish() {
  const shown = rowsShown(part("rows"));
  part("empty").hidden = shown > 0;
  part("shown").textContent = `The newest ${count(shown)} of those that match; at most ${ROWS_SHOWN} are listed, the last ${count(KEPT)} searched.`;
  showHeld();
}

function showHeld() {
  part("held").hidden = pending.length === 0;
  part("held").textContent = `↑ ${plural(pending.length, "new alert")}`;
}

function release() {
  if (document.activeElement && part("rows").contains(document.activeElement)) document.activeElement.blur();
  scroll.scrollTop = 0;
  setPaused(false);
  soon();
}

function setPaused(paused) {
  isPaused = paused;
  part("pause").setAttribute("aria-pressed", String(paused));
  if (!paused) soon();
}

function takeState({ is_up: isUp, detection, silent_s: silentS, down }) {
  system = { isUp, detection, silentSince: performance.now() - 1_000 * (silentS ?? 0), down };
  showSign();
  part("notice").hidden = isUp !== false && down.length === 0;
  part("notice").textContent = isUp === false ? STORE_DOWN : down.map(notAnswering).join(" ");
}

const STORE_DOWN = "The alert store (Redis) does not answer: no new alerts are shown until it is back. This page recovers by itself.";
const notAnswering = ({ name, since_ms: since }) => `${name} has not answered since ${time(since)}: the Health page says what to do.`;

let link = "waiting";
let system = { isUp: null, detection: "speaking", silentSince: 0, down: [] };

const SIGNS = {
  waiting: () => "Connecting…",
  lost: () => "Connection lost, trying again…",
  down: () => "Alert store down",
  part: () => `${system.down.map(({ name }) => name).join(", ")} down since ${time(Math.min(...system.down.map((one) => one.since_ms)))}`,
  awaited: () => "Detection has not reported yet",
  silent: () => `Detection silent for ${count(Math.round((performance.now() - system.silentSince) / 1_000))} s`,
  live: () => "Live",
};

// The sign is green only where a payment made now would show here.
function sign() {
  if (link !== "live") return link;
  if (system.isUp === null) return "waiting";
  if (!system.isUp) return "down";
  if (system.down.length > 0) return "part";
  return system.detection === "speaking" ? "live" : system.detection;
}

function showSign() {
  const state = sign();
  const text = SIGNS[state]();
  if (part("connection").textContent === text) return;
  part("connection").dataset.state = state;
  part("connection").textContent = text;
}

function showLink(state) {
  link = state;
  showSign();
}

function announce() {
  const recent = list.alerts.filter((alert) => alert.raised_ms > Date.now() - ANNOUNCE_MS);
  const critical = recent.filter((alert) => alert.severity === "CRITICAL").length;
  part("announcement").textContent = recent.length ? `${plural(recent.length, "new alert")}, ${critical} critical` : "";
}

function open(id) {
  const alert = list.alerts.find((held) => held.id === id);
  if (!alert) return;
  const incident = filter.isGrouped && incidents(list.alerts).find((held) => held.alerts.includes(alert));
  showDetail(dialog, incident ? represent(incident) : alert);
}

part("pause").addEventListener("click", () => setPaused(!isPaused));
part("held").addEventListener("click", release);
part("rows").addEventListener("click", (event) => open(event.target.closest("tr")?.dataset.id));
part("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", soon);
document.addEventListener("visibilitychange", () => document.hidden || countUnseen(0));
scroll.addEventListener("scroll", () => pending.length && soon());
part("rows").addEventListener("focusout", () => pending.length && soon());
setInterval(announce, ANNOUNCE_MS);
setInterval(showSign, 1_000);

const TAKES = { alerts: takeAlerts, summary: (summary) => figures.take(summary), state: takeState };
new Connection("/fraud-alerts/events", { onEvent: (name, data) => TAKES[name](data), onState: showLink }).open();
