// Events: tells the script of the pages when something has changed. It carries no markup: the page asks for itself.
//
// A tab that nobody looks at holds no stream, because a browser has few connections to one service. When it is looked at
// again, the page asks for itself, and the stream resumes.

import { base, body } from "./dom.js";

const address = body.dataset.events && `${base}${body.dataset.events}`;
//: Milliseconds until a stream is tried again that was refused, because the service has too many, or the person no rights.
const AGAIN = 10000;
let stream = null;
let waiting = 0;

const tell = (what) => document.dispatchEvent(new CustomEvent(`ocr:${what}`));

function open() {
  if (stream || document.hidden) return;
  clearTimeout(waiting);
  const opened = new EventSource(address);
  stream = opened;
  opened.addEventListener("open", () => tell("following"));
  opened.addEventListener("item", () => tell("changed"));
  opened.addEventListener("job", (event) => {
    tell("changed");
    if (body.classList.contains("job") && !/^(PENDING|PROCESSING)$/.test(JSON.parse(event.data).status)) close();
  });
  opened.addEventListener("gone", () => {
    tell("changed");
    if (body.classList.contains("job")) close();
  });
  opened.addEventListener("error", () => {
    tell("lost");
    if (opened.readyState !== EventSource.CLOSED) return;  // the browser connects again by itself, and resumes
    close();
    waiting = setTimeout(open, AGAIN);
  });
}

function close() {
  clearTimeout(waiting);
  stream?.close();
  stream = null;
  tell("lost");
}

if (address && "EventSource" in window) {
  open();
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
}
