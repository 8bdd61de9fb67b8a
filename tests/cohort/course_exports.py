"""Exports of course and form systems, made anew of what public fixtures and documents show of their form."""

import json

from course_files import DRIFT

from coach.packs import Pack

ONE = "We compare the live inputs with those of the training week every day, because labels come late."
TWO = "An alert names the feature that moved, and its owner looks for a broken feed before anything else."
THREE = "The registry tells which model runs, who let it out, and how to take it back within a minute."
Table = list[list[str]]


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
