"""The shape of the source: which way imports point, where third parties may be used, sizes and names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "coach"

# Each part of the package may import only from parts named before it.
LAYERS = (
    *("errors", "scores", "critiques", "spoken", "domain", "settings", "resources", "text"),
    *("yaml_source", "pack_reading", "packs", "prompts"),
    *("embedding", "scoring", "statements", "training", "critic", "speech", "history", "render"),
    *("coaching", "rehearsal", "evaluation", "cohort", "web", "cli", "__main__"),
)
# The modules (or, with a last `*`, all whose names begin so) that may import a third-party package.
FENCES = {
    "httpx2": ("coach.critic*",),
    "openai": ("coach.critic*",),
    "faster_whisper": ("coach.speech.voice_activity", "coach.speech.whisper"),
    "onnx": ("coach.embedding*",),
    "onnxruntime": ("coach.embedding*",),
    "ray": ("coach.cohort.on_ray",),
    "safetensors": ("coach.embedding*", "coach.training*"),
    "scipy": ("coach.evaluation*", "coach.training*"),
    "sentence_transformers": ("coach.embedding.sentence_transformer",),
    "sklearn": ("coach.evaluation*", "coach.scoring.thresholds", "coach.training*"),
    "sounddevice": ("coach.speech.recording",),
    "tokenizers": ("coach.embedding*", "coach.training*"),
    "torch": ("coach.embedding*", "coach.scoring.training*", "coach.training*"),
    "transformers": ("coach.embedding.sentence_transformer", "coach.evaluation.word_errors"),
}
# What a command that only reads the pack must not wait for.
SLOW = {
    *("av", "ctranslate2", "faster_whisper", "httpx2", "openai"),
    *("sentence_transformers", "sklearn", "torch", "transformers"),
}
LONGEST = 400
VAGUE = {"common", "helper", "helpers", "misc", "util", "utils"}


class Module(NamedTuple):
    """A source file: its dotted name, its text and the dotted names that it imports."""

    name: str
    path: Path
    source: str
    imports: tuple[str, ...]


def read_package(package: Path) -> dict[str, Module]:
    """Read every module below `package`, by dotted name."""
    paths = {_dotted(path, package): path for path in sorted(package.rglob("*.py"))}
    read = {}
    for name, path in paths.items():
        source = path.read_text(encoding="utf-8")
        is_package = path.name == "__init__.py"
        imports = tuple(_imports(ast.parse(source), name, is_package, set(paths)))
        read[name] = Module(name, path, source, imports)
    return read


def _dotted(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module, name: str, is_package: bool, known: set[str]) -> Iterator[str]:
    """Yield what a module imports anywhere in it; `from a import b` is a.b where that is a known module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: len(name.split(".")) - node.level + is_package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in known else base
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
            "__import__",
            "import_module",
        ):
            yield from (
                str(word.value) for word in node.args[:1] if isinstance(word, ast.Constant) and word.value
            )


def upward_imports(modules: Mapping[str, Module], layers: Sequence[str]) -> list[str]:
    """List the imports that point up `layers`, and the modules that have no place in them."""
    root = min(modules, key=len)
    found = []
    for module in modules.values():
        if module.name == root:
            # Every import passes through the package's own file, so it may need nothing of the package.
            found += [f"{root} imports {one}" for one in module.imports if one.startswith(f"{root}.")]
            continue
        own = module.name.split(".")[1]
        if own not in layers:
            found.append(f"{module.name} has no place in the layers")
            continue
        for one in module.imports:
            top, _, rest = one.partition(".")
            other = rest.partition(".")[0]
            if top == root and other in layers[layers.index(own) + 1 :]:
                found.append(f"{module.name} imports {one}")
    return found


