// The event stream, resumed after the last alert seen, whatever was restarted in between.

const SILENCE_MS = 25_000; // the server sends a beat every 10 s
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;

export class Connection {
  #source = null;
  #position = null;
  #retryMs = FIRST_RETRY_MS;
  #silence = 0;

  constructor(address, { onEvent, onState }) {
    this.address = address;
    this.onEvent = onEvent;
    this.onState = onState;
  }

  open() {
    const query = this.#position ? `?after=${encodeURIComponent(this.#position)}` : "";
    this.#source = new EventSource(this.address + query);
    this.#source.onopen = () => this.#heard("live");
    this.#source.onerror = () => this.#lost();
    for (const name of ["alerts", "summary", "redis", "beat"]) {
      this.#source.addEventListener(name, (event) => this.#take(name, event));
    }
    this.#watch();
  }

  #take(name, event) {
    this.#retryMs = FIRST_RETRY_MS;
    this.#watch();
    if (event.lastEventId) this.#position = event.lastEventId;
    if (name !== "beat") this.onEvent(name, JSON.parse(event.data));
  }

  #heard(state) {
    this.onState(state);
    this.#watch();
  }

  // The browser's own retry gives up for good at an error answer of a proxy: ours does not.
  #lost() {
    this.onState("lost");
    this.#source.close();
    clearTimeout(this.#silence);
    setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }

  #watch() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), SILENCE_MS);
  }
}
