"""Which questions a sitting proposes: those done worst or not at all."""

from collections.abc import Sequence

from coach.domain import Question
from coach.history.store import Attempt
from coach.packs import Pack

PROPOSED = 3
# The lesson asks for one answer in which the model fails after deployment and one on architecture. Another
# pack has other questions: there a scenario and a two-minute question stand for them.
_FAILURE = ("fails-after-deployment", "healthy-but-kpi-falls", "drift-alert-fires")
_ARCHITECTURE = ("azure-architecture", "churn-on-azure", "fraud-model-safely")


def propose(pack: Pack, attempts: Sequence[Attempt]) -> tuple[Question, ...]:
    """Three questions (fewer where the pack has fewer): one of failure, one of architecture, one of any kind.

    Within each kind the ones never answered come first, in the order of the list, then those with the lowest
    newest mark.
    """
    newest = {one.question: one.overall for one in attempts}

    def worst(questions: Sequence[Question]) -> Question | None:
        left = [one for one in questions if one not in chosen]
        return min(left, key=lambda one: (one.id in newest, newest.get(one.id, 0.0)), default=None)

    chosen: list[Question] = []
    for ids, level in ((_FAILURE, "scenario"), (_ARCHITECTURE, "two-minute")):
        kind = sorted((one for one in pack.questions if one.id in ids), key=lambda one: ids.index(one.id))
        found = worst(kind or [one for one in pack.questions if one.level == level])
        chosen += [found] if found else []
    while len(chosen) < PROPOSED and (found := worst(pack.questions)):
        chosen.append(found)
    return tuple(chosen)
