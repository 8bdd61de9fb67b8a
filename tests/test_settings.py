"""Settings: where they come from, which place wins, and that secrets stay hidden."""

import traceback
from pathlib import Path

import pytest

from coach.errors import SettingsError
from coach.settings import DEFAULT_MODEL, VARIABLES, Settings, load_settings

KEY = "sk-test-0b9d5c2f"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def loaded(folder: Path, *, env: str = "", config: str = "", **environment: str) -> Settings:
    """The settings of a folder with this `.env`, this config file and this environment."""
    (folder / ".env").write_text(env, encoding="utf-8")
    path = folder.parent / "config.toml"
    path.write_text(config, encoding="utf-8")
    return load_settings({"COACH_CONFIG": str(path), **environment}, folder)


def test_with_nothing_set_there_is_no_critic(tmp_path: Path) -> None:
    found = load_settings({"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path)
    assert found == Settings()
    assert (found.service, found.has_critic) == (None, False)


def test_the_environment_wins_over_dotenv_and_that_over_the_config_file(folder: Path) -> None:
    found = loaded(
        folder,
        config="model = 'low'\nsamples = 2\ndeadline = 9.5",
        env="COACH_MODEL=middle\nCOACH_SAMPLES=3",
        COACH_MODEL="high",
    )
    assert (found.model, found.samples, found.deadline) == ("high", 3, 9.5)
    assert found.sources["model"] == "environment"
    assert found.sources["samples"] == ".env"
    assert found.sources["deadline"].endswith("config.toml")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("COACH_MODEL=plain", "plain"),
        ("export COACH_MODEL = spaced ", "spaced"),
        ("COACH_MODEL='single # kept'", "single # kept"),
        ('COACH_MODEL="double" # remark', "double"),
        ("COACH_MODEL=a#b # remark", "a#b"),
        ("# COACH_MODEL=remark", None),
        ("COACH_MODEL=", None),
        ("COACH_MODEL", None),
        ("OTHER=x", None),
    ],
)
def test_the_lines_of_dotenv(folder: Path, line: str, value: str | None) -> None:
    assert loaded(folder, env=f"\ufeff{line}\n").model == value


@pytest.mark.parametrize(
    ("environment", "service", "model"),
    [
        ({"OPENAI_API_KEY": KEY}, "openai", DEFAULT_MODEL),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, "compatible", "default"),
        ({"OPENAI_BASE_URL": "http://localhost:1/v1", "COACH_MODEL": "m"}, "compatible", "m"),
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://x.azure.com",
                "AZURE_OPENAI_DEPLOYMENT": "d",
                "COACH_MODEL": "m",
            },
            "azure",
            "d",
        ),
        ({"COACH_MODEL": "m"}, None, "m"),
        # OpenAI's own address, which many have in their environment, makes no imitator of it.
        (
            {"OPENAI_BASE_URL": "https://api.openai.com/v1", "OPENAI_API_KEY": KEY},
            "openai",
            DEFAULT_MODEL,
        ),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, None, DEFAULT_MODEL),
    ],
)
def test_the_service_follows_from_what_is_set(
    folder: Path, environment: dict[str, str], service: str | None, model: str
) -> None:
    found = loaded(folder, **environment)
    assert (found.service, found.chosen_model) == (service, model)
    assert found.has_critic == (service is not None)


@pytest.mark.parametrize("word", ["0", "false", "No", "off"])
def test_the_critic_can_be_switched_off(folder: Path, word: str) -> None:
    assert not loaded(folder, OPENAI_API_KEY=KEY, COACH_CRITIC=word).has_critic


def test_connections_are_ruled_out_whichever_place_says_so(folder: Path) -> None:
    assert loaded(folder, env="COACH_OFFLINE=1", COACH_OFFLINE="0").offline
    assert loaded(folder, config="offline = true").offline
    assert not loaded(folder, OPENAI_API_KEY=KEY, COACH_OFFLINE="1").has_critic
    assert not loaded(folder, COACH_OFFLINE="0").offline


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"])
def test_a_folder_cannot_send_the_users_key_elsewhere(folder: Path, name: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"^\.env: sets {name}, but OPENAI_API_KEY comes from environment"
    ):
        loaded(folder, env=f"{name}=https://elsewhere.example/v1", OPENAI_API_KEY=KEY)
    together = loaded(folder, env=f"{name}=https://elsewhere.example/v1\nOPENAI_API_KEY={KEY}")
    assert together.service is not None


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"COACH_SAMPLES": "many"}, r"^COACH_SAMPLES \(environment\): .*integer"),
        ({"COACH_SAMPLES": "0"}, r"^COACH_SAMPLES \(environment\): .*greater than or equal to 1"),
        ({"COACH_MAX_COST": "nan"}, r"^COACH_MAX_COST \(environment\): .*finite"),
        ({"OPENAI_BASE_URL": "localhost:11434"}, r"^OPENAI_BASE_URL \(environment\): must be a web address"),
        ({"OPENAI_BASE_URL": "file:///etc/passwd"}, "must be a web address"),
    ],
)
def test_a_bad_value_is_named_with_its_place(folder: Path, environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        loaded(folder, **environment)
    assert caught.value.exit_code == 2


def test_a_password_in_an_address_is_refused_and_not_repeated(folder: Path) -> None:
    with pytest.raises(SettingsError, match="no user name or password") as caught:
        loaded(folder, OPENAI_BASE_URL=f"http://me:{KEY}@localhost/v1")
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("modle = 'x'", "no setting 'modle'; did you mean model"),
        ("zzzzzz = 1", "known are api_key"),
        ("model", "is not TOML"),
        ("samples = 'x'", "COACH_SAMPLES"),
    ],
)
def test_a_bad_config_file_is_named(folder: Path, config: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        loaded(folder, config=config)
    assert "config.toml" in str(caught.value)


def test_a_config_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml: no such file; COACH_CONFIG names it"):
        load_settings({"COACH_CONFIG": str(tmp_path / "gone.toml")}, tmp_path)


def test_secrets_are_shown_nowhere(folder: Path) -> None:
    found = loaded(folder, OPENAI_API_KEY=KEY, AZURE_OPENAI_API_KEY=KEY, AZURE_OPENAI_AD_TOKEN=KEY)
    assert found.secrets == (KEY, KEY, KEY)
    shown = {variable: text for variable, text, _ in found.shown()}
    assert set(shown) == set(VARIABLES.values())
    assert shown["OPENAI_API_KEY"] == f"hidden ({len(KEY)} characters)"
    for text in (repr(found), str(found), str(found.shown()), found.model_dump_json()):
        assert KEY not in text


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"])
@pytest.mark.parametrize("stray", ["\u2013", "\n", "\x00"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(
    folder: Path, name: str, stray: str
) -> None:
    """A dash that a word processor made of two hyphens, or half of the line below."""
    with pytest.raises(SettingsError, match=rf"^{name} \(environment\): must hold visible ASCII") as caught:
        loaded(folder, **{name: f"{KEY}{stray}x"})
    assert KEY not in "".join(traceback.format_exception(caught.value))
