"""The language of an answer: refused only where it is surely not English."""

import pytest

from coach.text.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Wir überwachen die Eingaben und die Ergebnisse, und bei Drift entscheidet der Verantwortliche.",
            "German",
        ),
        (
            "Nous surveillons les entrées et les résultats, puis le responsable décide d'un retour en arrière.",
            "French",
        ),
        ("Vigilamos las entradas y los resultados, y después decide la persona responsable.", "Spanish"),
        ("Следим за входными данными и результатами, а затем решаем, переобучать ли модель.", "Russian"),
        ("我们监控输入和输出，如果指标下降就回滚到上一个版本。", "Chinese"),
        ("モデルを監視します。指標が下がったら前の版に戻します。", "Japanese"),
    ],
)
def test_another_language_is_named(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mhm",
        "Drift ist das",
        "We watch the inputs and the outcomes, and the owner decides whether to retrain or to wait.",
        "um so yeah we kind of watch the thing and then like you know retrain it if it is off",
        "MLflow, Kubeflow, Airflow, SageMaker, Feast, Evidently, Docker, Kubernetes, Prometheus, Grafana",
        "p95 latency < 200 ms; recall >= 0.85 on both regions; rollback within 5 minutes; owner on call",
        "At Müller & Söhne in Zürich we freeze the café's order data before each training run.",
        "```python\nif new.recall < old.recall - 0.01:\n    raise ValueError('worse than the live model')\n```",
    ],
)
def test_english_and_what_is_too_little_to_tell_is_not_refused(text: str) -> None:
    assert language_of(text) is None


ENGLISH = (
    "We compare the new model with the live one on the same frozen data, segment by segment, and let it go "
    "only where none of them gets worse. Then a tenth of the traffic goes to it for a day, and an alert on the "
    "error rate takes it back within minutes. "
)
GERMAN = (
    "Wir vergleichen das neue Modell zuerst mit dem alten, auf denselben Daten, und geben es erst dann frei, "
    "wenn die Qualität in keinem Segment schlechter ist. Danach geht ein Zehntel der Anfragen einen Tag lang "
    "an das neue Modell. "
)


@pytest.mark.parametrize("copies", [1, 4, 40])
def test_what_most_of_a_long_answer_is_written_in_decides(copies: int) -> None:
    assert language_of(ENGLISH * 3 * copies + GERMAN * copies) is None
    assert language_of(GERMAN * copies + ENGLISH * 3 * copies) is None
    assert language_of("How do you release a model safely? " + GERMAN * copies) == "German"
    assert language_of(GERMAN * 3 * copies + ENGLISH * copies) == "German"
