"use strict";

// The search page: the months' shards are loaded as they are needed, the newest first, and what is
// found in them so far is shown. matching.js finds.

const SHOWN = 50, AUTHORS = 6, OFFERED = 1000;
const FILTERS = ["month", "organization", "keyword", "code"], FIELDS = ["q", ...FILTERS, "sort", "keys"];
const escape = (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
const STEPS = new Map([["j", 1], ["k", -1], ["ㅓ", 1], ["ㅏ", -1]]); // the same keys in Hangul, too
const element = (id) => document.getElementById(id);
const field = (name) => element("search").elements.namedItem(name);
const create = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

let months = [];
let latest = 0; // the number of the newest search: an older one stops when it sees another
const shards = new Map(); // month -> promise of its papers, the newest edition first, or of null
const spellings = { organization: new Map(), keyword: new Map() }; // variant -> spelling -> papers
const uncounted = []; // papers whose names are not in it

async function fetchJson(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

async function readShard(month) {
  try {
    const { editions } = await fetchJson(`search/${month}.json`);
    const days = Object.keys(editions).sort().reverse();
    const papers = days.flatMap((day) => editions[day].map((paper) => readPaper(day, paper)));
    uncounted.push(...papers);
    return papers;
  } catch {
    return null;
  }
}

function load(month) {
  if (!shards.has(month)) {
    shards.set(month, readShard(month));
    // The next search loads failed months again.
    shards.get(month).then((papers) => papers ?? shards.delete(month));
  }
  return shards.get(month);
}

// Offers the most frequent names of the papers so far, when the reader is in a field of names.
function offer() {
  if (!document.activeElement.list || !uncounted.length) return;
  const papers = uncounted.splice(0);
  for (const [kind, known] of Object.entries(spellings)) {
    for (const entry of papers) countSpellings(entry[kind], known);
    element(`${kind}s`).replaceChildren(...usualSpellings(known, OFFERED).map((name) => new Option("", name)));
  }
}

function marked(text, terms) {
  let at = 0;
  const parts = rangesOf(text, terms).flatMap(([begin, end]) => {
    const before = text.slice(at, begin);
    at = end;
    return [before, create("mark", text.slice(begin, end))];
  });
  return [...parts, text.slice(at)];
}

function isolated(name, terms) {
  const node = create("bdi", "");
  node.append(...marked(name, terms));
  return node;
}

function makeItem({ day, paper }, terms) {
  const item = element("result").content.cloneNode(true);
  const put = (selector, ...parts) => item.querySelector(selector).append(...parts);
  item.querySelector("a").href = `daily/${day}.html#${encodeURIComponent(paper.id).replace(/['()*]/g, escape)}`;
  put("a", ...marked(paper.title, terms));
  put("time", day);
  put(".o", ...marked(paper.organization ?? "", terms));
  put(".v b", paper.votes ?? "");
  item.querySelector(".v").hidden = paper.votes === null;
  item.querySelector(".code").hidden = !paper.code;
  put(".s", ...marked(paper.summary ?? "", terms));
  const isHit = (name) => rangesOf(name, terms).length > 0;
  const hits = paper.authors.filter(isHit);
  const authors = (hits.length ? hits : paper.authors).slice(0, AUTHORS);
  const names = [...authors, ...paper.ai_keywords.filter(isHit)].flatMap((name) => [", ", isolated(name, terms)]);
  put(".a", ...names.slice(1));
  return item;
}

function show(entries, terms) {
  const results = element("results");
  const focused = results.contains(document.activeElement) && document.activeElement.getAttribute("href");
  results.replaceChildren(...entries.slice(0, SHOWN).map((entry) => makeItem(entry, terms)));
  const again = [...results.querySelectorAll("li > a")].find((link) => link.getAttribute("href") === focused);
  again?.focus({ preventScroll: true });
}

function tell(found, missing, isSearching, wanted) {
  element("count").textContent = found.length;
  element("found").hidden = false;
  element("searching").hidden = !isSearching;
  element("many").hidden = found.length <= SHOWN;
  element("missing").textContent = missing.join(", ");
  element("broken").hidden = missing.length === 0;
  element("empty").hidden = found.length > 0 || isSearching;
  for (const button of element("empty").querySelectorAll("button")) button.hidden = !(button.value in wanted);
}

function clear() {
  for (const id of ["found", "many", "broken", "empty"]) element(id).hidden = true;
  element("results").replaceChildren();
}

async function search() {
  const mine = ++latest;
  const wanted = Object.fromEntries([...new FormData(element("search"))].filter(([, value]) => value.trim()));
  history.replaceState(null, "", Object.keys(wanted).length ? `?${new URLSearchParams(wanted)}` : location.pathname);
  const terms = readTerms(wanted.q ?? "");
  if (!terms.length && !FILTERS.some((name) => wanted[name])) return clear();
  const names = wanted.month ? [wanted.month] : months;
  const found = [];
  const missing = [];
  for (const [number, name] of names.entries()) {
    const isKnown = shards.has(name);
    const isLast = number === names.length - 1;
    // The address may name a month that does not exist.
    const papers = months.includes(name) ? await load(name) : null;
    if (mine !== latest) return;
    if (papers) found.push(...find(papers, terms, wanted));
    else missing.push(name);
    // Loaded months are shown at once; the others are shown when they are loaded.
    if (isKnown && !isLast) continue;
    const ordered = order(found, wanted);
    show(ordered, terms);
    tell(ordered, missing, !isLast, wanted);
  }
  offer();
}

// The fields get the address's values at once, so that nothing typed meanwhile is lost.
function readAddress() {
  const address = new URLSearchParams(location.search);
  const month = address.get("month");
  if (month) element("month").append(new Option(month, month));
  for (const name of FIELDS) set(field(name), address.get(name) ?? "");
}

function set(input, value) {
  if (input.type === "checkbox") input.checked = value === input.value;
  else input.value = value;
}

function move(step) {
  const links = [...element("results").querySelectorAll("li > a")];
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

function press(event) {
  const isTyping = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea");
  if (event.target === element("q") && event.key === "Enter" && !event.isComposing) move(0);
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || element("keys").checked) return;
  if (event.key === "/") element("q").focus();
  else if (STEPS.has(event.key)) move(STEPS.get(event.key));
  else return;
  event.preventDefault();
}

function leaveOut({ target }) {
  const input = field(target.closest("button")?.value ?? "");
  if (!input) return;
  set(input, "");
  input.focus();
  search();
}

async function begin() {
  readAddress();
  element("search").addEventListener("submit", (event) => event.preventDefault());
  element("empty").addEventListener("click", leaveOut);
  document.addEventListener("keydown", press);
  try {
    months = (await fetchJson("index.json")).months.map(({ month }) => month).reverse();
  } catch {
    return tell([], ["index.json"], false, {});
  }
  const chosen = element("month").value;
  element("month").append(...months.filter((month) => month !== chosen).map((month) => new Option(month, month)));
  element("search").addEventListener("input", search);
  // Names are offered before the first search, too.
  element("search").addEventListener("focusin", ({ target }) => {
    if (target.list && months.length) load(months[0]).then(offer);
  });
  await search();
}

begin();
