// Uploads: one request for all files of a drop; how far each file is follows from how many bytes were sent.

import { base, body, made, one, reason, say, toast } from "./dom.js";
import { refresh } from "./live.js";

const language = body.dataset.language;
const order = new Intl.Collator(undefined, { numeric: true });
const form = one("#upload");
const sending = new Set();
//: What is the same of a batch that the service may have -> its key.
const unanswered = new Map();

function mayBeRead(file) {
  const name = file.name.toLowerCase();
  return !name.startsWith(".") && form.dataset.suffixes.split(",").some((suffix) => name.endsWith(suffix));
}

function tell(what, files) {
  const names = files.slice(0, 3).map((file) => file.name).join(", ") + (files.length > 3 ? " …" : "");
  toast(say(what, { n: files.length, names }), { seconds: 8 });
}

function take(files, { fromFolder = false } = {}) {
  const found = [...files];
  const good = fromFolder ? found.filter(mayBeRead) : found;
  if (fromFolder) good.sort((a, b) => order.compare(a.webkitRelativePath || a.name, b.webkitRelativePath || b.name));
  const others = found.filter((file) => !good.includes(file) && !file.name.startsWith("."));
  if (others.length) tell("skipped", others);
  if (!good.length) { if (!others.length || fromFolder) toast(say("nothing")); return; }
  send(batchOf(good));
}

// What makes one batch of all that is sent for it: the files, the options as they were, and a key by which the service
// knows the same batch again. So a batch that is sent anew because its answer was lost makes no second job, by whichever
// button, or dropped again.
function batchOf(files, options = {}) {
  const data = new FormData();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim()) data.append(name, value);
  for (const [name, value] of Object.entries(options)) data.append(name, value);
  for (const file of files) data.append("files", file, file.name);
  const same = JSON.stringify([[...data].filter(([name]) => name !== "files"), files.map((file) => [file.name, file.size, file.lastModified])]);
  const key = unanswered.get(same) ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { files, data, key, same };
}

// Why the service would take no such request, whatever is in the files: that is told before they are sent.
function refusalOf(files) {
  const { said, ...most } = JSON.parse(form.dataset.most);
  const number = (count) => new Intl.NumberFormat(language).format(count);
  if (files.length > most.files) return { detail: say("too_many", { count: number(files.length), most: number(most.files) }) };
  const index = files.findIndex((file) => file.size > most.file);
  if (index >= 0) return { index, detail: say("too_large", { most: said.file }) };
  const isTooMuch = files.reduce((sum, file) => sum + file.size, 0) > most.bytes;
  return isTooMuch ? { detail: say("too_much", { most: said.bytes }) } : null;
}

function send(sent) {
  const { files, data, key, same } = sent;
  const refusal = refusalOf(files);
  const list = made("ul");
  const title = made("span");
  const stop = made("button", { type: "button", class: "button small", text: say("stop") });
  const batch = made("div", { class: "batch" }, made("div", { class: "batch-head" }, title, stop), list);
  title.textContent = say("uploading", { n: files.length });
  const rows = (refusal && refusal.index === undefined ? [] : files).map((file) => {
    const state = made("span", { class: "quiet", text: say("waits") });
    const progress = made("progress", { max: Math.max(file.size, 1), value: 0, "aria-label": file.name });
    const row = made("li", { class: "sent" }, made("span", { class: "name", text: file.name, dir: "auto" }), state, progress);
    list.append(row);
    return { row, state, progress, file };
  });
  one("#uploads").prepend(batch);

  const request = new XMLHttpRequest();
  request.open("POST", `${base}/api/v1/jobs`);
  request.setRequestHeader("idempotency-key", key);
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
  // A request that was sent whole may have had its effect, whatever answered.
  let isWhole = false;
  request.upload.addEventListener("load", () => { isWhole = true; });
  const failed = (problem = {}) => {
    const { index, detail } = problem;
    if (isWhole && (!request.status || request.status >= 500)) unanswered.set(same, key);
    const isUnknown = unanswered.has(same) && !problem.code;
    const sentence = reason(problem) ?? say(isUnknown ? "unanswered" : "failed");
    const original = detail === sentence ? "" : detail;
    title.textContent = index === undefined ? sentence : say("others");
    if (original && index === undefined) list.before(made("p", { class: "quiet small-text", lang: "en", text: original }));
    for (const { state, progress } of rows) { state.textContent = isUnknown ? "" : say("unsent"); progress.remove(); }
    const buttons = refusal ? [] : [made("button", { type: "button", class: "button small", text: say("again"), click: () => { batch.remove(); send(sent); } })];
    if (index !== undefined && rows[index]) {
      rows[index].row.classList.add("refused");
      rows[index].state.textContent = "";
      const plain = (text) => text.replace(`File ${index + 1} (${files[index].name}): `, "");  // it stands beside its name
      rows[index].row.append(made("span", { class: "why", role: "alert", text: plain(sentence) }));
      if (original) rows[index].row.append(made("span", { class: "more quiet small-text", lang: "en", text: plain(original) }));
      rows[index].row.scrollIntoView({ block: "nearest" });
      const rest = files.filter((_, at) => at !== index);
      // The service names the first file that it refuses. So that nobody sends a stack again for each bad one in it, the
      // others are sent so that one which cannot be read either becomes a page that failed.
      const others = () => { batch.remove(); send(batchOf(rest, { accept_partial: "1" })); };
      if (rest.length) buttons.unshift(made("button", { type: "button", class: "button small main", text: say("remove"), click: others }));
    }
    buttons.push(made("button", { type: "button", class: "button small", text: say("dismiss"), click: () => batch.remove() }));
    stop.replaceWith(...buttons);
  };
  request.addEventListener("load", () => {
    if (request.status === 202) { unanswered.delete(same); batch.remove(); refresh(); return; }
    failed(request.response ?? undefined);
  });
  request.addEventListener("error", () => failed());
  request.addEventListener("abort", () => batch.remove());
  if (refusal) { failed(refusal); return; }
  request.addEventListener("loadend", () => sending.delete(request));
  stop.addEventListener("click", () => request.abort());
  sending.add(request);
  request.send(data);
}

// Another page ends what this one sends, so the browser asks first.
addEventListener("beforeunload", (event) => { if (sending.size) event.preventDefault(); });

// What cannot be opened, as without the right to, is told of, and the rest is sent.
async function filesOf(entry, lost) {
  const found = [];
  try {
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) break;
      found.push(...some);
    }
  } catch {
    lost.push({ name: entry.fullPath.slice(1) });
  }
  found.sort((a, b) => order.compare(a.name, b.name));
  const files = [];
  for (const child of found) files.push(...(await filesOf(child, lost)));
  return files;
}

async function drop(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files];
  if (!entries.some((entry) => entry.isDirectory)) { take(plain); return; }
  const [files, lost] = [[], []];
  for (const entry of entries) files.push(...(await filesOf(entry, lost)));
  if (lost.length) tell("unopened", lost);
  take(files, { fromFolder: true });
}

if (form) {
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
  one("main").append(word);
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
