"""Unfinished reviews: what of a reply that is still coming in can be shown to a reader already."""

from typing import Any

from coach.critic.replies import partial_reply
from coach.text.quotes import locate


def readable(text: str, answer: str) -> str:
    """The claims and the summary that the unfinished reply `text` holds so far, a paragraph each.

    A claim appears once its quote is complete and was found in `answer`; marks do not appear before they
    were checked.
    """
    reply = partial_reply(text)
    claims = reply.get("claims")
    lines = [_claim(claim, answer) for claim in (claims if isinstance(claims, list) else [])]
    lines.append(_text(reply.get("summary")))
    return "\n".join(line for line in lines if line)


def _claim(claim: Any, answer: str) -> str:
    if not isinstance(claim, dict) or "kind" not in claim:
        return ""
    evidence = locate(_text(claim.get("quote")), answer)
    return f"“{evidence.quote}” {_text(claim.get('comment'))}".strip() if evidence else ""


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
