"""Packs: what loads, what every broken rule is reported as."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain import Depth
from coach.errors import PackError, UsageError
from coach.packs import Pack, check_pack, load_pack
from coach.resources import default_pack_dir
from coach.text.lexicon import Lexicon

WEB = Path(__file__).parent / "packs" / "web-incidents"
CHECKOUT = "questions/checkout-errors.yaml"
TOOLS = """\
categories:
  paging: {title: Paging, dimension: escalation}
sounds:
  "see": c
  "dee": d
tools:
  - {name: Beepmaster, category: paging, heard: [beep master]}
not_tools: [rota]
"""

# A pack with as many kinds of error as there are rules. A comment says what must be reported of its line.
BROKEN = {
    "pack.yaml": """\
id: Broken Pack  # E: id: 'Broken Pack' must be small letters
title: 7  # E: title: must be text, not a number: put it in quotes
version: 1.0  # E: version: must be text, not a number
colour: red  # E: unknown key 'colour'
dimensions:
  - {id: speed, title: Speed, asks: How fast it goes.}
  - {id: speed, title: Pace, asks: The same again.}  # E: the dimension 'speed' is here already, on line 6
  - {id: care, title: Care}  # E: dimensions[3]: the key 'asks' is missing
frame:
  - id: start
    title: Start
    asks: Begin.
    dimensions: [speed, cares]  # E: the pack has no dimension 'cares'; did you mean care?
  - id: start  # E: the frame step 'start' is here already, on line 10
    title: ""  # E: frame[2].title: must not be empty
    asks: # E: frame[2].asks: must be text, and nothing is written here
    dimensions: speed  # E: frame[2].dimensions: must be a list, not text
  - {id: end, title: End, asks: End., dimensions: []}  # E: frame[3].dimensions: holds 0, needs at least 1
""",
    "tools.yaml": """\
categories:
  lift: {title: Lifts, dimension: speed}
  crane: {title: Cranes, dimension: reach}  # E: the pack has no dimension 'reach'
sounds:
  "el": l
  no: know  # E: a key must be text: put it in quotes
tools:
  - {name: Hoistwright, category: lift}
  - {name: hoistwright, category: lift}  # E: the tool 'hoistwright' is here already, on line 8
  - {name: Upbox, category: lifts}  # E: the pack has no category 'lifts'; did you mean lift?
  - {name: Goby, category: lift, ambiguous: 3}  # E: tools[4].ambiguous: must be true or false, not a number
  - {name: Rollo, category: lift, alias: [Roller]}  # E: unknown key 'alias'; did you mean aliases?
  - Winchline  # E: tools[6]: must be a mapping, not text
not_tools: [rope, Rope]  # E: the word 'Rope' is here already, on line 14
""",
    "questions/first.yaml": """\
id: second  # E: 'second' is not the file's name, 'first'
level: hard  # E: level: 'hard' is none of beginner, intermediate, scenario, two-minute
text: What makes it fast?
time_limit: 0  # E: time_limit: must be 1 or more
time_limit: 90  # E: the key 'time_limit' is here twice, first on line 4
dimensions:
  speed:
    hint: "  "  # E: dimensions.speed.hint: must not be empty
    references:
      reasoned:  # E: references.reasoned: holds 1, needs at least 2
        - A short rope is quick because it does not swing.
      described:
        - The operator sets Hoistwright to ten.  # E: described[1]: names the tool 'Hoistwright' (Hoistwright)
        - >-  # E: described[2]: the statement 'A Short rope, is quick beca...' is here already, on line 11
          A Short rope, is quick
          because it does not swing!
      named: []  # E: references.named: holds 0, needs at least 1
  cares:  # E: the pack has no dimension 'cares'; did you mean care?
    hint: Say what you take care of.
    references:  # E: dimensions.cares.references: the key 'named' is missing
      reasoned:
        - Gloves are worn since the rope burns.
        - Two people watch, for one may look away.
      described:
        - "The hook is read \\e[31m twice."  # E: holds a control character
        - 12  # E: described[2]: must be text, not a number
harmful:  # E: harmful: holds 1, needs at least 2
  - statement: Nobody needs to watch the hook.  # E: harmful[1]: the key 'why' is missing
    safer: Watch it.
follow_ups:  # E: follow_ups: holds 1, needs at least 2
  - Which: one  # E: follow_ups[1]: must be text, not a mapping
