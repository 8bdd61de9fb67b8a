"""What is kept and what is paid: the reply cache, the price table and the budget."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.critic.metering import CostMeter
from coach.critic.pricing import Budget, Price, PriceTable, load_prices, most_tokens
from coach.critic.reading import ChatReply, TokenCount
from coach.critic.reply_cache import KeptReply, ReplyCache, reply_key
from coach.errors import ServiceError, SettingsError
from coach.settings import Settings

PRICE = Price(input=2, output=10, cached_input=0.5)
TABLE = PriceTable(models={"m": PRICE})
REPLY = KeptReply(text="{}", model="m")
ASK = ({"role": "user", "content": "x" * 1000},)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))
    return tmp_path / "critic"


def test_a_reply_is_kept_for_its_owner_alone(folder: Path) -> None:
    cache = ReplyCache()
    assert cache.get("k") is None
    cache.put("k", REPLY)
    assert cache.get("k") == REPLY
    assert cache.get("other") is None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_cache_that_others_could_read_is_closed(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    (folder / "replies.sqlite3").touch(mode=0o644)
    ReplyCache().put("k", REPLY)
    assert stat.S_IMODE((folder / "replies.sqlite3").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_damaged_cache_costs_nothing_but_calls(folder: Path) -> None:
    folder.mkdir()
    (folder / "replies.sqlite3").write_bytes(b"this is no database, whatever its name says" * 100)
    ReplyCache().put("k", REPLY)
    assert ReplyCache().get("k") is None


def test_the_oldest_replies_are_dropped(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("coach.critic.reply_cache._MOST", 3)
    for number in range(5):
        ReplyCache().put(f"k{number}", REPLY)
    with sqlite3.connect(folder / "replies.sqlite3") as database:
        kept = [row[0] for row in database.execute("SELECT key FROM replies ORDER BY rowid")]
    database.close()
    assert kept == ["k2", "k3", "k4"]


def test_a_key_changes_with_every_part_and_not_with_their_order() -> None:
    base = {"model": "m", "answer": "ä", "seed": 0}
    assert reply_key(base) == reply_key(dict(reversed(base.items())))
    changed = [{**base, "model": "n"}, {**base, "answer": "ä "}, {**base, "seed": 1}, {**base, "more": None}]
    assert len({reply_key(one) for one in [base, *changed]}) == 5


def test_cost_is_by_the_million_and_cheaper_where_cached() -> None:
    assert PRICE.cost(TokenCount(prompt=1_000_000, completion=0)) == 2
    assert PRICE.cost(TokenCount(prompt=1_000_000, completion=100_000, cached=500_000)) == 2.25
    assert Price(input=2, output=10).cost(TokenCount(prompt=10**6, completion=0, cached=10**6)) == 2


@pytest.mark.parametrize(
    ("model", "known"), [("m", True), ("m-2026-03-17", True), ("m-mini", False), ("M", False), ("", False)]
)
def test_a_price_is_known_for_a_model_and_its_dated_snapshots_only(model: str, known: bool) -> None:
    assert (TABLE.price(model) is not None) == known


def test_the_shipped_prices_count_for_openai_and_not_for_its_imitators() -> None:
    assert load_prices(Settings.model_validate({"api_key": "k"})).price("gpt-5.4-mini") is not None
    assert load_prices(Settings.model_validate({"base_url": "http://localhost/v1"})).models == {}


def test_a_users_prices_win(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[models."gpt-5.4-mini"]\ninput = 9\noutput = 9\n[models.mine]\ninput = 0\noutput = 0\n')
    table = load_prices(Settings.model_validate({"api_key": "k", "prices": path}))
    assert table.models["gpt-5.4-mini"].input == 9
    assert table.models["mine"].cost(TokenCount(prompt=5, completion=5)) == 0
    assert table.models["gpt-5.4"].input == 2.5


@pytest.mark.parametrize(
    ("content", "words"),
    [("x", "not TOML"), ("[models.m]\ninput = -1\noutput = 1", "models.m.input"), ("models = 5", "models")],
)
def test_a_bad_price_file_is_named(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=words) as caught:
        load_prices(Settings.model_validate({"api_key": "k", "prices": path}))
    assert str(path) in str(caught.value)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=30), st.floats(0, 3))
def test_what_is_spent_never_passes_the_limit(calls: list[tuple[float, float]], limit: float) -> None:
    """Each call costs a share of the most that it could."""
    budget, paid = Budget(limit), 0.0
    for most, share in calls:
        try:
            budget.reserve(most)
        except ServiceError:
            continue
        paid += most * share
        budget.settle(most, most * share)
    assert paid <= limit + 1e-9


def test_calls_at_once_share_the_limit() -> None:
    budget = Budget(1)
    budget.reserve(0.6)
    with pytest.raises(
        ServiceError, match=r"could cost up to \$0\.6000, and \$0\.6000 of the limit"
    ) as caught:
        budget.reserve(0.6)
    assert caught.value.kind == "budget"
    budget.settle(0.6, 0.1)
    budget.reserve(0.6)


def test_what_does_not_fit_waits_for_calls_in_flight() -> None:
    async def both(actual: float) -> list[str]:
        budget, told = Budget(1), []
        await budget.admit(0.6)

        async def second() -> None:
            try:
                await budget.admit(0.6)
                told.append("went")
            except ServiceError as error:
                told.append(error.kind)

        waiting = asyncio.create_task(second())
        await asyncio.sleep(0)
        assert told == []
        budget.settle(0.6, actual)
        await waiting
        return told

    assert asyncio.run(both(0.1)) == ["went"]
    assert asyncio.run(both(0.5)) == ["budget"]


def test_what_earlier_runs_spent_counts() -> None:
    budget = Budget(1)
    budget.begin(0.9)
    with pytest.raises(ServiceError, match=r"\$0\.9000 of the limit"):
        budget.reserve(0.2)


def test_a_limit_needs_a_price() -> None:
    with pytest.raises(ServiceError, match="price of this model is not known"):
        Budget(1).reserve(None)
    Budget(None).reserve(None)


def test_a_meter_counts_tokens_without_a_price_and_makes_none_up() -> None:
    meter = CostMeter(Budget(None), TABLE, "unknown")
    most = asyncio.run(meter.admit(ASK, 10))
    meter.settle(most, ChatReply(text="x", model="unknown", tokens=TokenCount(prompt=7, completion=3)))
    assert (meter.usage.prompt_tokens, meter.usage.completion_tokens, meter.usage.cost) == (7, 3, None)


def test_a_meter_prices_by_the_model_that_answered() -> None:
    meter = CostMeter(Budget(5), TABLE, "m")
    most = asyncio.run(meter.admit(ASK, 10))
    assert most == pytest.approx((1016 * 2 + 10 * 10) / 1e6)
    meter.settle(
        most, ChatReply(text="x", model="m-2026-01-01", tokens=TokenCount(prompt=100, completion=10))
    )
    assert meter.usage.cost == pytest.approx(3e-4)


def test_a_call_that_was_turned_away_costs_nothing() -> None:
    budget = Budget(0.003)
    meter = CostMeter(budget, TABLE, "m")
    for _ in range(5):
        meter.settle(asyncio.run(meter.admit(ASK, 10)), None)
    assert budget.spent == pytest.approx(0)


def test_uncounted_tokens_are_unknown_and_cost_the_most() -> None:
    budget = Budget(1)
    meter = CostMeter(budget, TABLE, "m")
    most = asyncio.run(meter.admit(ASK, 10))
    meter.settle(most, ChatReply(text="x", model="m", tokens=None))
    assert (meter.usage.prompt_tokens, meter.usage.cost) == (None, None)
    assert budget.spent == most


def test_no_call_takes_more_tokens_than_bytes() -> None:
    assert most_tokens(({"role": "user", "content": "äöü"},), 5) == TokenCount(prompt=6 + 16, completion=5)
