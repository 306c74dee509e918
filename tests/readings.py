"""What is read of a corpus, as documents."""

from dedup.columns import Ids, Strings
from dedup.model import Document


def documents_of(batch):
    """Return the documents of a batch."""
    published = Strings([batch.published])
    for when, hours in zip(published, batch.hours.tolist(), strict=True):
        assert (when == "") == (hours != hours)
    rows = zip(Ids([batch.ids]), Strings([batch.sources]), published, strict=True)
    return [
        Document(own, batch.texts.text(row), source=source, published=when or None)
        for row, (own, source, when) in enumerate(rows)
    ]
