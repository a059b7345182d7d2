// Deletions wait for ten seconds, on whatever page the reader is then. Whoever closes or reloads a page meant it.

import { all, base, body, reason, say, toast } from "./dom.js";

const STORE = "ocrcore.deleted";
const UNDO = 10000;
let isLeaving = false;
const toasts = new Map();

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
    forget(entry.id);
    clearTimeout(timer);
    hideDeleted();
    toast(say("undone", { name: entry.name }), { seconds: 3 });
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
    const entry = { id: button.dataset.delete, name: button.dataset.name, until: Date.now() + UNDO };
    setDeleted([...deleted().filter((other) => other.id !== entry.id), entry]);
    if (body.classList.contains("job")) { isLeaving = true; location.assign(`${base}/`); return; }
    hideDeleted();
    waitFor(entry);
  }
  if (event.target.closest("a[href]")) isLeaving = true;
});
addEventListener("submit", () => { isLeaving = true; });
addEventListener("pageshow", () => { isLeaving = false; });
addEventListener("pagehide", () => {
  if (isLeaving) return;
  for (const { id } of deleted()) fetch(`${base}/api/v1/jobs/${id}`, { method: "DELETE", keepalive: true });
  setDeleted([]);
});
document.addEventListener("ocr:renewed", hideDeleted);
