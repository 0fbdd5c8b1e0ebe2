"""The pages: whoever opens the index finds every one of them."""

from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_every_page_stands_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert len(pages) > 5
    assert {page for page in pages if f"| [{page}]({page}) | " not in index} == set()
