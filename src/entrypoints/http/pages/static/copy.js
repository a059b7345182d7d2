// Copying what is shown once: a key, or the secret of a webhook.

async function copied(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
  } catch {  // over plain HTTP there is no clipboard
    getSelection().selectAllChildren(node);
    document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("[data-copy-of]")) {
  button.addEventListener("click", async () => {
    await copied(document.getElementById(button.dataset.copyOf));
    button.querySelector("span").textContent = button.dataset.done;
  });
}
