// Deletions wait for ten seconds, on whatever page the reader is then. Whoever closes or reloads a page meant it: what
// was deleted in this tab goes then, and what was in another one waits on. It is on the list of its owner until the
// service has answered, so what it did not hear of, as after the end of a session, goes from the owner's next page.

import { all, base, body, go, reason, say, toast } from "./dom.js";

const STORE = `ocrcore.deleted ${base} ${body.dataset.owner}`;
const NAME = "ocrcore.tab";
const TAB = sessionStorage.getItem(NAME) ?? Math.random().toString(36);
const UNDO = 10000;
//: Milliseconds that signing out waits for the service.
const PATIENCE = 5000;
let isLeaving = false;
const shown = new Map();
const sending = new Set();

// A tab that is copied takes its storage along, so the name of this one is there only from one page to the next.
sessionStorage.removeItem(NAME);
addEventListener("pageshow", () => sessionStorage.removeItem(NAME));
addEventListener("pagehide", () => sessionStorage.setItem(NAME, TAB));

const deleted = () => { try { return JSON.parse(localStorage.getItem(STORE)) ?? []; } catch { return []; } };
const setDeleted = (list) => localStorage.setItem(STORE, JSON.stringify(list));
const forget = (id) => setDeleted(deleted().filter((entry) => entry.id !== id));
const ask = (id, options) => fetch(`${base}/api/v1/jobs/${id}`, { method: "DELETE", ...options });

function hideDeleted() {
  const ids = new Set(deleted().map((entry) => `job-${entry.id}`));
  for (const row of all(".rows .row")) row.classList.toggle("going", ids.has(row.id));
}

function hide(id) {
  shown.get(id)?.();
  shown.delete(id);
}

async function carryOut({ id, name }) {
  hide(id);
  if (sending.has(id) || !deleted().some((entry) => entry.id === id)) return;
  sending.add(id);
  try {
    const answer = await ask(id);
    if (answer.status !== 401) forget(id);
    if (!answer.ok && answer.status !== 404 && answer.status !== 401) {
      const problem = await answer.json().catch(() => ({}));
      toast(say("undelete.failed", { name, why: reason(problem) ?? "" }), { seconds: 10 });
      hideDeleted();
    } else {
      if (answer.status !== 401) document.getElementById(`job-${id}`)?.remove();
      document.dispatchEvent(new CustomEvent("ocr:changed"));
    }
  } catch {
    setTimeout(() => carryOut({ id, name }), 3000);
  } finally {
    sending.delete(id);
  }
}

function undo({ id, name }) {
  const isWaiting = deleted().some((entry) => entry.id === id && entry.until > Date.now());
  if (isWaiting) forget(id);
  hide(id);
  hideDeleted();
  toast(say(isWaiting ? "undone" : "undo.late", { name }), { seconds: 3 });
}

// All tabs show what waits.
function show() {
  const entries = deleted();
  hideDeleted();
  for (const id of shown.keys()) if (!entries.some((entry) => entry.id === id)) hide(id);
  for (const entry of entries) {
    const left = entry.until - Date.now();
    if (left <= 0) { carryOut(entry); continue; }
    if (shown.has(entry.id)) continue;
    const gone = toast(say("deleted", { name: entry.name }), { seconds: left / 1000, action: say("undo"), key: "z", act: () => undo(entry) });
    const timer = setTimeout(() => carryOut(entry), left);
    shown.set(entry.id, () => { clearTimeout(timer); gone(); });
  }
}

show();
addEventListener("storage", (event) => { if (event.key === STORE) show(); });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-delete]");
  if (button && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const entry = { id: button.dataset.delete, name: button.dataset.name, until: Date.now() + UNDO, tab: TAB };
    setDeleted([...deleted().filter((other) => other.id !== entry.id), entry]);
    if (body.classList.contains("job")) { go("/"); return; }
    show();
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
// Back and forward, too, where the browser tells of them before. The page to sign in has no script.
window.navigation?.addEventListener("navigate", ({ navigationType, destination }) => {
  const { origin, pathname } = new URL(destination.url);
  const isOurs = origin === location.origin && pathname.startsWith(`${base}/`) && pathname !== `${base}/login`;
  if (navigationType === "traverse" && !destination.sameDocument) isLeaving = isOurs;
});
addEventListener("pageshow", (event) => { isLeaving = false; if (event.persisted) show(); });
addEventListener("pagehide", () => {
  const own = isLeaving ? [] : deleted().filter(({ tab }) => tab === TAB);
  if (!own.length) return;
  setDeleted(deleted().map((entry) => entry.tab === TAB ? { ...entry, until: 0 } : entry));
  for (const { id } of own) ask(id, { keepalive: true }).catch(() => {});
});

// Nobody can delete who has signed out, so what waits goes before.
document.addEventListener("submit", async (event) => {
  const waiting = deleted();
  if (!event.target.matches("[data-sign-out]") || !waiting.length) return;
  event.preventDefault();
  setDeleted(waiting.map((entry) => ({ ...entry, until: 0 })));
  await Promise.all(waiting.map(async ({ id }) => {
    const answer = await ask(id, { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
    if (answer?.ok || answer?.status === 404) forget(id);
  }));
  isLeaving = true;
  event.target.submit();
});
document.addEventListener("ocr:renewed", hideDeleted);