""",
    "questions/second.yaml": """\
id: second  # E: the question 'second' is here already, at {folder}/questions/first.yaml:1
level: beginner
text: What is care?
time_limit: 1:30  # E: time_limit: must be a whole number in plain digits
dimensions: {}  # E: dimensions: holds 0, needs at least 1
harmful:
  - statement: Nobody needs to watch, the hook.  # E: is here already, at {folder}/questions/first.yaml:28
    safer: Watch it.
    why: It may slip.
  - statement: A short rope is quick because it does not swing.  # E: questions/first.yaml:11
    safer: Measure it.
    why: It may be wrong.
follow_ups: [Why., no]  # E: follow_ups[2]: must be text, not true or false
""",
    "questions/third.yml": "id: third\n",
    "tool.yaml": "tools: []\n",
}
MARK = re.compile(r" # E: (.*)$")


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A sound pack to break: the one on web incidents, with tools."""
    return written(shutil.copytree(WEB, tmp_path / "web"), {"tools.yaml": TOOLS})


@pytest.fixture(scope="module")
def mlops() -> Pack:
    return load_pack(default_pack_dir())


@pytest.fixture(params=["C parser", "Python parser"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "Python parser":
        monkeypatch.setattr(yaml, "__with_libyaml__", False)


def change(file: Path, old: str, new: str) -> int:
    """Replace one passage of a file and return the line, from 1, at which it begins."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


# What is reported.


def test_every_broken_rule_is_reported_with_its_file_and_line(tmp_path: Path, parser: None) -> None:
    folder = written(tmp_path / "broken", BROKEN)
    wanted = [
        (f"{folder.as_posix()}/{name}:{number}: ", mark[1].replace("{folder}", folder.as_posix()))
        for name, text in sorted(BROKEN.items())
        for number, line in enumerate(text.splitlines(), start=1)
        if (mark := MARK.search(line))
    ]
    wanted.append((f"{folder.as_posix()}/questions/third.yml:1: ", "let the name end in .yaml"))
    wanted.append((f"{folder.as_posix()}/tool.yaml:1: ", "is not read"))
    reported = list(check_pack(folder))
    missed = []
    for place, message in wanted:
        hits = [line for line in reported if line.startswith(place) and message in line]
        if hits:
            reported.remove(hits[0])
        else:
            missed.append(place + message)
    assert (missed, reported) == ([], [])


def test_problems_are_sorted_by_file_and_then_by_line_as_a_number(tmp_path: Path) -> None:
    problems = check_pack(written(tmp_path, BROKEN))
    places = [(line.split(":")[0], int(line.split(":")[1])) for line in problems]
    assert places == sorted(places)
    assert any(number > 9 for _, number in places)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (CHECKOUT, "  detection:", "  detections:", "has no dimension 'detections'; did you mean detection?"),
        (CHECKOUT, "level: scenario", "level: [scenario]", "level: must be text, not a list"),
        (CHECKOUT, "time_limit: 120", "time_limit: -120", "1 or more"),
        (CHECKOUT, "time_limit: 120", "time_limit: soon", "must be a whole number, not text"),
        (CHECKOUT, "time_limit: 120", "time_limit: 12.5", "whole number in plain digits"),
        (
            CHECKOUT,
            "    hint: >-\n      Say what you",
            "    hints: >-\n      Say what you",
            "did you mean hint?",
        ),
        (
            CHECKOUT,
            "          Traffic is moved",
            "          Traffic is moved by Beep Master",
            "tool 'Beep Master'",
        ),
        ("tools.yaml", "dimension: escalation", "dimension: escalate", "did you mean escalation?"),
        ("pack.yaml", "[learning, prevention]", "[detection]", "'detection' is here already, on line 36"),
        ("pack.yaml", 'version: "1"', "version: 1", "version: must be text, not a number: put it in quotes"),
        ("pack.yaml", 'version: "1"', "version: 2024-01-01", "version: must be text, not a date"),
        ("pack.yaml", 'version: "1"', "version: !mine 1", "version: must be text, not of the type '!mine'"),
    ],
)
def test_one_error_in_a_sound_pack_is_found_at_its_line(
    web: Path, file: str, old: str, new: str, message: str
) -> None:
    line = change(web / file, old, new)
    found = check_pack(web)
    # A tool in a folded text is reported where the text begins, one line above its words.
    places = [f"{web / file}:{line - above}: " for above in (0, 1)]
    assert any(problem.startswith(tuple(places)) and message in problem for problem in found), found


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"id: x\nlevel: [beginner\ntext: y\n", 3, "is not valid YAML"),
        (b"id: x\nlevel: beginner\n  text: y\n", 3, "is not valid YAML"),
        (b"id: x\ntext: *nothing\n", 2, "is not valid YAML"),
        (b"id: x\n---\nid: y\n", 2, "is not valid YAML"),
        (b"id: x\n\ttext: y\n", 2, "is not valid YAML"),
        (b"id: x\nlevel: beginner\ntext: caf\xe9\n", 3, "is not UTF-8"),
        (b"id: caf\xc3\xa9\ntext: a\x07b\n", 2, "holds a control character"),
        (b"", 1, "is empty"),
        (b"# nothing but this\n", 1, "is empty"),
        (b"- id: x\n", 1, "must be a mapping, not a list"),
        (b"[" * 3000, 1, ""),
    ],
)
def test_a_file_that_is_no_mapping_in_yaml_is_reported(
    web: Path, parser: None, content: bytes, line: int, message: str
) -> None:
    (web / CHECKOUT).write_bytes(content)
    (problem,) = check_pack(web)
    assert problem.startswith(f"{web / CHECKOUT}:{line}: ")
    assert message in problem


def test_missing_parts_are_reported(web: Path, tmp_path: Path) -> None:
    assert check_pack(tmp_path / "none") == (
        f"{tmp_path / 'none'}:1: there is no such folder: name the one that holds pack.yaml",
    )
    assert "there is no such folder" in check_pack(web / "pack.yaml")[0]
    shutil.rmtree(web / "questions")
    assert check_pack(web) == (
        f"{web / 'questions'}:1: there are no questions: put one .yaml file a question here",
    )
    (web / "pack.yaml").unlink()
    assert check_pack(web) == (
        f"{web / 'pack.yaml'}:1: the file is missing: without it this folder is no pack",
    )


def test_a_folder_in_place_of_a_file_is_reported(web: Path) -> None:
    (web / "questions" / "folder.yaml").mkdir()
    (problem,) = check_pack(web)
    assert problem.startswith(f"{web / 'questions' / 'folder.yaml'}:1: cannot be read: ")


def test_names_of_files_cannot_act_on_the_terminal(web: Path) -> None:
    (web / "questions" / "red\x1b[31m.yaml").write_text("", encoding="utf-8")
    (problem,) = check_pack(web)
    assert "\x1b" not in problem
    assert "red?[31m.yaml:1: is empty" in problem


def test_load_names_the_first_problem_and_how_many_more(web: Path) -> None:
    change(web / CHECKOUT, "level: scenario", "level: hard")
    with pytest.raises(PackError) as one:
        load_pack(web)
    assert str(one.value) == f"the pack is broken: {check_pack(web)[0]}"
    change(web / CHECKOUT, "time_limit: 120", "time_limits: 60")
    with pytest.raises(PackError) as two:
        load_pack(web)
    assert str(two.value).startswith(
        f"the pack is broken: {web / CHECKOUT}:1: the key 'time_limit' is missing"
    )
    assert str(two.value).endswith(f" (and 2 more); run: coach packs check {web}")
    assert two.value.problems == check_pack(web)
    assert "\n" not in str(two.value)


def test_tools_in_references_are_left_to_the_check(web: Path) -> None:
    change(web / CHECKOUT, "          Traffic is moved", "          Beepmaster: traffic is moved")
    assert load_pack(web).tools[0].name == "Beepmaster"
    (problem,) = check_pack(web)
    assert "described[1]: names the tool 'Beepmaster' (Beepmaster)" in problem


def test_tools_and_guesses_are_allowed_where_they_belong(web: Path) -> None:
    change(web / CHECKOUT, "Grafana and Sentry would", "Beepmaster and Sentry would")
    change(web / CHECKOUT, "          Traffic is moved", "          We use QuarpFlow: traffic is moved")
    assert check_pack(web) == ()


@settings(max_examples=60, deadline=None)
@given(
    at=st.floats(0, 1),
    removed=st.integers(0, 40),
    put=st.sampled_from(
        ["", "\n", ":", "- ", "  ", "{", "}", "[", "'", '"', "&a ", "*a", "null", "\x00", "é", "!"]
    ),
)
def test_no_damage_to_a_file_ends_in_anything_but_a_report(
    tmp_path_factory: pytest.TempPathFactory, at: float, removed: int, put: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    shutil.copytree(WEB, folder, dirs_exist_ok=True)
    for file in (
        folder / "pack.yaml",
        folder / CHECKOUT,
        written(folder, {"tools.yaml": TOOLS}) / "tools.yaml",
    ):
        text = file.read_text(encoding="utf-8")
        start = int(at * len(text))
        file.write_text(text[:start] + put + text[start + removed :], encoding="utf-8")
        assert all(re.match(r".+?:\d+: .", problem) for problem in check_pack(folder))


# What is loaded.


def test_a_pack_of_another_field_loads_without_tools_or_graded_answers() -> None:
    pack = load_pack(WEB)
    assert check_pack(WEB) == ()
    assert [question.id for question in pack.questions] == [
        "after-recovery",
        "checkout-errors",
        "long-outage",
    ]
    assert pack.question("long-outage").expects == ("escalation", "communication")
    assert pack.question("long-outage").time_limit == 90
    assert (pack.tools, dict(pack.categories), dict(pack.sounds), pack.not_tools) == ((), {}, {}, ())
    first = pack.question("checkout-errors").expectations[0].references[0]
    assert (first.dimension, first.depth) == ("detection", Depth.REASONED)
    assert first.text.startswith("Page on failed orders per minute and not on processor load, because")


def test_the_references_of_the_other_field_name_no_tool_that_mlops_knows(mlops: Pack) -> None:
    lexicon = Lexicon(mlops.tools, mlops.sounds, frozenset(mlops.not_tools))
    named = {
        mention.name: reference.depth
        for question in load_pack(WEB).questions
        for expectation in question.expectations
        for reference in expectation.references
        for mention in lexicon.find(reference.text)
        if not mention.guessed
    }
    assert set(named.values()) == {Depth.NAMED}


def test_an_unknown_id_offers_the_near_ones(mlops: Pack) -> None:
    assert mlops.question("what-is-drift").level == "beginner"
    with pytest.raises(UsageError, match=r"there is no question 'whats-drift'; did you mean what-is-drift"):
        mlops.question("whats-drift")
    with pytest.raises(UsageError, match=r"no question 'churn'; did you mean .*churn-on-azure"):
        mlops.question("churn")
    with pytest.raises(UsageError, match=r"no dimension 'monitor'; did you mean monitoring\?"):
        mlops.dimension("monitor")
    with pytest.raises(UsageError, match=r"no question 'zzz'; run: coach questions$"):
        mlops.question("zzz")
    assert mlops.dimension("drift").title == "Drift response"


def test_a_hostile_id_is_shown_harmlessly(mlops: Pack) -> None:
    with pytest.raises(UsageError) as error:
        mlops.question("\x1b[31m" + "x" * 100_000)
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 150


def test_the_digest_is_of_what_the_pack_says(web: Path, tmp_path: Path) -> None:
    before = load_pack(web).digest
    assert re.fullmatch("[0-9a-f]{64}", before)
    assert load_pack(shutil.copytree(web, tmp_path / "elsewhere")).digest == before
    change(web / CHECKOUT, "level: scenario", "level: scenario  # a comment changes nothing")
    change(web / "tools.yaml", '  "see": c\n  "dee": d\n', '  "dee": d\n  "see": c\n')
    assert load_pack(web).digest == before
    assert str(load_pack(web)) == f"web-incidents 1 ({before[:12]})"
    digests = {before}
    for file, old, new in (
        (CHECKOUT, "Page on failed orders", "Page on missed orders"),
        (CHECKOUT, "time_limit: 120", "time_limit: 121"),
        ("pack.yaml", "title: Notice", "title: Notice it"),
        ("tools.yaml", "title: Paging", "title: Pagers"),
        ("tools.yaml", '"see": c', '"sea": c'),
        ("tools.yaml", "not_tools: [rota]", "not_tools: [rotas]"),
    ):
        change(web / file, old, new)
        digests.add(load_pack(web).digest)
    assert len(digests) == 7
