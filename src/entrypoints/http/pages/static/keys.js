// Keys. The keys of links and buttons are in their data-key.
// Menus close by a click elsewhere, and buttons open dialogs.

import { all, go, one } from "./dom.js";

document.documentElement.classList.add("js");

//: Keys that may be held. Any other would do its deed again on the next page, which nobody has seen.
const HELD = /^[-+=jk]$/;

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
  if (event.repeat && !HELD.test(event.key)) return;
  // Enter is for what has the focus.
  if (event.key === "Enter" && event.target.closest("a[href], button, summary")) return;
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    const menu = all("details[open].menu, details[open].rename")[0];
    if (menu) { menu.open = false; one("summary", menu).focus(); return; }
    if (isTyping) { event.target.blur(); return; }
  }
  if (isTyping) return;
  if (event.key === "?") { one("#keys").showModal(); return; }
  const key = { "=": "+", ArrowRight: "", ArrowLeft: "" }[event.key] ?? event.key;
  const targets = all("[data-key]").filter((node) => node.dataset.key === key);
  const target = targets.at(key === "z" ? -1 : 0);  // what was deleted last comes back first
  if (target) {
    event.preventDefault();
    if (target.matches("input")) { target.focus(); target.select(); } else target.click();
  } else if (key === "j" || key === "k") {
    event.preventDefault();
    step(key === "j" ? 1 : -1);
  } else if (key === "u" && !one("#upload")) {
    go("/");
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-open]");
  if (button) document.getElementById(button.dataset.open).showModal();
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
