"""The measured part of `docs/performance.md`, between two markers; the words around it stay."""

from bench.days import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- `make bench` writes from here -->"
END = "<!-- to here -->"


def write(measured: str) -> None:
    """Put what was measured between the markers. Raises ValueError when the page lacks one."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{PAGE} lacks {BEGIN} or {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", "utf-8")
