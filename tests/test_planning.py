"""What a pass over files will take, told from a sample."""

import csv
import gzip
import json

import pyarrow
import pytest
import zstandard
from click.testing import CliRunner
from newsroom import stories
from pyarrow import parquet

from dedup import RecordError, planning
from dedup.cli import main
from dedup.corpus_files import Reading
from dedup.planning import plan_files


def write_crawl(path, n, *, first=0):
    """Write records of n texts, as a file that is packed if its name says so."""
    texts = stories(20)
    lines = [json.dumps({"id": first + k, "text": texts[k % 20]}) + "\n" for k in range(n)]
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        file.writelines(lines)
    return str(path)


def planned(*paths, **reading):
    return plan_files(paths, Reading(**reading))


def test_small_files_are_counted_to_the_last_record(tmp_path):
    paths = [write_crawl(tmp_path / f"{k}.jsonl", 30, first=30 * k) for k in range(3)]
    plan = planned(*paths, memory=10**9, folder=str(tmp_path), workers=1)
    sizes = [len((tmp_path / f"{k}.jsonl").read_bytes()) for k in range(3)]
    assert (plan.files, plan.records, plan.bad) == (3, 90, 0)
    assert plan.on_disk == plan.unpacked == sum(sizes)
    assert (plan.may_take, plan.folder, plan.workers) == (10**9, str(tmp_path), 1)
    assert plan.spilled == 0 < plan.free
    assert plan.seconds > 0


def test_large_files_are_told_from_their_first_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "SAMPLE", 50_000)
    path = write_crawl(tmp_path / "a.jsonl", 2000)
    plan = planned(path, memory=10**9)
    assert plan.records == pytest.approx(2000, rel=0.1)


def test_packed_files_are_told_by_what_they_hold(tmp_path):
    plain = planned(write_crawl(tmp_path / "a.jsonl", 500))
    packed = planned(write_crawl(tmp_path / "b.jsonl.gz", 500))
    assert packed.on_disk < plain.on_disk / 2
    assert packed.unpacked == pytest.approx(plain.unpacked, rel=0.01)
    assert packed.records == pytest.approx(500, rel=0.01)


def test_bad_lines_are_counted_and_kept_from_nobody(tmp_path):
    path = tmp_path / "a.jsonl"
    write_crawl(path, 30)
    path.write_bytes(path.read_bytes() + b"no record\n" * 10)
    assert planned(str(path)).bad == 0.25


@pytest.mark.parametrize("name", ["a.csv", "a.tsv.gz", "a.csv.zst", "a.parquet"])
def test_other_forms_are_planned_as_the_same_lines_are(tmp_path, monkeypatch, name):
    if name in ("a.csv", "a.parquet"):  # of packed files so little is read as a whole
        monkeypatch.setattr(planning, "SAMPLE", 20_000)
        monkeypatch.setattr("dedup.csv_records.CHUNK", 20_000)
        monkeypatch.setattr("dedup.parquet.MOST_ROWS", 50)
    n, texts = 800, stories(20)
    rows = [{"id": str(k), "text": f"{texts[k % 20]} Number {k}."} for k in range(n)]
    path = tmp_path / name
    if name.endswith(".parquet"):
        columns = {part: [row[part] for row in rows] for part in ("id", "text")}
        parquet.write_table(pyarrow.table(columns), path)
    else:
        opened = {"gz": gzip.open, "zst": zstandard.open}.get(name.rpartition(".")[2], open)
        with opened(path, "wt", encoding="utf-8", newline="") as file:
            delimiter = "\t" if ".tsv" in name else ","
            writer = csv.DictWriter(file, ["id", "text"], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
    plan = planned(str(path))
    assert plan.on_disk == path.stat().st_size
    assert (plan.files, plan.bad) == (1, 0)
    assert plan.records == pytest.approx(n, rel=0.3)
    assert plan.unpacked == pytest.approx(sum(len(row["text"]) for row in rows), rel=0.5)


def test_files_of_which_some_are_looked_at_are_told_by_those(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "FILES", 3)
    paths = [write_crawl(tmp_path / f"{k}.jsonl", 30, first=30 * k) for k in range(7)]
    assert planned(*paths).records == pytest.approx(210, rel=0.05)


def test_little_memory_is_made_up_for_by_disk(tmp_path, monkeypatch):
    path = write_crawl(tmp_path / "a.jsonl", 100)
    sample = planning._sample

    def of_a_millionth(*given):
        found, size = sample(*given)
        return found, size / 1e6

    monkeypatch.setattr(planning, "_sample", of_a_millionth)
    rich, poor = planned(path, memory=10**13), planned(path, memory=10**9)
    assert rich.spilled == 0 < poor.spilled
    assert poor.memory < rich.memory


def test_texts_are_counted(tmp_path):
    for k, text in enumerate(stories(20)):
        (tmp_path / f"{k}.txt").write_text(text, encoding="utf-8")
    plan = planned(str(tmp_path))
    assert (plan.files, plan.records) == (20, 20)


def test_a_pipe_cannot_be_planned():
    with pytest.raises(RecordError, match=r"^-: must be a file, whose size is known, got a pipe"):
        planned("-")


def test_the_command_says_it_in_four_lines_or_in_json(tmp_path):
    path = write_crawl(tmp_path / "a.jsonl", 30)
    shown = CliRunner().invoke(main, ["plan", path, "--memory", "1GB", "--temp", str(tmp_path)])
    assert shown.exit_code == 0
    first, memory, disk, took = shown.stdout.splitlines()
    assert first.startswith("1 file, ")
    assert "about 30 records" in first
    assert memory.startswith("memory  about ")
    assert memory.endswith("--memory allows 1 GB")
    assert disk == f"disk    nothing in {tmp_path}, and the output"
    assert took.startswith("time    about ")
    told = json.loads(CliRunner().invoke(main, ["plan", path, "--json"]).stdout)
    assert (told["records"], told["files"]) == (30, 1)
