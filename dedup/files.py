"""What ``dedup clean`` and ``dedup scan`` do with whole files."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from dedup.article import Cleaned, clean_batch, scan_batch
from dedup.batches import Done, Group, Progress, Run, Summary, chunks, groups
from dedup.model import Scan
from dedup.outputs import own_files
from dedup.record_format import RecordFormat, Records
from dedup.records import (
    Lines,
    Source,
    find_texts_and_lines,
    form_of,
    read_text,
    shown,
)
from dedup.streams import WholeFiles, whole_file, whole_files

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
    sources = find_texts_and_lines(paths, "clean")
    one_text = len(paths) == 1 and not Path(paths[0]).is_dir()
    own = own_files(sources, output, one_text=one_text)
    stream = os.devnull if output is None or own else output
    clean = partial(clean_batch, threshold=threshold, min_words=min_words)
    run = Run(sources, output, skip_bad, progress)
    with whole_files() as files:
        if run.kind == "record":
            work = partial(_clean_lines, RecordFormat(text_field), clean, skip_bad is not None)
            if not own:
                return run.write([(files.open(stream), chunks(sources))], work)
            opened = partial(files.open, with_folders=True)
            return run.write([(opened(own[s.path]), chunks([s])) for s in sources], work)
        show: Callable[[Source, str], bytes] = partial(_as_record, id_field, text_field)
        if own or (one_text and form_of(stream) != "lines"):
            show = _as_text
        work = partial(_clean_group, clean, partial(_deliver, files, own, show))
        return run.write([(files.open(stream), groups(sources))], work)


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
    sources = find_texts_and_lines(paths, "scan")
    run = Run(sources, output, skip_bad, progress)
    scan = partial(scan_batch, threshold=threshold, min_words=min_words)
    if run.kind == "text":
        return run.write([(whole_file(output), groups(sources))], partial(_scan_group, scan))
    work = partial(_scan_lines, RecordFormat(text_field, id_field), scan, skip_bad is not None)
    return run.write([(whole_file(output), chunks(sources))], work)


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
        {"id": id_, **repeat.to_dict(), "file": shown(chunk.path), "line": chunk.first + row}
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
    return chunk.ended(row for row, _ in records.bad)


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
        {"file": shown(source.path), **repeat.to_dict()}
        for source, scanned in zip(group.sources, scans, strict=True)
        for repeat in scanned.repeats
    ]
    n_changed = sum(s.text is not text for s, text in zip(scans, texts, strict=True))
    summary = Summary("text", len(texts), n_changed, len(output))
    return Done(_ENCODER.encode_lines(output), b"", group.size, summary)


def _deliver(
    files: WholeFiles,
    own: dict[str, str],
    show: Callable[[Source, str], bytes],
    source: Source,
    text: str,
) -> bytes:
    """Return what a text adds to the common output: nothing, if it is written to its own file."""
    content = show(source, text)
    if source.path not in own:
        return content
    with files.open(own[source.path], with_folders=True) as stream:
        stream.write(content)
    return b""


def _as_text(source: Source, text: str) -> bytes:
    return f"{text}\n".encode() if text else b""


def _as_record(id_field: str, text_field: str, source: Source, text: str) -> bytes:
    return _ENCODER.encode({id_field: shown(source.path), text_field: text}) + b"\n"
