// Corrections in place: a double click on a word, or "c" for the one that is chosen, makes an input of it. Enter saves,
// Escape leaves. Without this script the link beside it opens the same lines as a form.

import { all, base, made, one, reason, say, toast } from "./dom.js";

const item = document.getElementById("item");

let editing = null;

// A word of a line that was corrected as a whole belongs to no word that was recognised: the line is edited. Else it is
// the word at its place in the line, unless it names another.
function partOf(word) {
  const row = word.closest(".line");
  const there = all(".word", row);
  const placeOf = (node) => Number(node.dataset.word ?? there.indexOf(node));
  const line = row.dataset.line;
  const at = "whole" in row.dataset ? undefined : placeOf(word);
  const words = at === undefined ? there : there.filter((node) => placeOf(node) === at);
  const text = words.map((node, place) => (place ? (node.previousSibling?.textContent ?? "") : "") + node.textContent).join("");
  return { line: Number(line), word: at ?? null, words, text };
}

function edit(word) {
  if (editing) leave();
  const part = partOf(word);
  const input = made("input", {
    class: "word-input", dir: "auto", maxlength: "2000", autocomplete: "off", spellcheck: "false",
    "aria-label": say("correct.label", { was: part.text }), size: String(Math.max(part.text.length + 1, 4)),
  });
  input.value = part.text;
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") { event.preventDefault(); save(input.value); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); leave(true); }
  });
  const box = made("span", { class: "word-edit" }, input);
  part.words[0].before(box);
  for (const node of part.words) node.hidden = true;
  editing = { ...part, box, input, revision: Number(item.dataset.revision) };
  input.focus();
  input.select();
}

function leave(isBack = false) {
  if (!editing) return;
  const { box, words } = editing;
  editing = null;
  for (const node of words) node.hidden = false;
  box.remove();
  if (isBack) document.querySelector("[data-correct]")?.focus({ preventScroll: true });
}

async function save(text) {
  const now = editing;
  if (!now || now.isSaving) return;
  if (text.trim() === now.text) { leave(true); return; }
  now.isSaving = true;
  now.box.querySelector(".word-clash")?.remove();
  const corrections = [{ line: now.line, word: now.word, text }];
  try {
    const answer = await fetch(`${base}/api/v1/items/${item.dataset.item}/text`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ revision: now.revision, corrections }),
    });
    const told = await answer.json();
    if (answer.ok) { editing = null; await renew(); toast(say("correct.saved")); return; }
    if (told.code === "edit-conflict") clash(now, told);
    else toast(say("correct.failed", { why: reason(told) ?? "" }));
  } catch (error) {
    toast(say("correct.failed", { why: error.message }));
  } finally {
    now.isSaving = false;
  }
}

// Both are shown: what is typed stays in the input, and what the page says now stands beside it.
function clash(now, told) {
  const theirs = told.corrections?.[0]?.text ?? "";
  now.revision = told.revision;
  now.box.append(made("span", { class: "word-clash", role: "alert" },
    made("span", { text: `${say("correct.conflict")} ` }), made("b", { text: theirs || "∅", dir: "auto" }),
    made("button", { type: "button", class: "button small", text: say("correct.mine"), click: () => save(now.input.value) }),
    made("button", { type: "button", class: "button small", text: say("correct.theirs"), click: () => { editing = null; renew(); } })));
  now.input.focus();
}

// The page is asked for again.
async function renew() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("item");
  if (next) show(next);
  document.getElementById("reading")?.focus({ preventScroll: true });
}

// The parts with words are replaced by those of the page as it is now.
function show(next) {
  for (const id of ["words", "reading", "item-head"]) {
    const wanted = one(`#${id}`, next);
    if (wanted) document.getElementById(id)?.replaceChildren(...[...wanted.childNodes].map((node) => document.importNode(node, true)));
  }
  item.dataset.revision = next.dataset.revision;
  for (const seen of all("[data-seen]", item)) seen.value = next.dataset.revision;
}

// What somebody else corrects meanwhile is shown, but to one who is writing or has a text selected.
document.addEventListener("ocr:item", ({ detail: next }) => {
  if (!editing && getSelection().isCollapsed && next.dataset.revision !== item.dataset.revision) show(next);
});

item?.addEventListener("dblclick", (event) => {
  const number = event.target.closest(".w, .word")?.id.slice(1);
  const word = number === undefined ? null : document.getElementById(`t${number}`);
  if (!word || !document.querySelector("[data-correct]")) return;  // a key that may only look
  event.preventDefault();
  getSelection().removeAllRanges();
  edit(word);
});

// "c" corrects the word that is chosen; without one, the link opens the form.
item?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-correct]") || event.ctrlKey || event.metaKey) return;
  const word = document.querySelector("#reading .word.lit");
  if (word) { event.preventDefault(); edit(word); }
});
