"use strict";

// Restores the reader's choices of language and colours before the page is painted, and keeps them.
// A reader who has not chosen sees the language that the browser prefers, if the page has it. The
// choices themselves work without this, by the style sheet.
{
  const kept = {
    get(name) { try { return localStorage.getItem(name); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(name, value); } catch { /* forbidden: not kept */ } },
  };
  const apply = (input) => {
    if (input.name === "language") document.documentElement.lang = input.value;
  };
  const inputs = [...document.querySelectorAll(".choices input")];
  const has = (name, value) => inputs.some((one) => one.name === name && one.value === value);
  const spoken = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const preferred = spoken.find((code) => has("language", code));
  for (const input of inputs) {
    const choice = kept.get(input.name);
    const known = has(input.name, choice) ? choice : input.name === "language" && preferred;
    if (input.value === known) input.checked = true;
    input.addEventListener("change", () => { kept.set(input.name, input.value); apply(input); });
  }
  document.querySelectorAll(".choices input:checked").forEach(apply);
}

// A picture comes from another host, so it is loaded only when the reader opens it. Without scripts,
// browsers ignore loading="lazy".
document.addEventListener("toggle", ({ target }) => {
  const link = target.matches?.(".papers details[open]") && target.querySelector("a");
  if (!link) return;
  const picture = new Image();
  picture.alt = link.closest("li").querySelector("h2").textContent;
  picture.loading = "lazy";
  picture.src = link.href;
  link.replaceWith(picture);
}, true);
