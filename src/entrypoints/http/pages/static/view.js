// Zoom and turn, in place; the links do the same with a reload.

import { all, one } from "./dom.js";

const ZOOMS = [100, 150, 200, 300, 400];

function setQuery(name, value) {
  history.replaceState(null, "", withQuery(location.href, name, value));
}

function withQuery(text, name, value) {
  const address = new URL(text);
  if (value) address.searchParams.set(name, value); else address.searchParams.delete(name);
  return address.href;
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
  const value = next === 100 ? "" : next;
  setQuery("zoom", value);
  // The pages before and after are looked at in the same size.
  for (const link of all("#item-head [rel], #strip a")) link.href = withQuery(link.href, "zoom", value);
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
  const link = event.target.closest("a[data-zoom], a[data-turn]");
  if (link?.matches("[data-zoom]")) { event.preventDefault(); zoom(link.dataset.zoom); }
  else if (link && turn()) event.preventDefault();
});
