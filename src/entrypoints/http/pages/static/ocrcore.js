// The script of all pages. Everything works without it; with it, pages are live, uploads show how far they are,
// words and picture are linked, and a deletion can be undone. It writes text as text, never as markup.
import { all, base, body, made, one, say, toast } from "./dom.js";

const root = document.documentElement;
const language = body.dataset.language;
root.classList.add("js");

// Times: ages in the reader's words, exact instants in the reader's zone.

const ages = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

function age(instant) {
  const seconds = (Date.now() - instant) / 1000;
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of steps) if (seconds >= length) return ages.format(-Math.floor(seconds / length), unit);
  return ages.format(0, "second");
}

function setTimes(within = document) {
  for (const time of all("time[datetime]", within)) {
    const instant = new Date(time.dateTime);
    time.title = exact.format(instant);
    if (!time.classList.contains("clock")) time.textContent = age(instant);
    else time.textContent = instant.toLocaleTimeString(language);
  }
}
setInterval(setTimes, 30000);

// Pictures that could not be drawn at once, because many are asked for: they are asked for again.

function watchPictures(within = document) {
  for (const picture of all("image", within)) {
    if (picture.dataset.watched) continue;
    picture.dataset.watched = "1";
    let tries = 0;
    picture.addEventListener("error", () => {
      if (tries++ < 6) setTimeout(() => picture.setAttribute("href", picture.getAttribute("href")), 1500 * tries);
    });
  }
  for (const picture of all("img", within)) {
    if (picture.dataset.watched) continue;
    picture.dataset.watched = "1";
    let tries = 0;
    const failed = () => {
      picture.classList.add("missing");
      if (tries++ < 6) setTimeout(() => { picture.src = picture.src; }, 1500 * tries);
    };
    picture.addEventListener("error", failed);
    picture.addEventListener("load", () => picture.classList.remove("missing"));
    if (picture.complete && !picture.naturalWidth && picture.loading !== "lazy") failed();
  }
}

// Live parts: the page is asked for again, and only what differs is replaced. Nodes are told apart by their ids.

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

async function refresh() {
  if (refreshing) { asked = true; return; }
  refreshing = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.status === 404 && body.classList.contains("job")) { location.assign(`${base}/`); return; }
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
      hideDeleted();
      setTimes();
      watchPictures();
    }
    connected(true);
  } catch {
    connected(false);
  } finally {
    refreshing = false;
    if (asked) { asked = false; later(); }
  }
}

function replaceItem(part, wanted) {
  if (one("#page", part) && one("#page", wanted)) return;
  if (!one("#page", wanted) && wanted.dataset.open && part.dataset.shown === wanted.outerHTML) return;
  part.dataset.shown = wanted.outerHTML;
  part.replaceChildren(...[...wanted.childNodes].map((node) => document.importNode(node, true)));
  linkWords();
}

// A job that was open and is finished is told of where its page is not open.
function announce(part, wanted) {
  if (part.id !== "jobs" || document.hasFocus()) return;
  for (const row of all(".row", wanted)) {
    const before = document.getElementById(row.id);
    if (before && /PENDING|PROCESSING/.test(before.dataset.status) && row.dataset.status === "DONE") {
      toast(say("ready", { name: row.dataset.name }), { seconds: 8 });
    }
  }
}

