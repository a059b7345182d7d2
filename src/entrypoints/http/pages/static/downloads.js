// Downloads that may be refused, as a PDF/A: why is said in place, and the page stays. Without this script the link leads
// to the same document, or to a page with the reason.

import { made, reason, say, toast } from "./dom.js";

async function save(link) {
  const done = toast(say("download.made"), { seconds: 0 });
  try {
    const answer = await fetch(link.href, { headers: { accept: "application/json" } });
    if (!answer.ok) { toast(reason(await answer.json()), { seconds: 10 }); return; }
    const address = URL.createObjectURL(await answer.blob());
    made("a", { href: address, download: link.dataset.download }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch {
    toast(say("download.failed"));
  } finally {
    done();
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-may-fail]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  save(link);
});
