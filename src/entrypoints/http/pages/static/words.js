// Words: the picture and the text are linked both ways. The word that was chosen is part of the address.

import { all, made, one, say, toast } from "./dom.js";

const item = document.getElementById("item");

// "w12" and "t12" are the same word.
const numberOf = (node) => node.id.slice(1);
const wordAt = (node) => node.closest?.("#item .w, #item .word") ?? null;
function pair(number) { return [document.getElementById(`w${number}`), document.getElementById(`t${number}`)]; }

function light(number, is) {
  const [drawn, written] = pair(number);
  for (const node of [drawn, written]) node?.classList.toggle("lit", is);
  document.getElementById(`box${number}`)?.remove();
  if (drawn && is) drawn.before(boxOf(drawn, number));
}

// The box of a word on the picture: its letters fill its width, and a fifth of its height is below their baseline.
function boxOf(word, number) {
  const [x, y, height, width] = ["x", "y", "font-size", "textLength"].map((name) => Number(word.getAttribute(name)));
  const box = document.createElementNS(word.namespaceURI, "rect");
  const place = { id: `box${number}`, class: "box-lit", x: word.hasAttribute("direction") ? x - width : x, y: y - 0.8 * height, width, height };
  for (const [name, value] of Object.entries(place)) box.setAttribute(name, value);
  if (word.hasAttribute("transform")) box.setAttribute("transform", word.getAttribute("transform"));
  return box;
}

function reveal(node) {
  const box = node.getBoundingClientRect();
  const frame = node.closest(".desk, .reading").getBoundingClientRect();
  if (box.top < frame.top || box.bottom > frame.bottom || box.left < frame.left || box.right > frame.right) {
    node.scrollIntoView({ block: "center", inline: "center" });
  }
}

let chosen = null;
function choose(number) {
  if (chosen !== null) light(chosen, false);
  chosen = chosen === number ? null : number;
  if (chosen !== null) light(chosen, true);
  history.replaceState(null, "", chosen === null ? location.pathname + location.search : `#w${chosen}`);
}

function show() {
  const named = /^#[wt](\d+)$/.exec(location.hash);
  const found = named ? pair(named[1]) : [one(".w.found"), one(".word.found")];
  if (named && found[1]) { chosen = null; choose(named[1]); }
  for (const node of found) if (node) reveal(node);
}

// How sure a word is, is said when somebody points at it.
function tell(word) {
  if (word?.dataset.sure && !word.title) word.title = say("sure", { share: word.dataset.sure });
}

let over = null;
function point(number) {
  if (number === over) return;
  if (over !== null && over !== chosen) light(over, false);
  over = number;
  if (over !== null) { light(over, true); tell(pair(over)[1]); }
}

if (item) {
  item.addEventListener("pointerover", (event) => { const word = wordAt(event.target); point(word && numberOf(word)); });
  item.addEventListener("pointerleave", () => point(null));
  item.addEventListener("click", (event) => {
    const word = wordAt(event.target);
    if (!word || !getSelection().isCollapsed) return;
    choose(numberOf(word));
    const other = pair(numberOf(word)).find((node) => node && node !== word);
    if (other) reveal(other);
  });
  let shown = one("#sides", item);
  show();
  document.addEventListener("ocr:renewed", () => {
    const now = one("#sides", item);
    if (now !== shown) { shown = now; show(); }
  });
}

// What is selected on the picture is copied as words and lines, as from a PDF.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const page = one("#page");
  if (!page || selection.isCollapsed || !page.contains(selection.anchorNode)) return;
  const texts = all(".w", page).filter((word) => selection.containsNode(word, true)).map((word) => pair(numberOf(word))[1]);
  if (!texts.length) return;
  const range = document.createRange();
  range.setStartBefore(texts[0]);
  range.setEndAfter(texts[texts.length - 1]);
  const words = made("div", { class: "hidden" });
  words.append(range.cloneContents());
  event.clipboardData.setData("text/plain", textOf(words));
  event.preventDefault();
});

function textOf(node) {
  const copy = node.cloneNode(true);
  for (const line of all("br", copy)) line.replaceWith("\n");
  const paragraphs = all("p", copy);
  const plain = (text) => text.replace(/\n+/g, "\n").replace(/[ \t]*\n[ \t]*/g, "\n").trim();
  return (paragraphs.length ? paragraphs : [copy]).map((part) => plain(part.textContent)).join("\n\n");
}

async function copyText() {
  const reading = one("#reading");
  if (!reading) return;
  try {
    await navigator.clipboard.writeText(textOf(reading));
    toast(say("copied"), { seconds: 3 });
  } catch {
    getSelection().selectAllChildren(reading);
    document.execCommand("copy");
    toast(say("copied"), { seconds: 3 });
  }
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-copy]")) copyText(); });
