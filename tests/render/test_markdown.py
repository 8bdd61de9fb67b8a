"""The Markdown document against stored ones, and that no text can break out of its place."""

from collections import Counter

import pytest
from feedback_samples import SAMPLES, arbitrary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from test_terminal import ANY_TEXT, SNAPSHOTS, compare

from coach.render.markdown import escaped, feedback_markdown
from coach.render.plain import one_line

# Punctuation in heaps finds what evenly drawn characters would not.
PUNCTUATION = st.text(st.sampled_from("#*_`~[]()<>|!\\&;:-+=.1a \n\t\"'$/{}^@"), max_size=40)
HARMLESS = {"text", "text_special"}


def parser() -> MarkdownIt:
    """CommonMark, with HTML on, and the extensions in common use."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def kinds(document: str) -> Counter[str]:
    """Every token of a document by type, inner ones too, running text aside."""
    tokens: list[Token] = []
    for token in parser().parse(document):
        tokens += [token, *(token.children or [])]
    return Counter(token.type for token in tokens if token.type not in HARMLESS)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_document_as_stored(name: str) -> None:
    compare(SNAPSHOTS / f"{name}.md", feedback_markdown(SAMPLES[name]))


@settings(deadline=None)
@pytest.mark.parametrize("place", ["{}", "- {}", "> {}", "1. {}"])
@given(text=st.one_of(ANY_TEXT, PUNCTUATION))
def test_escaped_text_reads_as_itself(place: str, text: str) -> None:
    inline = [token for token in parser().parse(place.format(escaped(text))) if token.type == "inline"]
    children = [child for token in inline for child in token.children or []]
    assert {child.type for child in children} <= HARMLESS
    assert "".join(child.content for child in children) == one_line(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=st.one_of(ANY_TEXT, PUNCTUATION))
def test_no_text_changes_the_structure(text: str) -> None:
    # A letter before and after, so that an empty or blank text does not count as a difference.
    assert kinds(feedback_markdown(arbitrary(f"{text}x"))) == kinds(feedback_markdown(arbitrary("x")))


def test_hostile_sample_holds_no_html_links_or_code() -> None:
    found = kinds(feedback_markdown(SAMPLES["hostile"]))
    assert not {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "code_block",
    } & set(found)