function connected(isUp) {
  if (!isUp && !isLost) isLost = toast(say("offline"), { seconds: 0 });
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

function follows() {
  if (!one("[data-live]")) return;
  document.addEventListener("visibilitychange", later);
  document.addEventListener("ocr:changed", later);
  document.addEventListener("ocr:following", () => { isFollowing = true; connected(true); });
  document.addEventListener("ocr:lost", () => { isFollowing = false; later(); });
  setInterval(() => { if (isLost || (!isFollowing && isOpen())) later(); }, 2000);
  setInterval(() => { if (!isFollowing) later(); }, 15000);
  setInterval(later, 60000);  // why a job waits changes without an event
}

// Uploads: one request for all files of a drop; how far each file is follows from how many bytes were sent.

const order = new Intl.Collator(undefined, { numeric: true });
const form = one("#upload");

function mayBeRead(file) {
  const name = file.name.toLowerCase();
  return !name.startsWith(".") && form.dataset.suffixes.split(",").some((suffix) => name.endsWith(suffix));
}

function take(files, { fromFolder = false } = {}) {
  const found = [...files];
  const good = fromFolder ? found.filter(mayBeRead) : found;
  if (fromFolder) good.sort((a, b) => order.compare(a.webkitRelativePath || a.name, b.webkitRelativePath || b.name));
  const others = found.filter((file) => !good.includes(file) && !file.name.startsWith("."));
  if (others.length) {
    const names = others.slice(0, 3).map((file) => file.name).join(", ") + (others.length > 3 ? " …" : "");
    toast(say("skipped", { n: others.length, names }), { seconds: 8 });
  }
  if (!good.length) { if (!others.length || fromFolder) toast(say("nothing")); return; }
  send(good);
}

function send(files) {
  const list = made("ul");
  const title = made("span");
  const stop = made("button", { type: "button", class: "button small", text: say("stop") });
  const batch = made("div", { class: "batch" }, made("div", { class: "batch-head" }, title, stop), list);
  title.textContent = say("uploading", { n: files.length });
  const rows = files.map((file) => {
    const state = made("span", { class: "quiet", text: say("waits") });
    const progress = made("progress", { max: Math.max(file.size, 1), value: 0, "aria-label": file.name });
    const row = made("li", { class: "sent" }, made("span", { class: "name", text: file.name, dir: "auto" }), state, progress);
    list.append(row);
    return { row, state, progress, file };
  });
  one("#uploads").prepend(batch);

  const data = new FormData();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim()) data.append(name, value);
  for (const file of files) data.append("files", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", `${base}/api/v1/jobs`);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    const whole = files.reduce((sum, file) => sum + file.size, 0);
    let left = event.total ? (event.loaded / event.total) * whole : 0;
    for (const { state, progress, file } of rows) {
      const part = Math.min(Math.max(left, 0), file.size);
      left -= file.size;
      progress.value = file.size ? part : 1;
      const share = new Intl.NumberFormat(language, { style: "percent" }).format(file.size ? part / file.size : 1);
      state.textContent = part >= file.size ? say("sent") : part > 0 ? share : say("waits");
    }
  });
  const failed = (sentence, index) => {
    title.textContent = index === undefined ? sentence : say("others");
    for (const { state, progress } of rows) { state.textContent = ""; progress.remove(); }
    const buttons = [made("button", { type: "button", class: "button small", text: say("again"), click: () => { batch.remove(); send(files); } })];
    if (index !== undefined && rows[index]) {
      rows[index].row.classList.add("refused");
      const plain = sentence.replace(`File ${index} (${files[index].name}): `, "");  // it stands beside its name
      rows[index].row.append(made("span", { class: "why", role: "alert", text: plain }));
      rows[index].row.scrollIntoView({ block: "nearest" });
      const rest = files.filter((_, at) => at !== index);
      if (rest.length) buttons.unshift(made("button", { type: "button", class: "button small main", text: say("remove"), click: () => { batch.remove(); send(rest); } }));
    }
    buttons.push(made("button", { type: "button", class: "button small", text: say("dismiss"), click: () => batch.remove() }));
    stop.replaceWith(...buttons);
  };
  request.addEventListener("load", () => {
    if (request.status === 202) { batch.remove(); refresh(); return; }
    const problem = request.response ?? {};
    failed(problem.detail ?? say("failed"), problem.index);
  });
  request.addEventListener("error", () => failed(say("failed")));
  request.addEventListener("abort", () => batch.remove());
  stop.addEventListener("click", () => request.abort());
  request.send(data);
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    found.push(...some);
  }
  found.sort((a, b) => order.compare(a.name, b.name));
  const files = [];
  for (const child of found) files.push(...(await filesOf(child)));
  return files;
}

async function drop(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files];
  if (!entries.some((entry) => entry.isDirectory)) { take(plain); return; }
  const files = [];
  for (const entry of entries) files.push(...(await filesOf(entry)));
  take(files, { fromFolder: true });
}

function uploads() {
  if (!form) return;
  const chooser = one("#files");
  const folder = made("input", { type: "file", webkitdirectory: "", hidden: "" });
  chooser.removeAttribute("required");
  chooser.tabIndex = -1;
  form.after(folder);
  chooser.addEventListener("change", () => { take(chooser.files); chooser.value = ""; });
  folder.addEventListener("change", () => { take(folder.files, { fromFolder: true }); folder.value = ""; });
  one("[data-pick=files]").addEventListener("click", () => chooser.click());
  one("[data-pick=folder]").addEventListener("click", () => folder.click());
  form.addEventListener("submit", (event) => event.preventDefault());

  let depth = 0;
  const word = made("div", { class: "drop-word", hidden: "" }, made("span", { text: say("drop") }));
  body.append(word);
  const show = (is) => { body.classList.toggle("dragging", is); word.hidden = !is; };
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => { if (holdsFiles(event)) { depth++; show(true); } });
  addEventListener("dragleave", (event) => { if (holdsFiles(event) && --depth <= 0) { depth = 0; show(false); } });
  addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    drop(event);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files.map((file) => file.name && file.name !== "image.png" ? file : new File([file], `${say("pasted")}.png`, { type: file.type })));
  });
}

