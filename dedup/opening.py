"""Which corpus takes the documents of which files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dedup.csv_corpus import CsvCorpus
from dedup.document_files import Fields
from dedup.errors import DedupError
from dedup.file_corpus import FileCorpus
from dedup.line_corpus import LineCorpus
from dedup.outputs import Writer, aside_path, check_name
from dedup.records import FORM_NAMES, Form, Source
from dedup.streams import WholeFiles
from dedup.text_corpus import TextCorpus


def corpus_of(form: Form) -> type[FileCorpus]:
    """Return what reads files of this form; raise DedupError if that needs what is not here."""
    if form == "parquet":
        # With it comes pyarrow: an extra, which takes long to load.
        from dedup.parquet_corpus import ParquetCorpus

        return ParquetCorpus
    forms: dict[Form, type[FileCorpus]] = {
        "text": TextCorpus,
        "lines": LineCorpus,
        "csv": CsvCorpus,
        "tsv": CsvCorpus,
    }
    return forms[form]


def open_corpus(
    sources: Sequence[Source], fields: Fields, aside: Writer | None = None
) -> FileCorpus:
    """Return the documents of files of one form."""
    return corpus_of(sources[0].form)(sources, fields, aside)


@contextmanager
def aside_writer(
    files: WholeFiles, sources: Sequence[Source], output: str | None, skip_bad: str | None
) -> Iterator[Writer | None]:
    """Give what writes the bad records of files to one file, None if there is none for them."""
    name = aside_path(sources, output, skip_bad)
    forms = list(dict.fromkeys(source.form for source in sources if source.kind == "record"))
    if skip_bad is None:
        yield None
        return
    if len(forms) > 1:
        both = " and ".join(FORM_NAMES[form] for form in forms[:2])
        raise DedupError(f"{skip_bad}: bad records of {both} cannot go to one file")
    check_name(skip_bad, forms[0], "bad records need a file")
    with files.open(name) as stream, corpus_of(forms[0]).writer_to(stream) as aside:
        yield aside
