"""Exports of course and form systems as public fixtures and documents show them (docs/course-systems.md)."""

import csv
import io
import json
import zipfile
from pathlib import Path

import polars
import pytest
from course_files import DRIFT, REGISTRY, records
from quick_scorer import graded_into, opened, quick_scorer

from coach import resources
from coach.cohort.run_records import RunOptions
from coach.errors import InputError
from coach.packs import Pack, load_pack
from coach.scoring.scorer import Scorer

ONE = "We compare the live inputs with those of the training week every day, because labels come late."
TWO = "An alert names the feature that moved, and its owner looks for a broken feed before anything else."
THREE = "The registry tells which model runs, who let it out, and how to take it back within a minute."
Table = list[list[str]]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(resources.default_pack_dir())


@pytest.fixture(scope="module")
def quick() -> Scorer:
    return quick_scorer()


def asked(pack: Pack, question: str = DRIFT) -> str:
    return pack.question(question).text


def canvas_without_attempts(pack: Pack) -> Table:
    head = ["name", "id", "sis_id", "section", "section_id", "section_sis_id", "submitted"]
    marks = [f"101: <p>{asked(pack)}</p>", "5.0", "102: Pick one", "1.0", "n correct", "n incorrect", "score"]
    when = "2026-09-25 23:30:00 UTC"
    return [
        [*head, *marks],
        ["Lee, Ann", "11", "A1", "Sec A", "5", "", when, ONE, "0.0", "B", "1.0", "1", "0", "1.0"],
        ["Roe, Ben", "12", "A2", "Sec A", "5", "", when, TWO, "0.0", "A", "0.0", "0", "1", "0.0"],
    ]


def moodle_responses(pack: Pack) -> Table:
    head = ["Last name", "First name", "Email address", "Status", "Started", "Completed", "Duration"]
    marks = ["Grade/10.00", "Question 1", "Response 1", "Right answer 1"]
    times = ["Finished", "13 March 2026 10:02 AM", "13 March 2026 10:20 AM", "18 mins"]
    return [
        [*head, *marks],
        ["Lee", "Ann", "ann@x.org", *times, "-", asked(pack), ONE, ""],
        ["Roe", "Ben", "ben@x.org", *times, "-", asked(pack), TWO, ""],
        ["Overall average", "", "", "", "", "", "", "-", "", "", ""],
    ]


def blackboard_test(pack: Pack) -> Table:
    head = ["Username", "Last Name", "First Name"]
    numbered = [
        f"{what} {n}"
        for n in (1, 2)
        for what in ("Question ID", "Question", "Answer", "Possible Points", "Auto Score", "Manual Score")
    ]
    choice = ["_22_1", "Pick one", "B", "2", "2", ""]
    return [
        [*head, *numbered],
        ["ann1", "Lee", "Ann", "_21_1", f"<p>{asked(pack)}</p>", f"<p>{ONE}</p>", "8", "", "", *choice],
        ["ben1", "Roe", "Ben", "_21_1", f"<p>{asked(pack)}</p>", TWO, "8", "", "6", *choice],
    ]


def brightspace_attempts(pack: Pack) -> Table:
    head = [
        "Org Defined ID",
        "Username",
        "FirstName",
        "LastName",
        "Attempt #",
        "Attempt Start",
        "Attempt End",
    ]
    question = ["Section #", "Q #", "Q Type", "Q Title", "Q Text", "Bonus?", "Difficulty"]
    given = ["Answer", "Answer Match", "Score", "Out Of"]
    who = {"Ann": ["71", "ann1", "Ann", "Lee"], "Ben": ["", "ben1", "Ben", "Roe"]}
    when = ["2/3/2026 15:24", "2/3/2026 15:28"]
    return [
        [*head, *question, *given],
        [*who["Ann"], "1", *when, "", "1", "LA", "Q1", asked(pack), "FALSE", "1", ONE, "", "0", "2"],
        [*who["Ann"], "1", *when, "", "2", "MC", "Q2", "Pick one", "FALSE", "1", "B", "Checked", "1", "1"],
        [*who["Ben"], "1", *when, "", "1", "LA", "Q1", asked(pack), "FALSE", "1", TWO, "", "0", "2"],
    ]