def import_cycle(modules: Mapping[str, Module]) -> list[str]:
    """Return the modules of one import cycle, or nothing."""
    graph = {name: {one for one in module.imports if one in modules} for name, module in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def broken_fences(modules: Mapping[str, Module], fences: Mapping[str, Sequence[str]]) -> list[str]:
    """List the imports of a fenced package from a module that may not have it."""
    return [
        f"{module.name} imports {one}"
        for module in modules.values()
        for one in module.imports
        if one.partition(".")[0] in fences
        and not any(
            module.name.startswith(place[:-1]) if place.endswith("*") else module.name == place
            for place in fences[one.partition(".")[0]]
        )
    ]


def undeclared(modules: Mapping[str, Module], declared: set[str]) -> set[str]:
    """Return the third-party packages that are imported and not `declared`."""
    root = min(modules, key=len)
    imported = {one.partition(".")[0] for module in modules.values() for one in module.imports}
    return imported - sys.stdlib_module_names - {root} - declared


def too_long(folder: Path, longest: int) -> list[str]:
    """List the source files below `folder` of more than `longest` lines."""
    return [
        f"{path.relative_to(folder)}: {lines} lines"
        for path in sorted(folder.rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > longest
    ]


def vaguely_named(folder: Path) -> list[str]:
    """List the source files and their folders below `folder` with a name that says nothing."""
    paths = {path.relative_to(folder) for path in folder.rglob("*.py")}
    paths |= {parent for path in paths for parent in path.parents}
    return sorted(str(path) for path in paths if VAGUE & set(path.stem.lower().split("_")))


def without_opening_line(modules: Mapping[str, Module]) -> list[str]:
    """List the public modules whose docstring does not open with one sentence on its first line."""
    found = []
    for module in modules.values():
        docstring = ast.get_docstring(ast.parse(module.source), clean=False) or ""
        private = re.match(r"_(?!_)", module.name.split(".")[-1])
        if not private and not re.match(r"\S.*[.:](\n|$)", docstring):
            found.append(module.name)
    return found


def loaded_with(imports: str, watched: set[str], folder: Path) -> set[str]:
    """Return the `watched` packages that a fresh interpreter in `folder` holds after `import <imports>`."""
    script = f"import sys, {imports}; print(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return watched & set(done.stdout.split())


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    return read_package(PACKAGE)


def declared_packages() -> set[str]:
    """The import names of what pyproject.toml lists for users: dependencies, and the extras but `dev`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [wanted for extra, wanted in project["optional-dependencies"].items() if extra != "dev"]
    listed = [requirement for wanted in (project["dependencies"], *extras) for requirement in wanted]
    names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in listed}
    differing = {"pyyaml": "yaml", "scikit-learn": "sklearn", "markdown-it-py": "markdown_it"}
    return {differing.get(name, name.replace("-", "_")) for name in names}


def test_imports_point_one_way(modules: dict[str, Module]) -> None:
    assert upward_imports(modules, LAYERS) == []


def test_no_import_goes_in_a_circle(modules: dict[str, Module]) -> None:
    assert import_cycle(modules) == []


def test_third_parties_stay_behind_their_fences(modules: dict[str, Module]) -> None:
    assert broken_fences(modules, FENCES) == []


def test_the_linter_knows_the_same_fences() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    # transformers is fenced for its part in the encoder alone; the linter leaves it to this file.
    assert set(ruff["flake8-tidy-imports"]["banned-api"]) == set(FENCES) - {"transformers"}


def test_what_is_imported_is_a_declared_dependency(modules: dict[str, Module]) -> None:
    assert undeclared(modules, declared_packages()) == set()


def test_no_file_is_too_long() -> None:
    assert too_long(PACKAGE, LONGEST) == []
    assert too_long(ROOT / "tests", LONGEST) == []


def test_every_file_is_named_for_what_it_holds() -> None:
    assert vaguely_named(PACKAGE) == []
    assert vaguely_named(ROOT / "tests") == []


def test_every_public_module_says_what_it_is_for(modules: dict[str, Module]) -> None:
    assert without_opening_line(modules) == []


def test_the_command_line_starts_without_the_slow_libraries() -> None:
    assert loaded_with("coach.cli, coach.packs", SLOW, ROOT) == set()


def write(folder: Path, sources: Mapping[str, str]) -> dict[str, Module]:
    """Write a package `shop` of these files and read it."""
    for name, source in {"__init__.py": "", **sources}.items():
        path = folder / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return read_package(folder / "shop")


@pytest.mark.parametrize(
    "line",
    [
        "import shop.till",
        "import shop.till.drawer as d",
        "from shop import till",
        "from shop.till import drawer",
        "from shop.till.drawer import COINS",
        "from . import till",
        "from .till import drawer",
        "def open() -> None:\n    from shop.till import drawer",
        "if TYPE_CHECKING:\n    from shop.till import drawer",
        "import importlib\nimportlib.import_module('shop.till')",
        "__import__('shop.till')",
    ],
)
def test_an_import_that_points_up_is_found(line: str, tmp_path: Path) -> None:
    shop = write(tmp_path, {"price.py": line, "till/__init__.py": "", "till/drawer.py": "COINS = 3"})
    (found,) = upward_imports(shop, ("price", "till"))
    assert found.startswith("shop.price imports shop.till")
    assert upward_imports(shop, ("till", "price")) == []


def test_a_relative_import_is_read_from_where_it_stands(tmp_path: Path) -> None:
    shop = write(
        tmp_path,
        {
            "till/__init__.py": "from .drawer import COINS",
            "till/drawer.py": "from .. import price",
            "price.py": "",
        },
    )
    assert shop["shop.till"].imports == ("shop.till.drawer",)
    assert shop["shop.till.drawer"].imports == ("shop.price",)


def test_a_module_outside_the_layers_is_found(tmp_path: Path) -> None:
    shop = write(tmp_path, {"price.py": "", "loft.py": "", "__init__.py": "import shop.price"})
    assert upward_imports(shop, ("price",)) == [
        "shop imports shop.price",
        "shop.loft has no place in the layers",
    ]


def test_a_cycle_is_found_even_within_a_layer(tmp_path: Path) -> None:
    sources = {
        "till/__init__.py": "",
        "till/a.py": "from shop.till import b",
        "till/b.py": "import shop.till.a",
    }
    shop = write(tmp_path, sources)
    assert upward_imports(shop, ("till",)) == []
    assert set(import_cycle(shop)) == {"shop.till.a", "shop.till.b"}
    (tmp_path / "shop" / "till" / "b.py").write_text("", encoding="utf-8")
    assert import_cycle(read_package(tmp_path / "shop")) == []


def test_a_broken_fence_is_found(tmp_path: Path) -> None:
    use = "def speak() -> None:\n    from loud.speaker import shout"
    shop = write(
        tmp_path, {"till.py": use, "horn.py": use, "horn_small.py": use, "price.py": "import louder"}
    )
    assert broken_fences(shop, {"loud": ("shop.horn",)}) == [
        "shop.horn_small imports loud.speaker",
        "shop.till imports loud.speaker",
    ]
    assert broken_fences(shop, {"loud": ("shop.horn*",)}) == ["shop.till imports loud.speaker"]


def test_an_undeclared_package_is_found(tmp_path: Path) -> None:
    shop = write(tmp_path, {"price.py": "import json\nimport loud.speaker\nimport coins\nimport shop"})
    assert undeclared(shop, {"coins"}) == {"loud"}


def test_a_long_file_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"short.py": "x = 1\n" * 5, "long.py": "x = 1\n" * 6})
    assert too_long(tmp_path / "shop", 5) == ["long.py: 6 lines"]


def test_a_vague_name_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"text_utils.py": "", "common/price.py": "", "commonplace.py": ""})
    assert vaguely_named(tmp_path / "shop") == ["common", "text_utils.py"]


def test_a_missing_opening_line_is_found(tmp_path: Path) -> None:
    shop = write(
        tmp_path,
        {
            "__init__.py": '"""Sells coins."""',
            "bare.py": "x = 1",
            "late.py": '"""\nOpens a line late.\n"""',
            "fragment.py": '"""no sentence"""',
            "_private.py": "",
        },
    )
    assert without_opening_line(shop) == ["shop.bare", "shop.fragment", "shop.late"]


def test_a_slow_import_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"price.py": "import fractions"})
    assert loaded_with("shop", {"fractions", "wave"}, tmp_path) == set()
    assert loaded_with("shop.price", {"fractions", "wave"}, tmp_path) == {"fractions"}
