// Two bar charts as SVG; colours are the style sheet's.

import { count, minute } from "./format.js";

const WIDTH = 600;
const HEIGHT = 96;
const GAP = 0.2; // of a bar's width

export function drawRate(svg, summary) {
  const totals = summary.minutes.map((minute) => sum(minute));
  const top = Math.max(1, ...totals);
  draw(svg, summary.minutes.flatMap((severities, index) => stack(severities, index, top, summary)));
  svg.setAttribute("aria-label", `Alerts a minute over the last hour: ${count(sum(totals))} in all, at most ${count(top)} in a minute`);
  return { top, start: minute(summary.start_ms) };
}

export function drawScores(svg, scores) {
  const top = Math.max(1, ...scores);
  draw(svg, scores.map((number, index) => bar(index, scores.length, 0, number / top, "plain")));
  const parts = scores.map((number, index) => (number ? `${count(number)} from ${10 * index} to ${10 * index + 9}` : "")).filter(Boolean);
  svg.setAttribute("aria-label", `Alerts of the last hour by score: ${parts.join(", ") || "none"}`);
  return top;
}

function stack(numbers, index, top, { minutes, severities }) {
  let below = 0;
  return numbers.map((number, severity) => {
    const made = bar(index, minutes.length, below / top, number / top, severities[severity].toLowerCase());
    below += number;
    return made;
  });
}

function bar(index, bars, from, share, classes) {
  const step = WIDTH / bars;
  const place = { x: (index + GAP / 2) * step, width: (1 - GAP) * step, y: HEIGHT * (1 - from - share), height: HEIGHT * share };
  return { class: classes, ...Object.fromEntries(Object.entries(place).map(([name, value]) => [name, value.toFixed(2)])) };
}

/** Change only the bars that are not what they were: most minutes are over. */
export function draw(svg, bars) {
  while (svg.childElementCount < bars.length) svg.append(document.createElementNS("http://www.w3.org/2000/svg", "rect"));
  bars.forEach((wanted, index) => {
    const held = svg.children[index];
    for (const [name, value] of Object.entries(wanted)) if (held.getAttribute(name) !== value) held.setAttribute(name, value);
  });
}

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
