// Deletions wait for ten seconds, on whatever page the reader is then. Whoever closes or reloads a page meant it: what
// was deleted in this tab goes then, and what was in another one waits on.

import { all, base, body, go, reason, say, toast } from "./dom.js";

const STORE = "ocrcore.deleted";
const NAME = "ocrcore.tab";
const TAB = sessionStorage.getItem(NAME) ?? Math.random().toString(36);
const UNDO = 10000;
let isLeaving = false;
const toasts = new Map();

// A tab that is copied takes its storage along, so the name of this one is there only from one page to the next.
sessionStorage.removeItem(NAME);
addEventListener("pageshow", () => sessionStorage.removeItem(NAME));
addEventListener("pagehide", () => sessionStorage.setItem(NAME, TAB));

const deleted = () => { try { return JSON.parse(localStorage.getItem(STORE)) ?? []; } catch { return []; } };
const setDeleted = (list) => localStorage.setItem(STORE, JSON.stringify(list));
const forget = (id) => setDeleted(deleted().filter((entry) => entry.id !== id));

function hideDeleted() {
  const ids = new Set(deleted().map((entry) => `job-${entry.id}`));
  for (const row of all(".rows .row")) row.classList.toggle("going", ids.has(row.id));
}

async function carryOut({ id, name }) {
  toasts.get(id)?.();
  toasts.delete(id);
  if (!deleted().some((entry) => entry.id === id)) return;
  try {
    const answer = await fetch(`${base}/api/v1/jobs/${id}`, { method: "DELETE" });
    forget(id);
    if (!answer.ok && answer.status !== 404) {
      const problem = await answer.json().catch(() => ({}));
      toast(say("undelete.failed", { name, why: reason(problem) ?? "" }), { seconds: 10 });
      hideDeleted();
    } else {
      document.getElementById(`job-${id}`)?.remove();
      document.dispatchEvent(new CustomEvent("ocr:changed"));
    }
  } catch {
    setTimeout(() => carryOut({ id, name }), 3000);
  }
}

function waitFor(entry) {
  const left = entry.until - Date.now();
  if (left <= 0) { carryOut(entry); return; }
  const gone = toast(say("deleted", { name: entry.name }), { seconds: left / 1000, action: say("undo"), act: () => {
    const isWaiting = deleted().some(({ id }) => id === entry.id);
    forget(entry.id);
    clearTimeout(timer);
    hideDeleted();
    toast(say(isWaiting ? "undone" : "undo.late", { name: entry.name }), { seconds: 3 });
  } });
  toasts.set(entry.id, gone);
  const timer = setTimeout(() => carryOut(entry), left);
}

hideDeleted();
for (const entry of deleted()) waitFor(entry);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-delete]");
  if (button && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const entry = { id: button.dataset.delete, name: button.dataset.name, until: Date.now() + UNDO, tab: TAB };
    setDeleted([...deleted().filter((other) => other.id !== entry.id), entry]);
    if (body.classList.contains("job")) { go("/"); return; }
    hideDeleted();
    waitFor(entry);
  }
});

// Only what leads this tab to another page of ours is leaving: no download, no new tab, nothing that a script does in
// place. The window hears of a click last, when all of them have said so.
const sameTab = (event) => !event.defaultPrevented && !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (link && sameTab(event) && !link.matches("[download], [data-download], [target]")) isLeaving = true;
});
addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target.method !== "dialog") isLeaving = true; });
document.addEventListener("ocr:leaving", () => { isLeaving = true; });
addEventListener("pageshow", () => { isLeaving = false; });
addEventListener("pagehide", () => {
  if (isLeaving) return;
  for (const { id, tab } of deleted()) {
    if (tab !== TAB) continue;
    fetch(`${base}/api/v1/jobs/${id}`, { method: "DELETE", keepalive: true });
    forget(id);
  }
});
document.addEventListener("ocr:renewed", hideDeleted);
