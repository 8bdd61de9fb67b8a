"""Judges names that are also ordinary words by their context."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coach.domain import Tool


class Token(NamedTuple):
    """A run of letters and digits: characters [start, end), and its lower-case key."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, eq=False, slots=True)
class Candidate:
    """A possible mention: characters [start, end), tokens [first, last].

    `tool` is None where the words are a term of the trade, which hides names inside it.
    """

    start: int
    end: int
    first: int
    last: int
    tool: Tool | None
    doubtful: bool


_DETERMINERS = frozenset(
    "a an the this that these those our your my his her its their each every some any no another one "
    "two three all both many most few several more other such same own which whose".split()
)
_PLACED = frozenset(
    "in with via using use uses used on into to from through by like than called named in-to onto "
    "adopt adopted adopting bought buy deploy deployed evaluated have had has installed introduced "
    "run running runs tried try plus or and also then add added push pushed both "
    "except under over inside behind against within prefer preferred know knew choose chose chosen".split()
)
_PURPOSE = frozenset("for or".split())
_SAYS = frozenset(
    "is was has does can will would gives tells stores keeps serves shows checks holds watches runs "
    "computes compares manages handles scans sits sends tracks logs alerts says reports makes provides "
    "lets syncs deploys routes rotates blocks enforces records reads writes itself".split()
)
_OPENERS = frozenset(
    "so then and because that where when um uh well also but like while since if now whether".split()
)
_PARTS = frozenset(
    "agent agents api channel channels chart charts chat cli client cluster clusters collector connector "
    "console controller dashboard dashboards dashboards experiment experiments extension formatter library "
    "message messages metric metrics namespace notebook notebooks notification notifications operator "
    "plugin plugins project projects registry report reports repository run runs sdk secret secrets server "
    "service store table tables tests time tool topic topics ui ui webhook webhooks workspace".split()
)
_VETOES = frozenset({"of", "between"})
_MESSAGES = frozenset(
    "channel channels chat message messages notification notifications webhook webhooks".split()
)
# Everyday nouns, verbs and adjectives: written small, only company in a list makes them products.
_PLAIN = frozenset(
    "accelerate ack ad aim ambassador apple aqua arc archer art arthur artillery atlas aurora ax backstage "
    "bamboo bandit bastion beam behave black blob box cast castor census chalk chef coalesce cog composer "
    "concourse cortex cosign cron cube cucumber cursor cypress dash dataflow determined devops dice domino "
    "doppler drone druid eclipse elementary environment envoy epic error estuary exchange express fennel "
    "flower fortify function galileo gantry gemini griffin guidance hamilton harness heap hex hive hydra "
    "ignite impala instructor intel intercom iterative kind lambda lens lime line linear llama load loop lr "
    "make manta materialize mend merlin meta miro modal mode mona neon nessie nomad notary notion "
    "observable octopus orange oss outlines oxen packer pact panel phoenix pinot pixie poetry polaris "
    "policy preset presto prodigy prophet pulp puppet quilt rapids registry remedy renovate replicate "
    "sacred segment shiny sift sigma slack snow spanner spike spline split spring stan starburst stitch "
    "storage storm storms surprise temporal tilt tonic travis unity unleash uv vantage vector vizier "
    "volcano weave whisper windmill wiz word workspace zoom".split()
)
# A discipline, and the short name of one product in texts that name its family in full.
_DISCIPLINE = "DevOps"
_IN_FULL = frozenset({"Azure DevOps", "Azure ML"})
_BEFORE_DISCIPLINE = _DETERMINERS | {"of", "for", "is", "between", "extends"}
# Parts that every platform has: in writing, small letters mean the thing and not the product.
_ANYWHERE = frozenset(
    "artifact artifacts asset assets catalog cluster clusters component components connection connections "
    "datastore datastores endpoint endpoints environment environments groups identities identity instance "
    "instances jobs notebooks pipeline pipelines registries registry storage "
    "store workspace workspaces workflows".split()
)
_FAMILIAR = frozenset({"artifacts", "pipelines"})
_BETWEEN = re.compile(
    r"[\s\"'`()\[\]*]*(?:[,/+&|;:]|->|=>|→|>|–|—|-)?[\s\"'`()\[\]*]*"
    r"(?:(?:and|or|plus|then|with|uh|um|&)\s+){0,2}",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s|\n|[•*]\s|(?:->|=>|→)\s*$")
_CAMEL = re.compile(r"[A-Z][a-z]+[A-Z][a-z]+")
_WIDEST_GAP = 16


class Judge:
    """Decides which candidates a text really names.

    `blanks` are the spans of names that are already masked: they count as company, so that a
    text and its masked form are judged alike.
    """

    def __init__(
        self, text: str, tokens: Sequence[Token], spoken: bool, blanks: Sequence[tuple[int, int]]
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._spoken = spoken
        self._blanks = blanks
        self._product = False
        self._covered: set[int] = set()

    def keep(self, found: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Take candidates by first token, longest first; return those meant, none overlapping.

        Terms of the trade among them come back too, as they were found.
        """
        self._product = any(c.tool is not None and c.tool.name in _IN_FULL for c in found)
        self._covered = {index for c in found for index in range(c.first, c.last + 1)}
        refused: set[Candidate] = set()
        while True:
            chosen = self._longest(found, refused)
            kept = self._named(chosen)
            dropped = [candidate for candidate in chosen if candidate not in kept]
            overlapped = refused.union(dropped)
            if len(overlapped) == len(refused) or not self._hide_others(found, dropped):
                return tuple(candidate for candidate in chosen if candidate in kept)
            refused = overlapped

    def _longest(self, found: Sequence[Candidate], refused: set[Candidate]) -> list[Candidate]:
        chosen: list[Candidate] = []
        free = 0
        for candidate in found:
            if candidate.first >= free and candidate not in refused:
                chosen.append(candidate)
                free = candidate.last + 1
        return chosen

    def _hide_others(self, found: Sequence[Candidate], dropped: list[Candidate]) -> bool:
        taken = {index for candidate in dropped for index in range(candidate.first, candidate.last + 1)}
        gone = set(dropped)
        return any(
            candidate not in gone and not taken.isdisjoint(range(candidate.first, candidate.last + 1))
            for candidate in found
        )

    def _named(self, chosen: list[Candidate]) -> set[Candidate]:
        kept: set[Candidate] = set()
        open_ones: set[Candidate] = set()
        for candidate in chosen:
            verdict = self._alone(candidate) if candidate.doubtful else True
            if verdict:
                kept.add(candidate)
            elif verdict is None:
                open_ones.add(candidate)
        self._by_company(chosen, kept, open_ones)
        return kept

    def _alone(self, candidate: Candidate) -> bool | None:
        """Judge by the words around: True, False, or None where only company in a list can tell."""
        before, after = self._word_before(candidate), self._word_after(candidate)
        opens = self._opens_sentence(candidate)
        plain = self._plain(candidate)
        if plain and self._is_label_or_part(candidate, opens):
            return False
        if self._tool(candidate).name == _DISCIPLINE:
            return (self._product and before not in _BEFORE_DISCIPLINE) or (self._spoken and before == "in")
        if self._capitalised(candidate) and (not opens or _CAMEL.fullmatch(self._written(candidate))):
            return True
        if self._common(candidate):
            may_list = self._spoken or self._capitalised(candidate) or self._written(candidate) in _FAMILIAR
            return None if may_list else False
        if plain:
            return True if after in _MESSAGES and self._tool(candidate).category == "office" else None
        return self._by_words(candidate, before, after, opens)

    def _by_words(self, candidate: Candidate, before: str, after: str, opens: bool) -> bool | None:
        if after in _PARTS and not opens:
            return True
        if after in _VETOES or (before in _DETERMINERS and not (self._spoken and before == "its")):
            return False
        if opens:
            useful = after in _SAYS or (after in _PURPOSE and self._capitalised(candidate))
        else:
            useful = before in _PLACED or after in _PURPOSE or (before in _OPENERS and after in _SAYS)
        return True if useful else None

    def _by_company(self, chosen: list[Candidate], kept: set[Candidate], open_ones: set[Candidate]) -> None:
        for run in self._runs(chosen):
            self._by_family(run, kept, open_ones)
            # Company spreads along the list, first forwards, then backwards.
            for ordered in (run, run[::-1]):
                for (left, gap), (right, right_gap) in zip(ordered, ordered[1:], strict=False):
                    if right is None or right not in open_ones or right in kept:
                        continue
                    if left is not None and left not in kept:
                        continue
                    between = (right_gap if ordered is run else gap).strip()
                    if not self._plain(right) or (between and self._may_join(left, right, between)):
                        kept.add(right)

    def _may_join(self, left: Candidate | None, right: Candidate, between: str) -> bool:
        if self._capitalised(right):
            return True
        if left is not None and self._tool(left).category == self._tool(right).category:
            return True
        two_words = right.last > right.first
        return self._spoken and (not self._common(right) or (two_words and between in {"and", "or"}))

    def _by_family(
        self, run: list[tuple[Candidate | None, str]], kept: set[Candidate], open_ones: set[Candidate]
    ) -> None:
        """Three of one family side by side ("boards, repos and pipelines") vouch for each other."""
        families: dict[str, set[Candidate]] = {}
        for member, _ in run:
            if member is not None and member.doubtful and (member in open_ones or member in kept):
                families.setdefault(self._tool(member).category, set()).add(member)
        for family in families.values():
            if len({self._tool(member).name for member in family}) >= 3:
                kept.update(family & open_ones)

    def _runs(self, chosen: list[Candidate]) -> list[list[tuple[Candidate | None, str]]]:
        """Return lists of candidates and blanks (None) with only separators between, each with its gap."""
        items: list[tuple[int, int, Candidate | None]] = sorted(
            [(c.start, c.end, c) for c in chosen if c.tool is not None]
            + [(start, end, None) for start, end in self._blanks],
            key=lambda item: item[0],
        )
        runs: list[list[tuple[Candidate | None, str]]] = []
        last_end = -_WIDEST_GAP - 1
        for start, end, candidate in items:
            gap = self._text[max(last_end, 0) : start] if start - last_end <= _WIDEST_GAP else None
            if gap is not None and runs and _BETWEEN.fullmatch(gap):
                runs[-1].append((candidate, gap))
            else:
                runs.append([(candidate, "")])
            last_end = end
        return runs

    def _is_label_or_part(self, candidate: Candidate, opens: bool) -> bool:
        """Recognise a heading ("Storage: ...") and a part of another proper name ("Black Friday")."""
        if opens and self._text[candidate.end : candidate.end + 1] == ":":
            return True
        if self._spoken or not self._text[candidate.start].isupper():
            return False
        return self._capital_at(candidate.last + 1, candidate.end) or self._capital_before(candidate)

    def _capital_at(self, index: int, end: int) -> bool:
        if index >= len(self._tokens) or index in self._covered:
            return False
        start = self._tokens[index].start
        return self._text[end:start] == " " and self._text[start].isupper()

    def _capital_before(self, candidate: Candidate) -> bool:
        if candidate.first == 0 or candidate.first - 1 in self._covered:
            return False
        token = self._tokens[candidate.first - 1]
        adjoins = self._text[token.end : candidate.start] == " " and self._text[token.start].isupper()
        return adjoins and not self._opens_at(candidate.first - 1)

    def _tool(self, candidate: Candidate) -> Tool:
        assert candidate.tool is not None
        return candidate.tool

    def _written(self, candidate: Candidate) -> str:
        return self._text[candidate.start : candidate.end]

    def _common(self, candidate: Candidate) -> bool:
        return self._tokens[candidate.last].key in _ANYWHERE

    def _plain(self, candidate: Candidate) -> bool:
        word = self._tokens[candidate.last].key
        plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
        return plural or word in _PLAIN or candidate.last > candidate.first

    def _capitalised(self, candidate: Candidate) -> bool:
        return all(
            self._text[self._tokens[index].start].isupper()
            for index in range(candidate.first, candidate.last + 1)
        )

    def _opens_sentence(self, candidate: Candidate) -> bool:
        return candidate.first == 0 or (not self._spoken and self._opens_at(candidate.first))

    def _opens_at(self, index: int) -> bool:
        if index == 0:
            return True
        gap = self._text[self._tokens[index - 1].end : self._tokens[index].start]
        return _SENTENCE_END.search(gap) is not None

    def _word_before(self, candidate: Candidate) -> str:
        if candidate.first == 0:
            return ""
        token = self._tokens[candidate.first - 1]
        return "" if self._text[token.end : candidate.start].strip() else token.key

    def _word_after(self, candidate: Candidate) -> str:
        if candidate.last + 1 >= len(self._tokens):
            return ""
        token = self._tokens[candidate.last + 1]
        return "" if self._text[candidate.end : token.start].strip() else token.key