def edx_responses(pack: Pack) -> Table:
    head = ["Submission ID", "Location", "Problem Name", "Item ID", "Username", "Anonymized Student ID"]
    more = ["Date/Time Response Submitted", "Response", "Assessment Details", "Assessment Scores"]
    first, second = ONE.split(", ")
    parts = {"parts": [{"prompt": {"description": asked(pack)}, "text": first}, {"text": second}]}
    return [
        [*head, *more],
        ["u-1", "b1", "Essay", "9", "ann1", "a" * 32, "2026-02-24 10:00:00", json.dumps(parts), "", ""],
        [
            "u-2",
            "b1",
            "Essay",
            "9",
            "ben1",
            "b" * 32,
            "2026-02-24 10:05:00",
            json.dumps({"text": TWO}),
            "",
            "",
        ],
    ]


def prairielearn(pack: Pack) -> Table:
    head = ["uid", "uin", "qid", "old_score_perc", "old_feedback", "submission_id", "params", "true_answer"]
    rows = [
        ["ann1@x.org", "1", DRIFT, "0", "", "42983", "{}", "{}", json.dumps({"ans": ONE}), "", "", ""],
        ["ben1@x.org", "2", DRIFT, "0", "", "42984", "{}", "{}", json.dumps({"ans": TWO}), "", "", ""],
    ]
    return [[*head, "submitted_answer", "partial_scores", "score_perc", "feedback"], *rows]


def gradescope(pack: Pack) -> Table:
    head = [
        "First Name",
        "Last Name",
        "SID",
        "Email",
        "Sections",
        "section_name",
        "Total Score",
        "Max Points",
    ]
    more = [
        "Status",
        "Submission ID",
        "Submission Time",
        "Lateness (H:M:S)",
        "View Count",
        "Submission Count",
    ]
    row = ["Graded", "1287", "2026-06-25 13:16:26 -0600", "00:00:00", "0", "1"]
    return [
        [*head, *more, "1.1: A (0.25 pts)", f"2: {asked(pack)} (5.0 pts)"],
        ["Ann", "Lee", "101", "ann@x.org", "", "", "8.0", "12.0", *row, "0.25", ONE],
        ["Ben", "Roe", "102", "ben@x.org", "", "", "6.0", "12.0", *row, "0.25", TWO],
    ]


def qualtrics(pack: Pack) -> Table:
    names = ["StartDate", "EndDate", "Status", "ResponseId", "RecipientLastName", "RecipientFirstName", "Q1"]
    words = ["Start Date", "End Date", "Response Type", "Response ID", "Recipient Last Name"]
    ids = ["startDate", "endDate", "status", "_recordId", "recipientLastName", "recipientFirstName", "QID1"]
    when = ["2026-01-01 10:00:00", "2026-01-01 10:05:00", "IP Address"]
    return [
        names,
        [*words, "Recipient First Name", asked(pack)],
        [json.dumps({"ImportId": one}, separators=(",", ":")) for one in ids],
        [*when, "R_1", "Lee", "Ann", ONE],
        [*when, "R_2", "Roe", "Ben", TWO],
    ]


def surveymonkey(pack: Pack) -> Table:
    head = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address"]
    names = ["Custom Data 1", "Contact information", "", asked(pack)]
    when = ["09/01/2026 10:00:00 AM", "09/01/2026 10:05:00 AM", "192.0.2.1"]
    return [
        [*head, *names],
        [*[""] * 7, "Company", "Name", "Open-Ended Response"],
        ["118", "4", *when, "ann@x.org", "", "", "Ann Lee", ONE],
        ["119", "4", *when, "ben@x.org", "", "", "Ben Roe", TWO],
    ]


def typeform(pack: Pack) -> Table:
    head = ["#", "What's your full name?", asked(pack), "Start Date (UTC)", "Submit Date (UTC)", "Network ID"]
    when = ["2026-10-05 02:39:31", "2026-10-05 02:41:38", "65"]
    return [head, ["odw1", "Ann Lee", ONE, *when], ["odw2", "Ben Roe", TWO, *when]]


def microsoft_form(pack: Pack) -> Table:
    head = ["ID", "Start time", "Completion time", "Email", "Name", "Total points", "Quiz feedback"]
    own = [
        "STUDENTS FULL NAME",
        "Points - STUDENTS FULL NAME",
        "STUDENT ID NUMBER",
        "Points - STUDENT ID NUMBER",
    ]
    essay = [asked(pack), f"Points - {asked(pack)}", f"Feedback - {asked(pack)}"]
    when = ["7/27/26 19:06:23", "7/27/26 19:17:10", "anonymous", ""]
    return [
        [*head, *own, *essay],
        ["1", *when, "", "", "Ann Lee", "", "IMPACT-001", "", ONE, "", ""],
        ["2", *when, "", "", "Ben Roe", "", "IMPACT-002", "", TWO, "", ""],
    ]


