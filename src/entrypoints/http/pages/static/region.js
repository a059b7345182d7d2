// Copying a part of the page: a box is dragged over the picture, and the words in it are copied, line by line.

import { all, body, made, one, say, toast } from "./dom.js";

const button = () => one("[data-region]");

let box = null;
let from = null;

function setOn(is) {
  button()?.setAttribute("aria-pressed", String(is));
  one(".desk").classList.toggle("picking", is);
  if (!is) { box?.remove(); box = from = null; }
}

const isOn = () => button()?.getAttribute("aria-pressed") === "true";

function draw(event) {
  const [left, right] = [from.x, event.clientX].sort((a, b) => a - b);
  const [top, bottom] = [from.y, event.clientY].sort((a, b) => a - b);
  Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
  return { left, right, top, bottom };
}

// A word is in the box if its middle is.
function wordsIn({ left, right, top, bottom }) {
  return all("#page .w").filter((word) => {
    const place = word.getBoundingClientRect();
    const [x, y] = [place.left + place.width / 2, place.top + place.height / 2];
    return left <= x && x <= right && top <= y && y <= bottom;
  }).map((word) => document.getElementById(`t${word.id.slice(1)}`));
}

function textOf(words) {
  const lines = new Map();
  for (const word of words) {
    const line = word.closest(".line");
    const before = lines.get(line);
    const gap = word.previousSibling?.nodeType === Node.TEXT_NODE ? word.previousSibling.textContent : "";
    lines.set(line, before === undefined ? word.textContent : before + (gap.trim() === "" && gap ? " " : "") + word.textContent);
  }
  return [...lines.values()].join("\n");
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-region]")) return;
  setOn(!isOn());
  if (isOn()) toast(say("region.start"));
});
document.addEventListener("pointerdown", (event) => {
  const desk = event.target.closest(".desk");
  if (!desk || !isOn() || event.button) return;
  event.preventDefault();
  desk.setPointerCapture(event.pointerId);
  from = { x: event.clientX, y: event.clientY };
  box = made("div", { class: "picked" });
  body.append(box);
  draw(event);
});
document.addEventListener("pointermove", (event) => { if (from) draw(event); });
document.addEventListener("pointercancel", () => { if (from) setOn(false); });
document.addEventListener("pointerup", async (event) => {
  if (!from) return;
  const text = textOf(wordsIn(draw(event)));
  setOn(false);
  if (!text) { toast(say("region.none")); return; }
  await copy(text);
  toast(say("copied"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOn()) { event.stopPropagation(); setOn(false); }
}, { capture: true });
