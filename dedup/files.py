"""What ``dedup clean`` and ``dedup scan`` do with whole files."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from dedup.article import Cleaned, clean_batch, scan_batch
from dedup.batches import Done, Group, Progress, Run, Summary, chunks, groups
from dedup.errors import DedupError
from dedup.model import Scan
from dedup.records import (
    Lines,
    RecordFormat,
    Records,
    Source,
    find_sources,
    kind_of,
    read_text,
)
from dedup.streams import STANDARD, whole_file

_ENCODER = msgspec.json.Encoder()

_Clean = Callable[[Sequence[str]], list[Cleaned]]
_Scan = Callable[[Sequence[str]], list[Scan]]


def clean_files(
    paths: Sequence[str],
    output: str | None,
    *,
    text_field: str,
    id_field: str,
    threshold: float,
    min_words: int,
    skip_bad: str | None = None,
    progress: Progress = lambda size, total: None,
) -> Summary:
    """Write what the paths hold, cleaned, to the output and say what became of it.

    Records go out as the same records with their text changed. One text goes out as a text;
    several, or a folder of them, into a folder under their own names, or as records of their
    path and text if the output is ``-`` or has the name of a file of records. ``output`` None
    writes nothing. ``skip_bad`` names the file for bad lines; None makes them an error.
    """
    sources = find_sources(paths)
    one_text = len(paths) == 1 and not Path(paths[0]).is_dir()
    files = _own_files(sources, output, one_text)
    stream = os.devnull if output is None or files else output
    clean = partial(clean_batch, threshold=threshold, min_words=min_words)
    run = Run(sources, output, skip_bad, progress)
    if run.kind == "record":
        work = partial(_clean_lines, RecordFormat(text_field), clean, skip_bad is not None)
        if not files:
            return run.write([(whole_file(stream), chunks(sources))], work)
        return run.write([(_file(files[s.path]), chunks([s])) for s in sources], work)
    show: Callable[[Source, str], bytes] = partial(_as_record, id_field, text_field)
    if files or (one_text and kind_of(stream) != "record"):
        show = _as_text
    work = partial(_clean_group, clean, partial(_deliver, files, show))
    return run.write([(whole_file(stream), groups(sources))], work)


def scan_files(
    paths: Sequence[str],
    output: str,
    *,
    text_field: str,
    id_field: str,
    threshold: float,
    min_words: int,
    skip_bad: str | None = None,
    progress: Progress = lambda size, total: None,
) -> Summary:
    """Write one JSON object for each repeat in what the paths hold; say how many there are.

    A record's repeats carry its ``id`` as it was read, null if it has none, and last its ``file``
    and ``line``; those of a text carry its ``file`` first. ``skip_bad`` as for ``clean_files``.
    """
    sources = find_sources(paths)
    run = Run(sources, output, skip_bad, progress)
    scan = partial(scan_batch, threshold=threshold, min_words=min_words)
    if run.kind == "text":
        return run.write([(whole_file(output), groups(sources))], partial(_scan_group, scan))
    work = partial(_scan_lines, RecordFormat(text_field, id_field), scan, skip_bad is not None)
    return run.write([(whole_file(output), chunks(sources))], work)


def _own_files(sources: Sequence[Source], output: str | None, one_text: bool) -> dict[str, str]:
    """Return the output file of each source by its path, none where all go to one output."""
    if output is None or output == STANDARD:
        return {}
    kind, kind_named = sources[0].kind, kind_of(output)
    if not (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        if kind == "record" and kind_named == "text":
            raise DedupError(f"{output}: records need an output of JSON lines, got a .txt name")
        if kind == "record" or one_text or kind_named == "record":
            return {}
        if kind_named == "text" or Path(output).exists():
            raise DedupError(f"{output}: several texts need a folder or a .jsonl file to go to")
    files = {source.path: str(Path(output, source.name)) for source in sources}
    if STANDARD in files:
        raise DedupError(f"{output}: standard input has no name to have in a folder")
    if len(set(files.values())) < len(sources):
        raise DedupError(f"{output}: files need different names to go to one folder")
    return files


def _clean_lines(record_format: RecordFormat, clean: _Clean, skip_bad: bool, chunk: Lines) -> Done:
    records = record_format.read(chunk)
    aside = _set_aside(chunk, records, skip_bad)
    cleaned = clean(records.texts)
    lines = list(chunk.lines)
    n_changed = 0
    for row, text, new in zip(records.rows, records.texts, cleaned, strict=True):
        if new.text is not text and new.text != text:
            lines[row] = record_format.with_text(chunk, row, new.text)
            n_changed += 1
    for row, _ in records.bad:
        lines[row] = b""
    n_repeats = sum(new.removed for new in cleaned)
    summary = Summary("record", len(cleaned), n_changed, n_repeats, len(records.bad))
    return Done(b"".join(lines), aside, chunk.size, summary)


def _scan_lines(record_format: RecordFormat, scan: _Scan, skip_bad: bool, chunk: Lines) -> Done:
    records = record_format.read(chunk)
    aside = _set_aside(chunk, records, skip_bad)
    scans = scan(records.texts)
    output = [
        {"id": id_, **repeat.to_dict(), "file": _shown(chunk.path), "line": chunk.first + row}
        for row, id_, scanned in zip(records.rows, records.ids, scans, strict=True)
        for repeat in scanned.repeats
    ]
    n_changed = sum(s.text is not text for s, text in zip(scans, records.texts, strict=True))
    summary = Summary("record", len(scans), n_changed, len(output), len(records.bad))
    return Done(_ENCODER.encode_lines(output), aside, chunk.size, summary)


def _set_aside(chunk: Lines, records: Records, skip_bad: bool) -> bytes:
    """Return the bad lines, each with an end; raise for the first unless they may be skipped."""
    if records.bad and not skip_bad:
        raise records.bad[0][1]
    lines = [chunk.lines[row] for row, _ in records.bad]
    return b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)


def _clean_group(clean: _Clean, deliver: Callable[[Source, str], bytes], group: Group) -> Done:
    # The end of the last line belongs to the file, not to its text.
    texts = [read_text(source).removesuffix("\n") for source in group.sources]
    cleaned = clean(texts)
    output = b"".join(map(deliver, group.sources, (new.text for new in cleaned)))
    n_changed = sum(new.text is not text for new, text in zip(cleaned, texts, strict=True))
    n_repeats = sum(new.removed for new in cleaned)
    return Done(output, b"", group.size, Summary("text", len(texts), n_changed, n_repeats))


def _scan_group(scan: _Scan, group: Group) -> Done:
    texts = [read_text(source).removesuffix("\n") for source in group.sources]
    scans = scan(texts)
    output = [
        {"file": _shown(source.path), **repeat.to_dict()}
        for source, scanned in zip(group.sources, scans, strict=True)
        for repeat in scanned.repeats
    ]
    n_changed = sum(s.text is not text for s, text in zip(scans, texts, strict=True))
    summary = Summary("text", len(texts), n_changed, len(output))
    return Done(_ENCODER.encode_lines(output), b"", group.size, summary)


def _deliver(
    files: dict[str, str], show: Callable[[Source, str], bytes], source: Source, text: str
) -> bytes:
    """Return what a text adds to the common output: nothing, if it is written to its own file."""
    content = show(source, text)
    if source.path not in files:
        return content
    with _file(files[source.path]) as stream:
        stream.write(content)
    return b""


def _as_text(source: Source, text: str) -> bytes:
    return f"{text}\n".encode() if text else b""


def _as_record(id_field: str, text_field: str, source: Source, text: str) -> bytes:
    return _ENCODER.encode({id_field: _shown(source.path), text_field: text}) + b"\n"


def _shown(path: str) -> str:
    """Return a path as JSON can hold it: bytes that are not UTF-8 stand as escapes."""
    return os.fsencode(path).decode(errors="backslashreplace")


@contextmanager
def _file(path: str) -> Iterator[BinaryIO]:
    """Open a file in a folder that may not stand yet."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as stream:
        yield stream
