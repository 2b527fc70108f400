"""Render the post of a repaired day, with labels for few papers and for missing votes."""

from core.legacy.entry_fixes import Defect
from core.model.paper import Edition
from core.render.post import PostRenderer


class RepairedPosts:
    """Renders repaired days in the layout of an ordinary post."""

    def __init__(self, renderer: PostRenderer) -> None:
        self._renderer = renderer
        self._layout = renderer.layout

    def post(self, edition: Edition) -> bytes:
        """Return the post of all papers of a stored day, with its labels.

        The theme's TeX is on if a paper has any. Raises `RenderError`.
        """
        labels = self.labels(edition).values()
        return self._layout.fill(edition.day, edition.papers, math=True, labels=labels)

    def labels(self, edition: Edition) -> dict[Defect, str]:
        """Return the post's labels for a day with few papers, or without votes."""
        text, top = self._layout.text, self._layout.style.top
        labels = {}
        if len(edition.papers) < top:
            labels[Defect.THIN] = text["thin"].format(top=top)
        if not any(paper.votes for paper in edition.papers):
            labels[Defect.NO_VOTES] = text["no_votes"]
        return labels

    def data(self, edition: Edition) -> bytes:
        """Return the data file of the edition's top papers."""
        return self._renderer.data(edition)