// Deletions wait for ten seconds, on whatever page the reader is then. Whoever closes or reloads a page meant it.

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
      toast(say("undelete.failed", { name, why: problem.detail ?? "" }), { seconds: 10 });
      hideDeleted();
    } else {
      document.getElementById(`job-${id}`)?.remove();
      later();
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

function deletions() {
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
}

// Words: the picture and the text are linked both ways. The word that was chosen is part of the address.

function pair(number) { return [document.getElementById(`w${number}`), document.getElementById(`t${number}`)]; }

function light(number, is) {
  for (const node of pair(number)) node?.classList.toggle("lit", is);
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

function linkWords() {
  const sides = one("#sides");
  if (!sides) return;
  let over = null;
  sides.addEventListener("pointerover", (event) => {
    const number = event.target.closest("[data-w]")?.dataset.w ?? null;
    if (number === over) return;
    if (over !== null && over !== chosen) light(over, false);
    over = number;
    if (over !== null) light(over, true);
  });
  sides.addEventListener("pointerleave", () => { if (over !== null && over !== chosen) light(over, false); over = null; });
  sides.addEventListener("click", (event) => {
    const word = event.target.closest("[data-w]");
    if (!word || !getSelection().isCollapsed) return;
    choose(word.dataset.w);
    const [onPage, inText] = pair(word.dataset.w);
    const other = word === onPage ? inText : onPage;
    if (other) reveal(other);
  });
  const named = /^#[wt](\d+)$/.exec(location.hash);
  if (named && pair(named[1])[1]) { chosen = null; choose(named[1]); pair(named[1]).forEach((node) => node && reveal(node)); }
  else { const found = one("g.found"); if (found) { reveal(found); const text = one(".word.found"); if (text) reveal(text); } }
}

// What is selected on the picture is copied as words and lines, as from a PDF.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const page = one("#page");
  if (!page || selection.isCollapsed || !page.contains(selection.anchorNode)) return;
  const texts = all("g.w", page).filter((group) => selection.containsNode(one("text", group), true)).map((group) => pair(group.dataset.w)[1]);
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

// Zoom and turn, in place; the links do the same with a reload.

const ZOOMS = [100, 150, 200, 300, 400];

function setQuery(name, value) {
  const address = new URL(location.href);
  if (value) address.searchParams.set(name, value); else address.searchParams.delete(name);
  history.replaceState(null, "", address);
}

function zoom(how) {
  const page = one(".page", one(".desk"));
  const now = ZOOMS.find((level) => page.classList.contains(`zoom-${level}`)) ?? 100;
  const at = ZOOMS.indexOf(now) + { in: 1, out: -1, fit: -ZOOMS.length }[how];
  const next = ZOOMS[Math.min(Math.max(at, 0), ZOOMS.length - 1)];
  const desk = one(".desk");
  const [x, y] = [(desk.scrollLeft + desk.clientWidth / 2) / desk.scrollWidth, (desk.scrollTop + desk.clientHeight / 2) / desk.scrollHeight];
  page.classList.replace(`zoom-${now}`, `zoom-${next}`);
  desk.scrollTo(x * desk.scrollWidth - desk.clientWidth / 2, y * desk.scrollHeight - desk.clientHeight / 2);
  setQuery("zoom", next === 100 ? "" : next);
}

function turn() {
  const page = one("#page");
  if (!page) return false;
  const angle = (Number(page.dataset.turn) + 90) % 360;
  const [w, h] = [page.dataset.width, page.dataset.height];
  page.dataset.turn = angle;
  page.setAttribute("viewBox", angle % 180 ? `0 0 ${h} ${w}` : `0 0 ${w} ${h}`);
  one("#spin").setAttribute("transform", { 0: "", 90: `translate(${h} 0) rotate(90)`, 180: `translate(${w} ${h}) rotate(180)`, 270: `translate(0 ${w}) rotate(270)` }[angle]);
  setQuery("turn", angle || "");
  return true;
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-zoom], [data-turn], [data-copy], [data-open]");
  if (target?.matches("a[data-zoom]")) { event.preventDefault(); zoom(target.dataset.zoom); }
  else if (target?.matches("a[data-turn]")) { if (turn()) event.preventDefault(); }
  else if (target?.matches("[data-copy]")) copyText();
  else if (target?.matches("button[data-open]")) document.getElementById(target.dataset.open).showModal();
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Keys. The keys of links and buttons are in their data-key.

function step(by) {
  const rows = all(".rows .row:not(.going), .hits .row, .cards .card");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("at"));
  rows[at]?.classList.remove("at");
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  next.classList.add("at");
  one("a", next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    const menu = all("details[open].menu, details[open].rename")[0];
    if (menu) { menu.open = false; one("summary", menu).focus(); return; }
    if (isTyping) { event.target.blur(); return; }
  }
  if (isTyping) return;
  if (event.key === "?") { one("#keys").showModal(); return; }
  const key = { "=": "+", ArrowRight: "", ArrowLeft: "" }[event.key] ?? event.key;
  const target = all("[data-key]").find((node) => node.dataset.key === key);
  if (target) {
    event.preventDefault();
    if (target.matches("input")) { target.focus(); target.select(); } else target.click();
  } else if (key === "j" || key === "k") {
    event.preventDefault();
    step(key === "j" ? 1 : -1);
  } else if (key === "u" && !form) {
    location.assign(`${base}/`);
  }
});

uploads();
deletions();
linkWords();
setTimes();
watchPictures();
follows();
