"""How much memory and disk a pass takes, and whether a folder has room for it."""

import shutil
import tempfile

from dedup import defaults
from dedup.blocks import MATERIAL_BYTES, NEAR_SHARE, TEXTS_SHARE, block_size
from dedup.errors import DedupError
from dedup.links import GROUPS_SHARE, LINKS_SHARE
from dedup.memory import written_size
from dedup.reading import KEYS_SHARE
from dedup.resources import Resources

KEYS = 0.24
"""Bytes of keys for each byte of text: 12 for one key, and there is one in about 50. As much is the
most that goes into groups; links take about as much where all texts are of one story, else less."""

NOTED = 160
"""Bytes of what is kept of each text all the time: its id, date, length, identity, place."""

COMPARED = 0.5
"""Share of the texts that are compared: .37 of a generated crawl with a fifth of copies, .75 of
archives that are nearly all of one story."""


def check_space(size: int, resources: Resources) -> None:
    """Raise DedupError if the folder for what is spilled is too full for texts of so many bytes."""
    folder = resources.folder or tempfile.gettempdir()
    needed, free = space_needed(size, resources), shutil.disk_usage(folder).free
    if needed > free:
        problem = f"about {written_size(needed)} must be free for what does not fit into memory"
        way_out = "use --temp DIR or --memory SIZE"
        raise DedupError(f"{folder}: {problem}, got {written_size(free)}; {way_out}")


def space_needed(size: int, resources: Resources) -> int:
    """Return about how many bytes a pass over texts of so many bytes has on disk at once."""
    amounts = _amounts(size, resources, TEXTS_SHARE)
    return _most(*(max(0, amount - held) for amount, held in amounts))


def memory_needed(size: int, n_texts: int, resources: Resources) -> int:
    """Return about how many bytes of memory a pass over so many texts of so many bytes takes."""
    amounts = _amounts(size, resources, TEXTS_SHARE + NEAR_SHARE)
    held = _most(*(min(amount, held) for amount, held in amounts))
    block = MATERIAL_BYTES * (resources.workers + 1) * block_size(int(COMPARED * size), resources)
    return (
        defaults.PROGRAM_MEMORY
        + NOTED * n_texts
        + held
        + min(block, MATERIAL_BYTES * int(COMPARED * size))
    )


def _amounts(size: int, resources: Resources, texts_share: float) -> list[tuple[int, int]]:
    """Return bytes of keys, groups, links and texts, and how many of each stay in memory."""
    shares = (KEYS, KEYS_SHARE), (KEYS, GROUPS_SHARE), (KEYS, LINKS_SHARE), (COMPARED, texts_share)
    return [(int(part * size), resources.part(share)) for part, share in shares]


def _most(keys: int, groups: int, links: int, texts: int) -> int:
    # Keys go when they are grouped, groups and links when it is known what is to be compared.
    return max(keys + groups, groups + links, texts)
