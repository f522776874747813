// Draws the lamps as they shine, from the stream's own words, without fetching the page.

const FULL = 254; // as Zigbee2MQTT counts
const DIMMEST = 0.25; // as texts.lamp_opacity on the hub
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

/** @param {{lamp_id: string, on: boolean, brightness: number, colour: string, flashing: boolean, answers: boolean}[]} lamps */
export function drawLamps(lamps) {
  for (const lamp of lamps) {
    const figure = document.querySelector(`[data-lamp="${CSS.escape(lamp.lamp_id)}"]`);
    if (figure) draw(figure, lamp);
  }
}

function draw(figure, lamp) {
  Object.assign(figure.dataset, { on: lamp.on, flashing: lamp.flashing, answers: lamp.answers });
  for (const part of figure.querySelectorAll("[data-lit]")) part.setAttribute("fill", lamp.colour);
  const share = lamp.brightness / FULL;
  figure.querySelector(".glass").setAttribute("fill-opacity", (DIMMEST + (1 - DIMMEST) * share).toFixed(2));
  figure.querySelector("[data-brightness]").textContent = percent.format(share);
}