def google_form(pack: Pack) -> Table:
    head = ["Timestamp", "Email address", "Score", "What's your full name? ", asked(pack)]
    return [
        head,
        ["2026/09/27 3:00:00 PM GMT+3", "ann@x.org", "0 / 5", "Ann Lee", TWO],
        ["2026/09/27 11:30:00 AM GMT+3", "ben@x.org", "0 / 5", "Ben Roe", TWO],
        ["2026/09/27 4:00:00 PM GMT+3", "ann@x.org", "0 / 5", "Ann Lee", ONE],
    ]


def moodle_forum(pack: Pack) -> Table:
    head = [
        "id",
        "discussion",
        "parent",
        "userid",
        "userfullname",
        "created",
        "modified",
        "subject",
        "message",
    ]
    return [
        head,
        ["31", "7", "30", "501", "Ann Lee", "1790000000", "1790000000", "Re: Drift", f"<p>{ONE}</p>"],
        ["32", "7", "30", "502", "Ben Roe", "1790000100", "1790000100", "Re: Drift", f"<p>{TWO}</p>"],
    ]


def short_answers(pack: Pack) -> Table:
    head = ["Id", "EssaySet", "Score1", "Score2", "EssayText"]
    return [head, ["1", "1", "1", "1", ONE], ["2", "1", "1", "1", TWO]]


def moodle_without_numbers(pack: Pack) -> Table:
    head = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"]
    more = ["Grade can be changed", "Last modified (submission)", "Online text", "Last modified (grade)"]
    when = "Monday, 24 November 2025, 10:41 AM"
    return [
        [*head, *more, "Feedback comments"],
        [
            "Participant 1",
            "Ann Lee",
            "ann@x.org",
            "Submitted for grading",
            "",
            "20.00",
            "Yes",
            when,
            ONE,
            "-",
            "",
        ],
        [
            "Participant 2",
            "Ben Roe",
            "ben@x.org",
            "Submitted for grading",
            "",
            "20.00",
            "Yes",
            when,
            TWO,
            "-",
            "",
        ],
    ]


# Each table with the question that is named on the command line (empty where the columns tell it), and its kind.
TABLES = [
    (canvas_without_attempts, "", "canvas-quiz"),
    (moodle_responses, "", "moodle-quiz"),
    (blackboard_test, "", "blackboard-test"),
    (brightspace_attempts, "", "brightspace-quiz"),
    (edx_responses, DRIFT, "edx-responses"),
    (prairielearn, "", "prairielearn"),
    (gradescope, "", "gradescope"),
    (qualtrics, "", "qualtrics"),
    (surveymonkey, "", "surveymonkey"),
    (typeform, "", "table"),
    (microsoft_form, "", "ms-forms"),
    (google_form, "", "google-forms"),
    (moodle_forum, DRIFT, "table"),
    (short_answers, DRIFT, "table"),
    (moodle_without_numbers, DRIFT, "moodle-worksheet"),
]


