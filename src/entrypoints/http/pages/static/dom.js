// What all scripts of the pages share: finding and making nodes, saying sentences, showing messages. Text stays text.

export const body = document.body;
export const base = body.dataset.base;
const texts = JSON.parse(body.dataset.texts);

const problems = JSON.parse(body.dataset.problems ?? "{}");

// What a refusal of the API says to the reader: by its code in other languages, else the English sentence itself.
export const reason = (problem) => problems[problem?.code] ?? problem?.detail;

export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const one = (selector, within = document) => within.querySelector(selector);

// Another page of ours, on which goes on what waits in this tab.
export function go(path) {
  document.dispatchEvent(new CustomEvent("ocr:leaving"));
  location.assign(base + path);
}

export function say(key, values = {}) {
  const name = "n" in values ? `${key}.${values.n === 1 ? "one" : "many"}` : key;
  return texts[name].replace(/\{(\w+)\}/g, (_, found) => String(values[found]));
}

export function made(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Toasts: short messages that go by themselves, or with what they wait for.

export function toast(text, { action, key, act, seconds = 5 } = {}) {
  const node = made("div", { class: "toast" }, made("span", { text, dir: "auto" }));
  const gone = () => node.remove();
  if (action) {
    const keyed = key ? { "data-key": key, "aria-keyshortcuts": key, title: `${action} (${key})` } : {};
    node.append(made("button", { type: "button", text: action, click: () => { gone(); act(); }, ...keyed }));
  }
  one("#toasts").append(node);
  if (seconds) setTimeout(gone, seconds * 1000);
  return gone;
}
