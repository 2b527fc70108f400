"use strict";

// What search.js finds papers with: how texts are compared, and how well a paper has the words.
// Nothing here reads or writes the page.

const WEIGHTS = [9, 4, 1]; // of a hit in a title, in names, in a summary
const WHOLE = 3, BEGINNING = 2, INNER = 1; // what a whole word counts, and parts of one
const MOST_RANGES = 100; // in one text
const GAPS = /[\s_\-\u2010-\u2015\u2212]+/g;
// What may be before an id, and the id without its version.
const ARXIV_PAGE = /^(?:arxiv:|(?:https?:\/\/)?(?:\w+\.)*(?:arxiv\.org|alphaxiv\.org|huggingface\.co|hf\.co)\/\w+\/)/i;
const ARXIV_ID = /^((?:[a-z-]+(?:\.[a-z]{2})?\/)?\d{4}\.?\d{3,5})(?:v\d+)?(?:\.pdf)?\/?(?:[?#].*)?$/i;
// The rules of core/edition/spelling.py: endings of a name and what replaces them; the first counts.
const PLURALS = [
  [/(^| )([cdgnt]pu|gru|api|lm|nn)s$/, "$1$2"],
  [/(analy|the|diagno)ses$/, "$1sis"],
  [/(^| )axes$/, "$1axis"],
  [/matrices$/, "matrix"],
  [/(vert|ind)ices$/, "$1ex"],
  [/(^| )(lens|bias|alias|atlas|canvas)es$/, "$1$2"],
  [/(^| )(lens|bias|alias|atlas|canvas|chaos|means|news|series|smiles|species)$/, "$1$2"],
  [/(ss|us|is)$/, "$1"],
  [/(cache|niche|movie|cookie)s$/, "$1"],
  [/(ss|sh|ch|x)es$/, "$1"],
  [/([a-z]{2})ies$/, "$1y"],
  [/([a-z0-9]{3})s$/, "$1"],
];

function remembering(make) {
  const made = new Map();
  return (text) => {
    if (!made.has(text)) made.set(text, make(text));
    return made.get(text);
  };
}

const isAscii = (text) => /^[\0-\x7f]*$/.test(text);
// Upper case first, as "ß" is "ss" then.
const lower = (text) => isAscii(text) ? text.toLowerCase() : text.toUpperCase().toLowerCase().replaceAll("ς", "σ");
const close = (text) => lower(text).replace(GAPS, " ");
// A text without what does not matter to a search: accents, case, and what is between words.
const fold = (text) => close(isAscii(text) ? text : text.normalize("NFKD").replace(/\p{M}+/gu, ""));
const foldCharacter = remembering(fold);
const isInWord = (code) => (code > 96 && code < 123) || (code > 47 && code < 58)
  || (code > 127 && /[\p{L}\p{N}]/u.test(String.fromCharCode(code)));

// Returns what all spelling variants of a name have in common; it is not for readers.
const variant = remembering((name) => {
  const folded = close(isAscii(name) ? name : name.normalize("NFKC")).trim();
  const rule = folded.endsWith("s") && PLURALS.find(([plural]) => plural.test(folded));
  return rule ? folded.replace(...rule) : folded || name;
});

// Counts names in `spellings`: variant -> spelling -> papers.
function countSpellings(names, spellings) {
  for (const name of names) {
    const known = spellings.get(variant(name)) ?? new Map();
    spellings.set(variant(name), known.set(name, (known.get(name) ?? 0) + 1));
  }
}

// Returns the most frequent names, each in its most frequent spelling.
function usualSpellings(spellings, most) {
  const sum = (known) => [...known.values()].reduce((all, count) => all + count);
  const names = Array.from(spellings.values(), (known) => ({ known, count: sum(known) }));
  const frequent = names.sort((a, b) => b.count - a.count).slice(0, most);
  return frequent.map(({ known }) => [...known].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0][0]);
}

// Returns the words of a query: also "phrases", -words to leave out, arXiv ids and addresses.
function readTerms(query) {
  const plain = query.replace(/[“”„]/g, '"').replace(/\barxiv:\s+/gi, "arxiv:");
  const terms = new Map(); // each once
  for (const [, minus, phrase, word] of plain.matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)) {
    const text = fold(phrase ?? word.replace(ARXIV_PAGE, "").replace(ARXIV_ID, "$1")).trim();
    if (text) terms.set(`${minus}${text}`, { text, isWithout: minus === "-" });
  }
  return [...terms.values()];
}

