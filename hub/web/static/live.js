// Keeps the home page true: follows the hub's stream, asks by itself where there is none, and says
// by its own clock when it knows nothing any more.

import { setHubTime, tick, wallTime } from "./clock.js";
import { drawLamps } from "./lamps.js";
import { morph } from "./morph.js";

const STALE_MS = 20_000; // the hub says "alive" every 8 s: two of them may get lost
const POLL_MS = 5_000; // without a stream
const LONGEST_WAIT_MS = 15_000;
const ANSWER_MS = 4_000;
const REST_MS = 500; // between two fetches: a storm of changes must not keep the hub drawing

const banner = document.getElementById("stale");
let heardMs = Date.now();
let hubS = 0;
let polledMs = 0;
let source = null;
let waitMs = 1_000;
let retryMs = 0;
let fetching = false;
let again = false;

/** The hub gave its time; a time that stands still comes from a hub that hangs. */
function heard(atS) {
  if (atS === hubS) return;
  hubS = atS;
  heardMs = Date.now();
  setHubTime(atS);
  banner.hidden = true;
  delete document.body.dataset.stale;
}

function showStale() {
  if (Date.now() - heardMs < STALE_MS || !banner.hidden) return;
  document.getElementById("stale-since").textContent = wallTime(heardMs);
  document.body.dataset.stale = "";
  banner.hidden = false;
}

/** Fetches what changes and morphs it in; one request at a time, the last wish is never lost. */
async function refresh() {
  if (fetching) return void (again = true);
  fetching = true;
  again = false;
  polledMs = Date.now();
  try {
    const answer = await fetch("/fragments/home", { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 401) location.reload(); // signed out: the page asks for a code
    if (answer.ok) show(await answer.text());
  } catch {
    // not there: the banner says so in time
  }
  setTimeout(() => {
    fetching = false;
    if (again) refresh();
  }, REST_MS);
}

function show(html) {
  const wanted = new DOMParser().parseFromString(html, "text/html").getElementById("content");
  const focused = document.activeElement;
  const content = document.getElementById("content");
  morph(content, wanted);
  document.title = content.dataset.title;
  if (focused && focused !== document.body && !focused.isConnected) document.getElementById("house").focus();
  heard(Number(content.dataset.atS));
  tick();
}

function connect() {
  source = new EventSource("/live");
  source.addEventListener("open", () => {
    waitMs = 1_000;
    refresh();
  });
  source.addEventListener("alive", (event) => {
    heard(JSON.parse(event.data).at_s);
    refresh(); // levels move without being a change
  });
  source.addEventListener("home", refresh);
  source.addEventListener("lamps", (event) => drawLamps(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    disconnect();
    retryMs = Date.now() + waitMs;
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  });
}

function disconnect() {
  source?.close();
  source = null;
}

/** A browser grants six connections a site: a page that nobody looks at gives its own back. */
function beat() {
  if (document.hidden) disconnect();
  else if (!source && Date.now() >= retryMs) connect();
  if (source?.readyState !== EventSource.OPEN && Date.now() - polledMs >= POLL_MS) refresh();
  showStale();
  tick();
}

/** Acknowledges without leaving the page; what fails is sent as the plain form it is. */
async function acknowledge(event) {
  if (!event.target.matches("form[data-quiet]")) return;
  event.preventDefault();
  try {
    const answer = await fetch(event.target.action, { method: "POST", body: new FormData(event.target), redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(answer.statusText);
    refresh();
  } catch {
    event.target.submit();
  }
}

document.addEventListener("submit", acknowledge);
document.addEventListener("visibilitychange", beat);
heard(Number(document.getElementById("content").dataset.atS));
setInterval(beat, 1_000);
beat();
