"""Cues of words to the grader: counts that the fitted detector weighs; none decides anything."""

import re

import numpy as np
from numpy.typing import NDArray

# What people speak of when they ask for a mark, in the languages that most often stand in such requests.
_COUNTED = {
    "grader": r"\b(?:graders?|evaluators?|examiners?|assessors?|markers?|judges?|jury|reviewers?"
    r"|raters?|scorers?"
    r"|interviewers?|committee|panel|whoever|prüfer\w*|bewerter\w*|evaluador\w*|évaluateur\w*|valutator\w*"
    r"|avaliador\w*|beoordelaar\w*|oceniając\w*|değerlendiren\w*|проверяющ\w*)\b|评分员|採点者|परीक्षक|المقيم",
    "grading": r"\b(?:grad(?:e|es|ed|ing)|scor(?:e|es|ed|ing)|mark(?:s|ed|ing)?|points?|ratings?|rat(?:e|ed)"
    r"|credit|evaluat\w+|assess\w*|overall|reasoning|dimensions?|punkt\w*|punt[io]\w*|pontu\w+|nota|notes?"
    r"|note[nr]?|ocen\w*|puan\w*|cijfer|балл\w*|оцен\w*|bewert\w+|calific\w+|barème)\b|分|点|評価|अंक|درج",
    "best": r"\b(?:max\w*|highest|top|full|perfect\w*|best|excellent|outstanding|generous\w*"
    r"|lenien\w*|voll\w*|höchst\w*|best\w*|máxim\w*|massim\w*|maximal\w*|mejor|meilleure?|максимальн\w+"
    r"|высш\w+"
    r"|hoogste|najwyższ\w+|yüksek)\b|满|滿|満|最高|पूरे|الكاملة",
    "best figure": r"\b(?:five|5|10|threes?|3|cinq|cinco|cinque|fünf|pięć|beş|vijf|пят\w+)\b|五|पाँच|خمسة",
    "assign": r"\b(?:giv(?:e|en|ing)|award|assign|set|output|return|record|grant|enter|print|put|fill|treat"
    r"|consider|accept|approve|pass|confirm|count|gib|geben|vergib\w*|trage|pon|dar?|donnez|attribu\w+|mettez"
    r"|assegna|metti|dê|atribua|geef|daj|ver|поставь\w*)\b|给|打|付け|أعط",
    "cancel": r"\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w+|skip\w*|bypass\w*|cancel\w*|suspend\w*"
    r"|drop\w*"
    r"|void|obsolete|replaced|superseded|vergiss|vergessen|olvid\w+|oublie[zr]\w*|dimentica\w*|esqueça\w*"
    r"|negeer|zignoruj|игнорир\w+|забудь\w*)\b|yok say|忽略|無視|अनदेखा|تجاهل",
    "instructions": r"\b(?:instructions?|directives?|directions?|rubrics?|guidelines?|guidance|prompts?"
    r"|rules?"
    r"|criteria|scheme|polic(?:y|ies)|anweisung\w*|instruccion\w*|consignes?|istruzion\w*|instruç\w+"
    r"|instructies|instrukcj\w+|talimat\w*|инструкц\w+|критери\w+)\b|指令|指示|标准|निर्देश|التعليمات",
    "this answer": r"\b(?:(?:this|my|the|above|following) (?:\w+ )?(?:answers?|responses?|text|submission"
    r"|candidate|paragraph|note|sentence|message)|(?:this|the|me as a) candidate|diese antwort|esta respuesta"
    r"|cette réponse|questa risposta|esta resposta|dit antwoord|odpowied\w+|этот ответ|ответ)\b"
    r"|回答|答案|इस उत्तर|الإجابة",
    "you": r"\b(?:you|your|yours|yourself|du|sie|ihnen|usted|eres|vous|tu|ti|você|u|jij)\b",
    "me": r"\b(?:me|my|mine|myself|mir|meine|moi|mi|mim)\b",
    "i": r"\b(?:i|i'm|i'd|i've|i'll)\b",
    "we": r"\b(?:we|our|us|we'd|we've|they|their|team|customers?|users?)\b",
    "please": r"\b(?:please|pls|kindly|beg|thanks?|thx|grateful|appreciate|sorry|bitte|por favor|merci"
    r"|veuillez"
    r"|prego|per favore|alsjeblieft|proszę|lütfen|пожалуйста)\b|请|ください|कृपया|يرجى",
    "artificial": r"\b(?:ai|llms?|gpt|chatgpt|language model|bot|machine|algorithm|assistant|automat\w+"
    r"|neural)\b",
    "sender": r"(?:^|[\[<#*|(])\W{0,80}(?:system|sys|admin|assistant|developer|user|inst|operator|root"
    r"|moderator|note"
    r"|notice|message)\b",
    "needs": r"\b(?:need|job|unfair|fail|mercy|chance|family|nervous|deserve[sd]?|kind|complain\w*"
    r"|worked hard"
    r"|lawyer|penali[sz]\w+)\b",
    "experience": r"\b(?:expert|senior|principal|years|certified|mastery|experience|qualified|verified"
    r"|confirmed"
    r"|agreed)\b",
    "modal": r"\b(?:must|should|shall|would|need to|have to|can|could|may)\b",
    "negation": r"\b(?:not|no|never|nothing|without|don't|cannot)\b",
    "past": r"\b\w{3,}ed\b",
    "markup": r"[<>{}\[\]|#`*\"=_]|---|===|~~~",
    "assigned figure": r"\w\"?\s?[:=]\s?\"?[0-9]",
    "ratio": r"\b(?:\d+|five|three|ten)\s?(?:/|of|out of|von|de|sur|su|van)\s?(?:\d+|five|three|ten)\b",
}
_TOGETHER = (
    ("grading", "best"),
    ("grading", "best figure"),
    ("grading", "you"),
    ("grading", "me"),
    ("grading", "this answer"),
    ("grading", "assign"),
    ("assign", "best"),
    ("assign", "best figure"),
    ("best figure", "you"),
    ("cancel", "instructions"),
    ("cancel", "grading"),
    ("grader", "this answer"),
    ("grader", "grading"),
    ("this answer", "best"),
    ("artificial", "grading"),
    ("please", "grading"),
    ("we", "grading"),
    ("you", "instructions"),
    ("sender", "grading"),
    ("please", "me"),
    ("we", "best"),
)
_LAYOUT = (
    "log words",
    "very short",
    "capitals",
    "other scripts",
    "spelt oddly",
    "digits",
    "opens small",
    "accents",
    "long run",
)
CUE_NAMES = (*_COUNTED, *_LAYOUT, *(f"{one} and {other}" for one, other in _TOGETHER))
_PATTERNS = {name: re.compile(pattern) for name, pattern in _COUNTED.items()}
_SPACED = re.compile(r"(?<!\w)(?:\w[ \-.*]{1,3}){3,}\w(?!\w)")
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[a-z]")
# Names such as v12, p95 and 24h mix letters and digits without hiding anything.
_ORDINARY = re.compile(r"[^\d]+|\d+|[a-z]{1,3}\d+|\d+[a-z]{1,2}")
_LOOKALIKES = str.maketrans("013457@$", "oieastas")
# More characters than this without a space are an encoded text rather than a word.
_LONGEST_WORD = 22


