// The hub's time on this page: durations that tick, and the clock in the corner.

const LANGUAGE = document.documentElement.lang;
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const clock = document.getElementById("clock");
const zoneOffsetS = Number(clock.dataset.offsetS);
let hubAheadS = 0;

/** @param {number} atS the hub's clock at this moment, seconds since 1970 */
export function setHubTime(atS) {
  hubAheadS = atS - Date.now() / 1000;
}

/** @param {number} ms this page's own clock @returns {string} "21:47:03" in the hub's time zone */
export function wallTime(ms) {
  return new Date(ms + zoneOffsetS * 1000).toISOString().slice(11, 19);
}

/** Rewrites everything on the page that says how long something lasts. */
export function tick() {
  const nowS = Date.now() / 1000 + hubAheadS;
  for (const element of document.querySelectorAll("[data-since-s]"))
    write(element, duration(nowS - Number(element.dataset.sinceS)));
  write(clock, wallTime(nowS * 1000).slice(0, 5));
}

/** The same as texts.duration on the hub: both speak from Unicode's CLDR. */
function duration(seconds) {
  const [unit, unitS] = UNITS.find(([, unitS]) => seconds >= unitS) ?? UNITS.at(-1);
  const count = Math.max(Math.floor(seconds / unitS), 0);
  return new Intl.NumberFormat(LANGUAGE, { style: "unit", unit, unitDisplay: "short" }).format(count);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
