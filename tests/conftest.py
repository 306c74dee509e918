"""What all tests share: an example may take as long as a busy machine needs for it."""

from hypothesis import settings

settings.register_profile("dedup", deadline=None)
settings.load_profile("dedup")
