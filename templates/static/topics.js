"use strict";

// Filters the papers of the home page by a topic, which the address names: `#topic=agents`.
addEventListener("DOMContentLoaded", () => {
  const row = document.querySelector(".topics");
  const [all, ...topics] = row.querySelectorAll("a");
  const said = document.querySelectorAll(".chosen p");
  const papers = [...document.querySelectorAll(".front > .papers > li, .more .lines > li")];
  const pages = topics.map(({ href }) => href);
  const show = () => {
    const chosen = topics.findIndex(({ dataset }) => location.hash === `#topic=${dataset.topic}`);
    const has = (paper) => [...paper.querySelectorAll(".chips a")].some(({ href }) => href === pages[chosen]);
    for (const paper of papers) paper.hidden = chosen >= 0 && !has(paper);
    for (const list of new Set(papers.map((paper) => paper.closest(".papers, .more"))))
      list.hidden = !papers.some((paper) => !paper.hidden && list.contains(paper));
    topics.forEach((topic, number) => {
      topic.href = number === chosen ? all.href : `#topic=${topic.dataset.topic}`;
      said[number].hidden = number !== chosen;
    });
    for (const [number, link] of [all, ...topics].entries())
      if (number === chosen + 1) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  };
  all.hidden = false;
  addEventListener("hashchange", show);
  show();
  // On a narrow screen, the row is scrolled to the topic that the address names.
  const { offsetLeft, offsetWidth } = row.querySelector("[aria-current]");
  row.scrollLeft = offsetLeft + offsetWidth - row.offsetLeft - row.clientWidth;
});