def written(path: Path, rows: Table, separator: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def counting(path: Path, pack: Pack, question: str = "") -> list[str]:
    """The answers that count, in the order of the students' names."""
    cohort = opened(path, pack, RunOptions(question=question or None))
    pairs = [
        (one, who) for one, who in cohort.submissions() if one.state == "counts" and one.question == DRIFT
    ]
    assert not any("identity" in one.doubts for one, _ in pairs)
    return [one.text for one, who in sorted(pairs, key=lambda pair: pair[1].name or pair[1].id)]


@pytest.mark.parametrize(("make", "question", "kind"), TABLES, ids=[one[0].__name__ for one in TABLES])
def test_the_answers_of_a_table_are_found(
    make: "object", question: str, kind: str, pack: Pack, tmp_path: Path
) -> None:
    path = written(tmp_path / "export.csv", make(pack))  # type: ignore[operator]
    texts = [" ".join(text.split()) for text in counting(path, pack, question)]
    assert [text.replace(" because", ", because").replace(",,", ",") for text in texts] == [ONE, TWO]
    assert opened(path, pack, RunOptions(question=question or None)).layout.kind == kind


def test_blackboards_spreadsheet_is_a_table_of_tabs_in_two_byte_letters(pack: Pack, tmp_path: Path) -> None:
    path = written(tmp_path / "test.xls", blackboard_test(pack), "\t", "utf-16")
    assert counting(path, pack) == [ONE, TWO]


def test_tabs_tell_columns_apart_as_commas_do(pack: Pack, tmp_path: Path) -> None:
    path = written(tmp_path / "answers.tsv", short_answers(pack), "\t")
    assert counting(path, pack, DRIFT) == [ONE, TWO]


def test_a_survey_without_names_makes_a_student_of_each_row(pack: Pack, tmp_path: Path) -> None:
    head = ["Section #", "Q #", "Q Type", "Q Title", "Q Text", "Bonus?", "Difficulty", "Answer"]
    row = ["", "1", "LA", "Q1", asked(pack), "FALSE", "1"]
    table = [[*head, "Answer Match", "# Responses"], [*row, ONE, "", "1"], [*row, ONE, "", "1"]]
    cohort = opened(written(tmp_path / "survey.csv", table), pack)
    assert (cohort.students, cohort.superseded) == (2, 0)


def test_a_mark_beside_an_answer_is_read_on_its_own_scale(pack: Pack, tmp_path: Path) -> None:
    cohort = opened(written(tmp_path / "test.csv", blackboard_test(pack)), pack)
    assert [one.mark for one, _ in cohort.submissions()] == [None, 3.75]


def test_questions_drawn_at_random_are_each_graded_as_asked(
    quick: Scorer, pack: Pack, tmp_path: Path
) -> None:
    table = moodle_responses(pack)[:3]
    table[2][8:10] = [asked(pack, REGISTRY), THREE]
    table.append(
        [*table[1][:2], "cem@x.org", *table[1][3:8], "What is a pipeline made of, in short?", THREE, ""]
    )
    table[3][0] = "Cem"
    manifest = graded_into(tmp_path / "out", written(tmp_path / "quiz.csv", table), quick)
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert grades["question"].to_list() == [DRIFT, REGISTRY]
    assert any("is no question of the pack" in problem for problem in manifest.problems)
    back = records(tmp_path / "out" / "graded-quiz.csv")
    assert back[0][-2:] == ["coach mark: Response 1", "coach feedback: Response 1"]
    assert [bool(row[-1]) for row in back[1:]] == [True, True, False]


@pytest.mark.parametrize(
    "cell", ["[" * 100_000, '{"ans": ', '{"ans": NaN}', "{}", '{"ans": {"a": [1, null]}}']
)
def test_an_object_that_holds_no_words_stops_nothing(cell: str, pack: Pack, tmp_path: Path) -> None:
    table = prairielearn(pack)
    table[1][8] = cell
    cohort = opened(written(tmp_path / "pl.csv", table), pack)
    assert [one.text for one, _ in cohort.submissions()][1] == TWO


def test_files_beside_an_object_of_answers_go_to_review(pack: Pack, tmp_path: Path) -> None:
    table = prairielearn(pack)
    table[1][8] = json.dumps({"_files": [{"name": "a.pdf", "contents": "JVBERi0="}]})
    cohort = opened(written(tmp_path / "pl.csv", table), pack)
    first, second = (one for one, _ in cohort.submissions())
    assert (first.state, first.doubts) == ("unread", ("file-not-read",))
    assert (second.state, second.doubts) == ("counts", ())


def test_another_name_for_the_one_question_is_that_question(pack: Pack, tmp_path: Path) -> None:
    table = edx_responses(pack)
    table[2][2] = "Second essay"
    path = written(tmp_path / "ora.csv", table)
    with pytest.raises(InputError, match="names 2 questions.*none of them is what-is-drift"):
        opened(path, pack, RunOptions(question=DRIFT))


def archive(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


RECEIPT = (
    "Name: {name} ({id})\nAssignment: Drift\nDate Submitted: Thursday, November 20, 2025 10:22:33 AM EST\n"
    "Current Grade: Needs Grading\n\nSubmission Field:\n{text}\n\n"
    "Comments:\nThere are no student comments for this assignment.\n\nFiles:\n{files}\n"
)
NOTHING = "There is no student submission text data for this assignment."
ARCHIVES = {
    "canvas": {
        "leeann_501_90001_text.html": f"<p>{ONE}</p>",
        "roeben_LATE_502_90002_answer-1.txt": TWO,
    },
    "blackboard": {
        "Drift_ann1_attempt_2025-11-19-09-00-00.txt": RECEIPT.format(
            name="Ann Lee", id="ann1", text=f"<p>{TWO}</p>", files="No files were attached."
        ),
        "Drift_ann1_attempt_2025-11-20-10-22-33.txt": RECEIPT.format(
            name="Ann Lee", id="ann1", text=f"<p>{ONE}</p>", files="No files were attached."
        ),
        "Drift_ben1_attempt_2025-11-20-11-00-00.txt": RECEIPT.format(
            name="Ben Roe", id="ben1", text=NOTHING, files="\tOriginal filename: a.txt"
        ),
        "Drift_ben1_attempt_2025-11-20-11-00-00_a.txt": TWO,
    },
    "brightspace": {
        "index.html": "<html><body>Drift</body></html>",
        "152711-351765 - Ann Lee - May 18, 2025 1224 PM/answer.txt": ONE,
        "152711-351764 - Ann Lee - May 18, 2025 924 AM/answer.txt": TWO,
        "152712-351766 - Ben Roe - May 18, 2025 301 PM/answer.txt": TWO,
    },
    "sakai": {
        "Drift/grades.csv": "Drift,Points\n\nDisplay ID,ID,Last Name,First Name,grade\nann1,ann1,Lee,Ann,\n",
        "Drift/Lee, Ann(ann1)/Lee, Ann(ann1)_submissionText.html": f"<p>{ONE}</p>",
        "Drift/Lee, Ann(ann1)/timestamp.txt": "20251120102233000",
        "Drift/Lee, Ann(ann1)/comments.txt": "Well written.",
        "Drift/Roe, Ben(ben1)/Submission attachment(s)/answer.txt": TWO,
        "Drift/Roe, Ben(ben1)/Feedback Attachment(s)/notes.txt": "Good, but what of the labels and the cost?",
        "Drift/Roe, Ben(ben1)/timestamp.txt": "20251120102233000",
    },
    "moodle, older": {
        "Ann Lee_12345_assignsubmission_file_answer.txt": ONE,
        "Ben Roe_12346_assignsubmission_onlinetext_onlinetext.html": f"<p>{TWO}</p>",
    },
}


@pytest.mark.parametrize("system", ARCHIVES)
def test_the_answers_of_an_archive_are_found(system: str, pack: Pack, tmp_path: Path) -> None:
    path = archive(tmp_path / "submissions.zip", ARCHIVES[system])
    assert counting(path, pack, DRIFT) == [ONE, TWO]
    cohort = opened(path, pack, RunOptions(question=DRIFT))
    assert cohort.students == 2
    assert (cohort.layout.kind == "moodle-submissions") == system.startswith("moodle")


def test_the_newest_handing_in_gives_way_where_it_holds_nothing(pack: Pack, tmp_path: Path) -> None:
    files = dict(ARCHIVES["blackboard"])
    newest = "Drift_ann1_attempt_2025-11-20-10-22-33.txt"
    files[newest] = files[newest].replace(f"<p>{ONE}</p>", "See the attached file.")
    cohort = opened(archive(tmp_path / "s.zip", files), pack, RunOptions(question=DRIFT))
    ann = [one for one, who in cohort.submissions() if who.id == "ann1" and one.state == "counts"]
    assert [(one.text, one.doubts) for one in ann] == [(TWO, ("newest-empty",))]


@pytest.mark.parametrize(
    "header",
    [
        ["OrgDefinedId", "Username", "Last Name", "First Name", "Email", "End-of-Line Indicator"],
        [
            "github_username",
            "roster_identifier",
            "student_repository_name",
            "points_awarded",
            "points_available",
        ],
        ["Student", "ID", "SIS Login ID", "section", "Module 1: Assignment 1 (101)"],
        ["id", "submitdate", "lastpage", "startlanguage", "seed", "G01Q01"],
    ],
    ids=["brightspace", "github classroom", "canvas", "limesurvey codes"],
)
def test_a_table_without_answers_says_so_in_one_line(header: list[str], pack: Pack, tmp_path: Path) -> None:
    path = written(tmp_path / "book.csv", [header, ["1"] * len(header)])
    with pytest.raises(InputError, match=r"book\.csv: no column is known to hold answers") as caught:
        opened(path, pack, RunOptions(question=DRIFT))
    assert "\n" not in str(caught.value)
