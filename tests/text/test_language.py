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
