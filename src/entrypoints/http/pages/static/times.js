// Times: ages in the reader's words, exact instants in the reader's zone.

import { all, body } from "./dom.js";

const language = body.dataset.language;
const ages = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });
const date = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

function age(instant) {
  const seconds = (Date.now() - instant) / 1000;
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of steps) {
    if (seconds >= length) return ages.format(-Math.floor(seconds / length), unit);
    if (-seconds >= length) return ages.format(Math.round(-seconds / length), unit);
  }
  return ages.format(0, "second");
}

function setTimes() {
  for (const time of all("time[datetime]")) {
    const instant = new Date(time.dateTime);
    time.title = exact.format(instant);
    if (time.classList.contains("clock")) time.textContent = instant.toLocaleTimeString(language);
    else if (time.classList.contains("date")) time.textContent = date.format(instant);
    else time.textContent = age(instant);
  }
}
setTimes();
setInterval(setTimes, 30000);
document.addEventListener("ocr:renewed", setTimes);
