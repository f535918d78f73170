// The filter above the list. All of it but the search, which may name somebody, stands in the page's address too: it
// survives a reload and can be handed on.

import { test } from "./alert_list.js";

const KEPT = ["severity", "region", "score", "incidents"];

export class Filter {
  #form;
  #regions = new Set();

  constructor(form, onChange) {
    this.#form = form;
    this.#read(new URLSearchParams(location.search));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => {
      this.#write();
      onChange();
    });
  }

  get isGrouped() {
    return this.#form.elements.incidents.checked;
  }

  get region() {
    return this.#form.elements.region.value;
  }

  /** Return the test that an alert has to pass. */
  test() {
    const { text, severity, region, score } = this.#form.elements;
    return test({ text: text.value, severity: severity.value, region: region.value, score: Number(score.value) });
  }

  set(name, value) {
    this.#form.elements[name].value = value;
    this.#form.dispatchEvent(new Event("input"));
  }

  offerRegions(names) {
    const unknown = names.filter((name) => !this.#regions.has(name));
    if (unknown.length === 0) return;
    unknown.forEach((name) => this.#regions.add(name));
    const select = this.#form.elements.region;
    const chosen = select.value;
    select.replaceChildren(new Option("All", ""), ...[...this.#regions].toSorted().map((name) => new Option(name)));
    select.value = chosen;
  }

  #read(kept) {
    const { severity, score, incidents } = this.#form.elements;
    if ([...severity.options].some((option) => option.value === kept.get("severity"))) severity.value = kept.get("severity");
    if (kept.get("region")) this.offerRegions([kept.get("region")]);
    this.#form.elements.region.value = kept.get("region") ?? "";
    if (kept.has("score")) score.value = Number(kept.get("score")) || 0;
    incidents.checked = kept.has("incidents");
  }

  #write() {
    const filled = [...new FormData(this.#form)].filter(([name, value]) => KEPT.includes(name) && value && value !== "0");
    const query = new URLSearchParams(filled).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  }
}