// Returns what a word counts at a place of a folded text.
function hitAt(text, word, place) {
  if (isInWord(text.charCodeAt(place - 1))) return INNER;
  return isInWord(text.charCodeAt(place + word.length)) ? BEGINNING : WHOLE;
}

// Returns the best hit of a word in a folded text, or 0.
function hit(text, word) {
  let best = 0;
  for (let place = text.indexOf(word); place >= 0 && best < WHOLE; place = text.indexOf(word, place + 1)) {
    best = Math.max(best, hitAt(text, word, place));
  }
  return best;
}

// Returns how well folded texts (a title, names, a summary) have all terms, or -1 if they do not.
function score(texts, terms) {
  let sum = 0;
  for (const { text, isWithout } of terms) {
    let best = 0;
    // The later texts count less: a good hit in one ends the search.
    for (let number = 0; number < texts.length && best < WHOLE * WEIGHTS[number]; number += 1) {
      best = Math.max(best, hit(texts[number], text) * (isWithout ? 1 : WEIGHTS[number]));
    }
    if (isWithout ? best >= BEGINNING : !best) return -1;
    if (!isWithout) sum += best;
  }
  return sum;
}

// Returns a paper of a shard with what it is compared by.
function readPaper(day, paper) {
  const organization = paper.organization ? [paper.organization] : [];
  const keyword = paper.ai_keywords;
  const names = [paper.id, ...organization, ...paper.authors, ...keyword].join(" | ");
  return { day, paper, organization, keyword, texts: [paper.title, names, paper.summary ?? ""].map(fold) };
}

// Returns the papers that have all terms and are what the filters want.
function find(papers, terms, wanted) {
  const kinds = ["organization", "keyword"].filter((kind) => wanted[kind]);
  const begins = kinds.map((kind) => [kind, ` ${variant(wanted[kind])}`]);
  const found = [];
  for (const entry of papers) {
    if (wanted.code && !entry.paper.code) continue;
    if (!begins.every(([kind, text]) => entry[kind].some((name) => ` ${variant(name)}`.includes(text)))) continue;
    const points = score(entry.texts, terms);
    if (points >= 0) found.push({ ...entry, points });
  }
  return found;
}

// Returns what is found in the order wanted. Where papers have exactly the organisation or keyword
// that is wanted, those with longer names are left out.
function order(found, wanted) {
  for (const kind of ["organization", "keyword"]) {
    const isWanted = (name) => variant(name) === variant(wanted[kind]);
    const exact = found.filter((entry) => wanted[kind] && entry[kind].some(isWanted));
    if (exact.length) found = exact;
  }
  const byPoints = (a, b) => b.points - a.points;
  const byVotes = (a, b) => (b.paper.votes ?? -1) - (a.paper.votes ?? -1);
  const byDate = (a, b) => (a.day < b.day) - (a.day > b.day);
  const [first, second, third] =
    { votes: [byVotes, byDate, byPoints], date: [byDate, byPoints, byVotes] }[wanted.sort] ?? [byPoints, byVotes, byDate];
  return [...found].sort((a, b) => first(a, b) || second(a, b) || third(a, b));
}

// Returns where a text as it is written has the terms: pairs of beginning and end, in order. Parts
// in the middle of words count only where a text has no others.
function rangesOf(text, terms) {
  let folded = "";
  const origins = []; // of each character of the folded text: its beginning and end in the text
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    for (const one of foldCharacter(character).split("")) {
      if (one === " " && folded.endsWith(" ")) continue;
      folded += one;
      origins.push([at, end]);
    }
    // An accent, or one more space, belongs to what is before it.
    if (origins.length) origins.at(-1)[1] = end;
    at = end;
  }
  const found = [];
  for (const { text: word } of terms.filter(({ isWithout }) => !isWithout)) {
    const least = Math.min(hit(folded, word), BEGINNING);
    let place = folded.indexOf(word);
    while (place >= 0 && found.length < MOST_RANGES) {
      const end = origins[place + word.length - 1][1];
      if (hitAt(folded, word, place) >= least) found.push([origins[place][0], end]);
      place = folded.indexOf(word, place + 1);
    }
  }
  const ranges = [];
  for (const [begin, end] of found.sort(([a], [b]) => a - b)) {
    const last = ranges.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else ranges.push([begin, end]);
  }
  return ranges;
}