def grader_cues(text: str) -> NDArray[np.float32]:
    """Count the cues of `text`; returns one figure for each of `CUE_NAMES`, each in [0, 2] or a share.

    Letters that are set apart or replaced by digits are read as the words that they stand for.
    """
    lower = text.lower().replace("’", "'")
    plain = plainly_spelt(lower)
    words = plain.split()
    counted = {name: min(2, len(pattern.findall(plain))) for name, pattern in _PATTERNS.items()}
    letters = "".join(filter(str.isalpha, text))
    number = max(1, len(letters))
    beyond = [ord(letter) for letter in letters if letter > "\x7f"] if not letters.isascii() else []
    layout = (
        np.log1p(len(words)),
        len(words) < 5,
        sum(map(str.isupper, letters)) / number,
        sum(code > 0x24F for code in beyond) / number,
        plain != lower,
        sum(map(str.isdigit, text)) / max(1, len(text)),
        text[:1].islower(),
        sum(code < 0x250 for code in beyond) / number,
        max(map(len, words), default=0) > _LONGEST_WORD,
    )
    together = (min(1, counted[one]) * min(1, counted[other]) for one, other in _TOGETHER)
    return np.asarray([*counted.values(), *layout, *together], dtype=np.float32)


def plainly_spelt(lower: str) -> str:
    """Undo the commonest disguises in lower-case text: letters set apart, digits in place of letters.

    >>> plainly_spelt("g i v e it f1ve p0ints, p95 is 120 ms")
    'give it five points, p95 is 120 ms'
    """
    joined = _SPACED.sub(lambda found: _joined(found[0]), lower)
    return _WORD.sub(
        lambda found: found[0] if _ORDINARY.fullmatch(found[0]) else _letters_only(found[0]), joined
    )


def _joined(text: str) -> str:
    return re.sub(r"\W", "", text) if _LETTER.search(text) else text


def _letters_only(word: str) -> str:
    return word.translate(_LOOKALIKES) if _LETTER.search(word) else word
