// The page of what to look at, by Enter alone: it takes a line as it stands, and the next one comes; after the last one the
// page is right, and the next page comes with its first line chosen. Without this script Enter saves what is typed.

import { all, one } from "./dom.js";

const GOES_ON = "ocrcore.review";
const form = one("form.review-lines");
let isSent = false;

// Lines that are folded away are not asked about.
const lines = () => all("input[id^=line-]", form).filter((line) => line.checkVisibility?.() ?? line.offsetParent !== null);

function choose(line) {
  line.focus();
  line.select();
  line.scrollIntoView({ block: "nearest" });
}

form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const there = lines();
  const at = there.indexOf(event.target);
  if (at < 0) return;
  event.preventDefault();
  if (event.repeat || isSent) return;  // a key that is held would mark pages that nobody has seen
  if (there[at + 1]) { choose(there[at + 1]); return; }
  isSent = true;
  sessionStorage.setItem(GOES_ON, "1");
  form.requestSubmit(one("button[name=done]", form));
});

addEventListener("pageshow", () => { isSent = false; });

if (sessionStorage.getItem(GOES_ON)) {
  sessionStorage.removeItem(GOES_ON);
  const [first] = form ? lines() : [];
  if (first) choose(first);
}
