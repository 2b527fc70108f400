"use strict";

// What search.js finds papers with: how texts are compared, and how well a paper has the words.
// Nothing here reads or writes the page.

const WEIGHTS = [4, 2, 1]; // of a hit in a title, in names, in a summary
const WHOLE = 3, BEGINNING = 2, INNER = 1; // a whole word counts more than a part of one
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

// Upper case first, as "ß" is "ss" then.
const lower = (text) => text.toUpperCase().toLowerCase().replaceAll("ς", "σ").replace(GAPS, " ");
// A text without what does not matter to a search: accents, case, and what is between words.
const fold = (text) => lower(text.normalize("NFKD").replace(/\p{M}+/gu, ""));
const foldCharacter = remembering(fold);
const isInWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);

// Returns what all spelling variants of a name have in common; it is not for readers.
const variant = remembering((name) => {
  const folded = lower(name.normalize("NFKC")).trim();
  const rule = PLURALS.find(([plural]) => plural.test(folded));
  return rule ? folded.replace(...rule) : folded || name;
});

// Returns the words of a query: also "phrases", -words to leave out, arXiv ids and addresses.
function readTerms(query) {
  const plain = query.replace(/[“”„]/g, '"').replace(/\barxiv:\s+/gi, "arxiv:");
  const terms = [];
  for (const [, minus, phrase, word] of plain.matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)) {
    const text = phrase ?? word.replace(ARXIV_PAGE, "").replace(ARXIV_ID, "$1");
    terms.push({ text: fold(text).trim(), isWithout: minus === "-" });
  }
  return terms.filter(({ text }) => text);
}

// Returns the best hit of a word in a folded text, or 0.
function hit(text, word) {
  let best = 0;
  for (let at = text.indexOf(word); at >= 0 && best < WHOLE; at = text.indexOf(word, at + 1)) {
    const part = isInWord(text[at + word.length]) ? BEGINNING : WHOLE;
    best = Math.max(best, isInWord(text[at - 1]) ? INNER : part);
  }
  return best;
}

// Returns how well folded texts (a title, names, a summary) have all terms, or -1 if they do not.
function score(texts, terms) {
  let sum = 0;
  for (const { text, isWithout } of terms) {
    const hits = texts.map((one) => hit(one, text));
    if (isWithout ? hits.some((one) => one >= BEGINNING) : !hits.some(Boolean)) return -1;
    if (!isWithout) sum += Math.max(...hits.map((one, number) => one * WEIGHTS[number]));
  }
  return sum;
}

// Returns a paper of a shard with what it is compared by.
function readPaper(day, paper) {
  const names = { organization: paper.organization ? [paper.organization] : [], keyword: paper.ai_keywords };
  const all = [paper.id, ...names.organization, ...paper.authors, ...names.keyword].join(" | ");
  const texts = [paper.title, all, paper.summary ?? ""].map(fold);
  return { day, paper, names, texts, organization: names.organization.map(variant), keyword: names.keyword.map(variant) };
}

// Returns the papers that have all terms and are what the filters want.
function find(papers, terms, wanted) {
  const kinds = ["organization", "keyword"].filter((kind) => wanted[kind]);
  const begins = kinds.map((kind) => [kind, ` ${variant(wanted[kind])}`]);
  return papers.flatMap((entry) => {
    if (wanted.code && !entry.paper.code) return [];
    if (begins.some(([kind, text]) => !entry[kind].some((name) => ` ${name}`.includes(text)))) return [];
    const points = score(entry.texts, terms);
    return points < 0 ? [] : [{ ...entry, points }];
  });
}

// Returns what is found in the order wanted. Where papers have exactly the organisation or keyword
// that is wanted, those with longer names are left out.
function order(found, wanted) {
  for (const kind of ["organization", "keyword"]) {
    const exact = found.filter((entry) => wanted[kind] && entry[kind].includes(variant(wanted[kind])));
    if (exact.length) found = exact;
  }
  const byPoints = (a, b) => b.points - a.points;
  const byVotes = (a, b) => (b.paper.votes ?? -1) - (a.paper.votes ?? -1);
  const byDate = (a, b) => (a.day < b.day) - (a.day > b.day);
  const [first, second, third] =
    { votes: [byVotes, byDate, byPoints], date: [byDate, byPoints, byVotes] }[wanted.sort] ?? [byPoints, byVotes, byDate];
  return [...found].sort((a, b) => first(a, b) || second(a, b) || third(a, b));
}

// Returns where a text as it is written has the terms: pairs of beginning and end, in order.
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
  for (const { text: word, isWithout } of terms) {
    for (let place = folded.indexOf(word); !isWithout && place >= 0; place = folded.indexOf(word, place + 1)) {
      found.push([origins[place][0], origins[place + word.length - 1][1]]);
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
