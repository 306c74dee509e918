"""Documents that are asked for by their ids, or by the names of files."""

import errno
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from dedup.document_files import Fields, text_document
from dedup.errors import RecordError
from dedup.model import Document
from dedup.opening import open_corpus
from dedup.records import Source, find_sources
from dedup.streams import STANDARD


def find_documents(
    sources: Sequence[Source], ids: Collection[str | int], fields: Fields
) -> dict[str | int, Document]:
    """Return the documents of these ids, by their ids; of two records with one id the first.

    What is no record is none of them; one without a text is an error.
    """
    found: dict[str | int, Document] = {}
    corpus = open_corpus(sources, fields)
    for document in corpus.find(lambda own: own in ids and own not in found):
        found.setdefault(document.id, document)
        if len(found) == len(set(ids)):
            break
    return found


def read_two(left: str, right: str, fields: Fields) -> tuple[Document, Document]:
    """Return two documents, each the text in a file of this name or the record of ``FILE:ID``.

    A file of the whole name comes first, then the longest name of a file that it begins with;
    so both names and ids may hold colons. Of records with one id, the first counts.
    """
    (left_path, left_id), (right_path, right_id) = _path_and_id(left), _path_and_id(right)
    if left_path == right_path == STANDARD:
        raise RecordError(STANDARD, None, "standard input must be given once, got it twice")
    return _document_at(left_path, left_id, fields), _document_at(right_path, right_id, fields)


def _path_and_id(name: str) -> tuple[str, str | None]:
    path, record_id = name, None
    while path != STANDARD and not (path and Path(path).exists()):
        path, colon, _ = path.rpartition(":")
        if not colon:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        record_id = name[len(path) + 1 :]
    return path, record_id


def _document_at(path: str, record_id: str | None, fields: Fields) -> Document:
    if path != STANDARD and Path(path).is_dir():
        raise RecordError(path, None, "must be a file, got a folder")
    (source,) = find_sources([path])
    if source.kind == "text" and record_id is None:
        return text_document(source)
    if source.kind == "text":
        raise RecordError(path, None, f"must hold records to hold {record_id!r}, got a text")
    if record_id is None:
        raise RecordError(path, None, f"one of its records must be named, as {path}:ID, got none")
    for document in open_corpus([source], fields).find(lambda own: str(own) == record_id):
        return document
    problem = f'field "{fields.id}" of a record must be {record_id!r}, got no such record'
    raise RecordError(path, None, f"{problem}; use --id FIELD")
