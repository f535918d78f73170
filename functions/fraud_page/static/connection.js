// The event stream, resumed after the last alert seen, whatever was restarted in between.
//
// A browser opens six connections to a host and no more, so of all tabs one listens, and tells the others. Each tab
// takes a first look by itself; who missed something looks again. The one that listens holds a lock, which the next
// one gets when it goes.

const SILENCE_MS = 25_000; // the server sends a beat every 10 s
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5_000;
const NAME = "fraud-alerts";
const EVENTS = ["alerts", "summary", "state", "beat"];

export class Connection {
  #source = null;
  #position = null;
  #retryMs = FIRST_RETRY_MS;
  #silence = 0;
  #channel = null;
  #leads = false;

  constructor(address, { onEvent, onState }) {
    this.address = address;
    this.onEvent = onEvent;
    this.onState = onState;
  }

  open() {
    if (!navigator.locks || !window.BroadcastChannel) {
      this.#leads = true;
      this.#listen();
      return;
    }
    this.#channel = new BroadcastChannel(NAME);
    this.#channel.onmessage = ({ data }) => this.#follow(data);
    this.#listen();
    this.#apply({});
  }

  // Wait to be the one that listens; `steal` takes that from a tab that is silent.
  #apply(options) {
    navigator.locks
      .request(NAME, options, () => {
        this.#leads = true;
        this.#listen();
        return new Promise(() => {});
      })
      .catch((error) => {
        const isStolen = error.name === "AbortError";
        this.#leads = !isStolen; // where locks do not work, each tab listens for itself
        if (!isStolen) return this.#listen();
        this.#hangUp();
        this.#apply({});
      });
  }

  // Connect; a tab that does not lead hangs up once it has what it lacked.
  #listen() {
    if (this.#source) return;
    const query = this.#position ? `?after=${encodeURIComponent(this.#position)}` : "";
    this.#source = new EventSource(this.address + query);
    this.#source.onopen = () => this.#heard();
    this.#source.onerror = () => this.#lost();
    for (const name of EVENTS) this.#source.addEventListener(name, (event) => this.#take(name, event));
    this.#watch();
  }

  #take(name, event) {
    this.#retryMs = FIRST_RETRY_MS;
    this.#watch();
    const told = { name, data: JSON.parse(event.data), after: this.#position, position: event.lastEventId || null };
    this.#show(told);
    if (this.#leads) this.#channel?.postMessage(told);
    else if (name === "beat" || name === "summary") this.#hangUp();
  }

  #follow(told) {
    if (this.#leads || this.#source) return;
    this.#watch();
    this.onState(told.state ?? "live");
    if (told.state) return;
    const misses = told.name === "alerts" && !told.data.starts_anew && told.after !== this.#position;
    if (misses && isAfter(told.position, this.#position)) this.#listen();
    else if (!misses) this.#show(told);
  }

  #show({ name, data, position }) {
    if (position) this.#position = position;
    if (name !== "beat") this.onEvent(name, data);
  }

  #heard() {
    this.#say("live");
    this.#watch();
  }

  #say(state) {
    this.onState(state);
    if (this.#leads) this.#channel?.postMessage({ state });
  }

  #hangUp() {
    this.#source?.close();
    this.#source = null;
  }

  // The browser's own retry gives up for good at an error answer of a proxy: ours does not.
  #lost() {
    this.#say("lost");
    this.#hangUp();
    clearTimeout(this.#silence);
    setTimeout(() => this.#listen(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }

  #watch() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#silent(), SILENCE_MS);
  }

  #silent() {
    if (!this.#leads && this.#channel) this.#apply({ steal: true });
    this.#lost();
  }
}

// Positions are those of a Redis stream: milliseconds, a hyphen, a number.
function isAfter(position, other) {
  const [ms, number] = position.split("-").map(Number);
  const [otherMs, otherNumber] = (other ?? "0-0").split("-").map(Number);
  return ms > otherMs || (ms === otherMs && number > otherNumber);
}
