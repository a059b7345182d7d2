// Live parts: the page is asked for again, and only what differs is replaced. Nodes are told apart by their ids.
//
// "ocr:changed" asks for it soon, and "ocr:renewed" tells that it was done. A page that is read stays as it is; "ocr:item"
// has what it would be now.

import { all, base, body, go, one, say, toast } from "./dom.js";

const served = new WeakMap();

function remember(node, wanted = node) {
  served.set(node, wanted.outerHTML);
  if (node.matches("ul, ol")) [...node.children].forEach((child, at) => served.set(child, wanted.children[at].outerHTML));
}
for (const part of all("[data-live]")) {
  remember(part);
  for (const node of part.children) remember(node);
}

function isBusy(node) {
  return node.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")
    || one("details[open]", node) !== null;
}

function morph(now, next) {
  const there = new Map([...now.children].map((node) => [node.id, node]));
  let place = now.firstElementChild;
  for (const wanted of [...next.children]) {
    let found = there.get(wanted.id);
    there.delete(wanted.id);
    if (!found) {
      found = document.importNode(wanted, true);
      remember(found, wanted);
      if (wanted.id.startsWith("job-")) found.classList.add("fresh");
      now.insertBefore(found, place);
      continue;
    }
    if (found === place) place = place.nextElementSibling;
    else now.insertBefore(found, place);
    if (served.get(found) === wanted.outerHTML || isBusy(found)) continue;
    if (found.matches("ul, ol")) {
      morph(found, wanted);
      served.set(found, wanted.outerHTML);
    } else {
      replace(found, wanted);
    }
  }
  for (const left of there.values()) left.remove();
}

function replace(found, wanted) {
  const fresh = document.importNode(wanted, true);
  const focused = found.contains(document.activeElement) ? pathTo(found, document.activeElement) : null;
  if (found.classList.contains("at")) fresh.classList.add("at");
  keepPictures(found, fresh);
  found.replaceWith(fresh);
  remember(fresh, wanted);
  if (focused) follow(fresh, focused)?.focus({ preventScroll: true });
}

// A picture that is loaded stays, so that nothing flickers.
function keepPictures(old, fresh) {
  const loaded = new Map(all("img", old).map((picture) => [picture.getAttribute("src"), picture]));
  for (const picture of all("img", fresh)) {
    const same = loaded.get(picture.getAttribute("src"));
    if (same && same.naturalWidth) picture.replaceWith(same);
  }
}

function pathTo(top, node) {
  const path = [];
  for (; node !== top; node = node.parentElement) path.unshift([...node.parentElement.children].indexOf(node));
  return path;
}

const follow = (top, path) => path.reduce((node, at) => node?.children[at], top);

let isLost = null;
let refreshing = false;
let asked = false;

export async function refresh() {
  if (refreshing) { asked = true; return; }
  refreshing = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.status === 404 && body.classList.contains("job")) { go("/"); return; }
    if (answer.redirected && new URL(answer.url).pathname === `${base}/login`) { ended(); return; }
    if (answer.ok) {
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of all("[data-live]")) {
        const wanted = next.getElementById(part.id);
        if (!wanted) continue;
        announce(part, wanted);
        if (!part.dataset.live) for (const name of ["open", "status", "name"]) if (name in wanted.dataset) part.dataset[name] = wanted.dataset[name];
        if (part.id === "item") replaceItem(part, wanted);
        else if (part.dataset.live) { if (served.get(part) !== wanted.outerHTML && !isBusy(part)) replace(part, wanted); }
        else morph(part, wanted);
      }
      document.dispatchEvent(new CustomEvent("ocr:renewed"));
    }
    connected(answer.status < 500, "away");  // a proxy answers for a service that it does not reach
  } catch {
    connected(false);
  } finally {
    refreshing = false;
    if (asked) { asked = false; later(); }
  }
}

function replaceItem(part, wanted) {
  if (one("#page", part) && one("#page", wanted)) {
    document.dispatchEvent(new CustomEvent("ocr:item", { detail: wanted }));
    return;
  }
  if (!one("#page", wanted) && wanted.dataset.open && part.dataset.shown === wanted.outerHTML) return;
  part.dataset.shown = wanted.outerHTML;
  part.replaceChildren(...[...wanted.childNodes].map((node) => document.importNode(node, true)));
}

// A job that was open and is finished is told of where its page is not open.
function announce(part, wanted) {
  if (part.id !== "jobs" || document.hasFocus()) return;
  for (const row of all(".row", wanted)) {
    const before = document.getElementById(row.id);
    if (before && /PENDING|PROCESSING/.test(before.dataset.status) && row.dataset.status === "DONE") {
      toast(say("ready", { name: one(".name", row).textContent }), { seconds: 8 });
    }
  }
}

// The page stays as it is, with what somebody may have typed. Signing in leads back to it.
let isOver = null;
function ended() {
  connected(true);
  isOver ??= toast(say("ended"), { seconds: 0, action: say("sign_in"), act: () => {
    document.dispatchEvent(new CustomEvent("ocr:leaving"));
    location.reload();
  } });
}

function connected(isUp, why = "offline") {
  if (!isUp && !isLost) isLost = toast(say(why), { seconds: 0 });
  if (isUp && isLost) { isLost(); isLost = null; toast(say("online"), { seconds: 2 }); }
}

let waiting = null;
let last = 0;
function later() {
  if (waiting || document.hidden) return;
  const pause = Math.max(0, last + 900 - Date.now());
  waiting = setTimeout(() => { waiting = null; last = Date.now(); refresh(); }, pause);
}

const isOpen = () => all("[data-live]").some((part) => part.dataset.open);

// Events (events.js) tell when to ask. Without them the page asks again and again, more often while a job is open.
let isFollowing = false;

if (one("[data-live]")) {
  document.addEventListener("visibilitychange", later);
  document.addEventListener("ocr:changed", later);
  document.addEventListener("ocr:following", () => { isFollowing = true; connected(true); });
  document.addEventListener("ocr:lost", () => { isFollowing = false; later(); });
  setInterval(() => { if (isLost || (!isFollowing && isOpen())) later(); }, 2000);
  setInterval(() => { if (!isFollowing) later(); }, 15000);
  setInterval(later, 60000);  // why a job waits changes without an event
}
