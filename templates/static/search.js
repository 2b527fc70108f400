"use strict";

// Searches the archive: the months' shards are loaded as they are needed, the newest first, and each
// paper is found by every word in its title, authors, organisation, summary and keywords.

const SHOWN = 50;
const element = (id) => document.getElementById(id);
const fields = ["q", "month", "organization"];
const isolated = (text) => Object.assign(document.createElement("bdi"), { textContent: text });
const fold = (text) => text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();

let months = [];
const shards = new Map(); // month -> promise of its papers, the newest edition first, or of null
let latest = 0; // the number of the newest search: an older one stops when it sees another

async function fetchJson(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function readPaper(day, paper) {
  const organization = paper.organization ?? "";
  const parts = [paper.title, organization, paper.ai_summary ?? "", ...paper.authors, ...paper.ai_keywords];
  return { day, paper, text: fold(parts.join("\n")), organization: fold(organization) };
}

async function readShard(month) {
  try {
    const { editions } = await fetchJson(`search/${month}.json`);
    const days = Object.keys(editions).sort().reverse();
    const papers = days.flatMap((day) => editions[day].map((paper) => readPaper(day, paper)));
    offerOrganizations(papers);
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

function offerOrganizations(papers) {
  const list = element("organizations");
  const known = new Set(Array.from(list.options, (option) => option.value));
  for (const { paper } of papers) {
    if (paper.organization && !known.has(paper.organization)) {
      known.add(paper.organization);
      list.append(new Option("", paper.organization));
    }
  }
}

function find(papers, words, organization) {
  return papers.filter((entry) =>
    entry.organization.includes(organization) && words.every((word) => entry.text.includes(word)));
}

function show(entries) {
  const items = entries.slice(0, SHOWN).map(({ day, paper }) => {
    const item = element("result").content.cloneNode(true);
    const link = item.querySelector("a");
    link.href = `daily/${day}.html#${encodeURIComponent(paper.id)}`;
    link.textContent = paper.title;
    item.querySelector("time").textContent = day;
    item.querySelector(".o").textContent = paper.organization ?? "";
    const authors = paper.authors.slice(0, 10).flatMap((name) => [", ", isolated(name)]);
    item.querySelector(".a").append(...authors.slice(1));
    item.querySelector(".s").textContent = paper.ai_summary ?? "";
    return item;
  });
  element("results").replaceChildren(...items);
}

function tell(found, missing, searching) {
  element("count").textContent = found.length;
  element("found").hidden = false;
  element("searching").hidden = !searching;
  element("many").hidden = found.length <= SHOWN;
  element("missing").textContent = missing.join(", ");
  element("broken").hidden = missing.length === 0;
}

function clear() {
  for (const id of ["found", "many", "broken"]) element(id).hidden = true;
  element("results").replaceChildren();
}

async function search() {
  const mine = ++latest;
  const [query, month, organization] = fields.map((id) => element(id).value);
  keepInAddress();
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (!(words.length || month || organization.trim())) return clear();
  const wanted = month ? [month] : months;
  const found = [];
  const missing = [];
  for (const [number, name] of wanted.entries()) {
    const known = shards.has(name);
    // The address may name a month that does not exist.
    const papers = months.includes(name) ? await load(name) : null;
    if (mine !== latest) return;
    if (papers) found.push(...find(papers, words, fold(organization.trim())));
    else missing.push(name);
    // Loaded months are shown at once; the others are shown when they are loaded.
    if (!known || number === wanted.length - 1) {
      show(found);
      tell(found, missing, number < wanted.length - 1);
    }
  }
}

function keepInAddress() {
  const chosen = fields.filter((id) => element(id).value).map((id) => [id, element(id).value]);
  history.replaceState(null, "", chosen.length ? `?${new URLSearchParams(chosen)}` : location.pathname);
}

// The fields get the address's values at once, so that nothing typed meanwhile is lost.
function readAddress() {
  const address = new URLSearchParams(location.search);
  const month = address.get("month");
  if (month) element("month").append(new Option(month, month));
  for (const id of fields) element(id).value = address.get(id) ?? "";
}

async function begin() {
  readAddress();
  element("search").addEventListener("submit", (event) => event.preventDefault());
  try {
    months = (await fetchJson("index.json")).months.map(({ month }) => month).reverse();
  } catch {
    return tell([], ["index.json"], false);
  }
  const chosen = element("month").value;
  element("month").append(...months.filter((month) => month !== chosen).map((month) => new Option(month, month)));
  element("search").addEventListener("input", search);
  await search();
}

begin();
