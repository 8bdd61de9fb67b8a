"""Unfinished reviews: what of a reply that is still coming in can be shown to a reader already."""

from typing import Any

from coach.critic.replies import partial_reply
from coach.domain import Evidence
from coach.text.quotes import locate


class Unfinished:
    """One review of `answer` while it comes in; each quote is looked up once, not at every piece."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self._located: dict[str, Evidence | None] = {}

    def readable(self, text: str) -> str:
        """The claims and the summary that the unfinished reply `text` holds so far, a paragraph each.

        A claim appears once its quote is complete and was found in the answer; marks do not appear before
        they were checked.
        """
        reply = partial_reply(text)
        claims = reply.get("claims")
        lines = [self._claim(claim) for claim in (claims if isinstance(claims, list) else [])]
        lines.append(_text(reply.get("summary")))
        return "\n".join(line for line in lines if line)

    def _claim(self, claim: Any) -> str:
        if not isinstance(claim, dict) or "kind" not in claim:
            return ""
        quote = _text(claim.get("quote"))
        if quote not in self._located:
            self._located[quote] = locate(quote, self._answer)
        evidence = self._located[quote]
        return f"“{evidence.quote}” {_text(claim.get('comment'))}".strip() if evidence else ""


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
