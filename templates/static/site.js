"use strict";

// Restores the reader's choices of language and colours before the page is painted, and keeps them.
// A reader who has not chosen sees the language that the browser prefers, if the page has it. The
// choices themselves work without this, by the style sheet.
{
  const root = document.documentElement;
  const LANGUAGES = ["ko", "en"];
  const COLOURS = ["auto", "light", "dark"];
  const get = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* forbidden: not kept */ } };
  const spoken = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const known = (values, ...wanted) => wanted.find((value) => values.includes(value));
  const own = root.lang;

  const restore = () => {
    root.lang = known(LANGUAGES, get("language"), ...spoken, own);
    root.dataset.colours = known(COLOURS, get("colours"), "auto");
    for (const input of document.querySelectorAll(".choices input"))
      input.checked = [root.lang, root.dataset.colours].includes(input.value);
  };
  restore();
  addEventListener("DOMContentLoaded", restore);
  // Pages that the browser kept show what was chosen since.
  addEventListener("pageshow", (event) => event.persisted && restore());
  addEventListener("change", ({ target }) => {
    if (!target.matches(".choices input")) return;
    keep(target.name, target.value);
    if (target.name === "language") root.lang = target.value;
    else root.dataset.colours = target.value;
  });
}

// A link to a paper opens what is folded there.
{
  const unfold = () => { for (const one of document.querySelectorAll(":target .x details")) one.open = true; };
  addEventListener("pageshow", unfold);
  addEventListener("hashchange", unfold);
}

// Copies a paper's BibTeX entry from the edition's file, which is loaded once, when it is needed.
addEventListener("DOMContentLoaded", () => {
  const file = document.querySelector("link[type='application/x-bibtex']");
  // Browsers have a clipboard only where the connection is secure.
  if (!file || !navigator.clipboard || !window.ClipboardItem) return;
  const load = async () => {
    const answer = await fetch(file.href);
    if (!answer.ok) throw new Error(`${file.href}: ${answer.status}`);
    return (await answer.text()).split(/^(?=@)/m);
  };
  let loaded;
  const entry = async (key) => {
    const found = (await (loaded ??= load())).find((one) => one.startsWith(`@misc{${key},`));
    if (!found) throw new Error(key);
    return new Blob([`${found.trim()}\n`], { type: "text/plain" });
  };
  const copied = document.getElementById("copied");
  const copy = async (key) => {
    try {
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": entry(key) })]);
      copied.replaceChildren(document.getElementById("copied-text").content.cloneNode(true));
      setTimeout(() => copied.replaceChildren(), 4000);
    } catch {
      location.href = file.href;
    }
  };
  for (const button of document.querySelectorAll("button[data-bibtex]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button.dataset.bibtex));
  }
});
