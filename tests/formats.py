"""Records as files of each form, and back: what holds for one form must hold for the others."""

import csv
import io
import json
from functools import partial
from pathlib import Path

import pyarrow as arrow
from pyarrow import parquet

from dedup.choices import Choices
from dedup.corpus_files import Reading
from dedup.decision_files import Outputs, filter_files, mark_files
from dedup.document_files import Fields
from dedup.streams import open_file

FIELDS = ("id", "text", "published", "source")


def as_lines(path, records):
    ordered = [{name: record[name] for name in FIELDS} for record in records]
    Path(path).write_text("".join(json.dumps(record) + "\n" for record in ordered))


def as_csv(path, records, delimiter=","):
    with Path(path).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(FIELDS)
        writer.writerows([record[name] for name in FIELDS] for record in records)


def as_parquet(path, records):
    columns = {name: [record[name] for record in records] for name in FIELDS}
    strings = {name: arrow.array(column, arrow.string()) for name, column in columns.items()}
    parquet.write_table(arrow.table(strings), path, row_group_size=3)


WAYS = {
    "jsonl": as_lines,
    "csv": as_csv,
    "tsv": partial(as_csv, delimiter="\t"),
    "parquet": as_parquet,
}


def content(path):
    with open_file(str(path)) as (_, stream):
        return stream.read()


def records_in(path):
    """Return the records of a file, with None where a field is empty or null."""
    form = Path(path).suffix.removeprefix(".")
    if form == "parquet":
        found = parquet.read_table(path).to_pylist()
    elif form == "jsonl":
        found = [json.loads(line) for line in content(path).splitlines()]
    else:
        delimiter = {"csv": ",", "tsv": "\t"}[form]
        text = io.StringIO(content(path).decode(), newline="")
        found = [
            {name: value if name == "text" else value or None for name, value in record.items()}
            for record in csv.DictReader(text, delimiter=delimiter)
        ]
    for record in found:
        if isinstance(record.get("dedup"), str):
            record["dedup"] = json.loads(record["dedup"])
    return found


def filtered(paths, kept, dropped=None, *, aside=None, report=None, fields=None, **chosen):
    reading = Reading(fields or Fields(), aside)
    outputs = Outputs(str(kept), None if dropped is None else str(dropped), report)
    return filter_files(Choices(**chosen), list(map(str, paths)), outputs, reading, most=None)


def marked(paths, output, *, aside=None, name="dedup", fields=None, **chosen):
    reading = Reading(fields or Fields(), aside)
    outputs = Outputs(str(output))
    return mark_files(Choices(**chosen), list(map(str, paths)), outputs, reading, name=name)
