"""README and docs say what is so: links lead somewhere, figures are those of the code."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import dedup
from benchmarks import pages
from benchmarks.draw_scan import draw
from dedup import cli, defaults, fold, kernels, prose, text
from dedup.kernels import fold as kernel_fold
from dedup.kernels import mix, words
from dedup.model import Mark

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def read(page):
    return page.read_text(encoding="utf-8")


def without_code(content):
    return re.sub(r"```.*?```|`[^`\n]*`", "", content, flags=re.DOTALL)


def anchors(page):
    """Return the anchors that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", without_code(read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_relative_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(read(page))):
        path, _, anchor = link.partition("#")
        if not re.match(r"[a-z]+:", link):
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@each_page
def test_no_figure_is_still_to_be_filled_in(page):
    assert re.findall(r"\{\{.*?\}\}", read(page)) == []


def test_every_page_is_in_the_index():
    index = read(DOCS / "index.md")
    names = [page.relative_to(DOCS).as_posix() for page in PAGES[1:] if page.parent == DOCS]
    names.append("integrations/index.md")
    assert [name for name in names if f"({name})" not in index] == ["index.md"]


@pytest.mark.parametrize("name", dedup.__all__)
def test_every_public_name_is_in_the_docs(name):
    assert any(f"dedup.{name}" in read(page) for page in PAGES)


@pytest.mark.parametrize("name", cli.main.commands)
def test_every_command_and_option_is_documented(name):
    page = read(DOCS / "cli.md")
    assert f"## dedup {name}" in page
    for parameter in cli.main.commands[name].params:
        if parameter.param_type_name == "option":
            assert [option for option in parameter.opts if f"`{option}" not in page] == []


@pytest.mark.parametrize("name", ["run", "test"])
def test_readme_has_its_commands_in_one_line(name):
    (command,) = re.findall(rf"^<!-- {name} -->\n\n```sh\n(.*?)```$", read(PAGES[0]), re.M | re.S)
    assert command.count("\n") == 1
    assert ".venv/bin/" in command


def constants(*modules):
    return {name: value for m in modules for name, value in vars(m).items() if name.isupper()}


def is_number(value):
    parts = value if isinstance(value, tuple) else (value,)
    return all(isinstance(part, (int, float)) for part in parts)


def test_the_tables_of_defaults_are_those_of_the_code():
    # Those of cleaning, of relating, of MinHash and of guards: each name stands in one of them.
    pages = ["cleaning.md", "relations.md", "minhash.md", "cli.md"]
    tables = "\n".join(read(DOCS / page) for page in pages)
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([\d.]+)(?: to ([\d.]+))? \|", tables, re.MULTILINE)
    table = {name: (float(low), float(high)) if high else float(low) for name, low, high in rows}
    assert table == {name: value for name, value in constants(defaults).items() if is_number(value)}
    assert len(table) == len(rows)


def test_constants_named_in_the_text_are_those_of_the_code():
    known = constants(defaults, prose, text)
    named = re.findall(
        r"([\d.]+)(?: to (\d+))?( %| words| blocks| columns)\s+\(`([A-Z_]+)`\)",
        read(DOCS / "cleaning.md"),
    )
    for value, until, unit, name in named:
        number = float(value) / (100 if unit == " %" else 1)
        assert known[name] == ((number, float(until)) if until else pytest.approx(number)), name
    unshown = set(re.findall(r"\(`([A-Z_]+)`\)", read(DOCS / "cleaning.md")))
    assert unshown - {name for *_, name in named} == set()


def test_constants_of_the_keys_are_those_of_the_code():
    page = read(DOCS / "keys.md")
    specified = "".join(re.findall(r"```text\n(.*?)```", page, re.DOTALL))
    values = re.findall(r"\b(SEED|MIX_1|MIX_2|ROLL) += (0x[0-9A-F]+)", specified)
    assert len(values) == 4
    known = vars(mix) | {"ROLL": words.ROLL}
    assert [name for name, value in values if int(value, 16) != int(known[name])] == []
    assert f"version {fold.UNICODE_VERSION}." in page
    assert f"at most {kernel_fold.LONGEST_ENTITY} bytes" in page
    assert f"up to {kernel_fold.LONGEST_SEQUENCE} places" in page
    assert f"than {defaults.SHORT_WORDS} words has a *window* of {defaults.SHORT_WINDOW}" in page
    assert f"any other one of {defaults.WINDOW}." in page
    kinds = dict(re.findall(r"^\| (\w+) \| (\d) \|", page, re.MULTILINE))
    assert {kind: getattr(fold, kind.upper()) for kind in kinds} == {
        kind: int(number) for kind, number in kinds.items()
    }


def sections(page):
    """Return what stands under each heading of a page, up to the next one of any level."""
    parts = re.split(r"^#+ (.+)$", read(page), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


FORMATS = {
    cls.__name__: [field.name for field in fields(cls)]
    for cls in (
        dedup.Document,
        dedup.Pair,
        dedup.Comparison,
        dedup.Decision,
        dedup.Story,
        dedup.Suspect,
        dedup.RepeatedParagraph,
        dedup.Repeat,
        Mark,
    )
}


@pytest.mark.parametrize("name", [*FORMATS, "Report"])
def test_formats_name_every_field_in_its_order(name):
    rows = re.findall(r"^\| `(\w+)` \|", sections(DOCS / "formats.md")[name], re.MULTILINE)
    report = dedup.deduplicate([])  # of which files have more than fields
    assert rows == (list(report.to_dict()) if name == "Report" else FORMATS[name])


def test_every_module_has_its_room():
    rooms = sections(DOCS / "architecture.md")["Rooms"]
    package = ROOT / "dedup"
    modules = [path.name for path in package.glob("*.py") if path.stem != "__init__"]
    modules += [path.stem for path in package.glob("*/*.py") if "__" not in path.stem]
    assert [name for name in modules if f"`{name}`" not in rooms] == []


def test_the_picture_is_drawn_from_its_text():
    # `python -m benchmarks.draw_scan docs/images/scan.txt docs/images/scan.svg` draws it anew.
    assert draw(read(DOCS / "images" / "scan.txt")) == read(DOCS / "images" / "scan.svg")


@pytest.mark.skipif(shutil.which("bash") is None, reason="the sessions are those of a shell")
def test_what_the_quickstart_shows_is_what_is_seen(tmp_path):
    kernels.compile_all()  # now: they say on stderr when they are compiled first
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "dedup"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dedup.cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    for block in re.findall(r"```console\n(.*?)```", read(DOCS / "quickstart.md"), re.DOTALL):
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            file = tmp_path / command.removeprefix("cat ")
            if command.startswith("cat ") and not file.exists():
                file.write_text(shown, encoding="utf-8")
            seen = subprocess.run(
                ["bash", "-c", command],
                cwd=tmp_path, env=environment, capture_output=True, check=False, encoding="utf-8",
            )  # fmt: skip
            assert seen.stdout + seen.stderr == shown, command


@pytest.mark.parametrize("page", ["README.md", "docs/keys.md"])
def test_figures_are_those_of_the_result_files(page):
    templates = json.loads(pages.PAGES.read_text(encoding="utf-8"))[page]
    assert len(templates) >= 3
    assert pages.stale(page, templates) == []
