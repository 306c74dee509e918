"""Readable twins of the kernels of a pass in little memory: orders, blocks, keys and links.

A link is (text, kind, partner); texts are named by their place in the order of preference.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

Link = tuple[int, int, int]


def order_by(keys: list[int], order: list[int]) -> list[int]:
    """Return rows in the order of their keys; those of equal keys as they stood."""
    return sorted(order, key=keys.__getitem__)


def dealt(buckets: list[int], n_buckets: int) -> list[list[int]]:
    """Return the rows of each bucket, in their order."""
    return [[row for row, own in enumerate(buckets) if own == b] for b in range(n_buckets)]


def dealt_keys(texts: list[list[int]], n_buckets: int) -> list[list[tuple[int, int]]]:
    """Return keys with the texts they are of, in buckets by their lowest bits."""
    buckets: list[list[tuple[int, int]]] = [[] for _ in range(n_buckets)]
    for text, keys in enumerate(texts):
        for key in keys:
            buckets[key % n_buckets].append((key, text))
    return buckets


def merged(runs: list[list[bytes]], n_buckets: int) -> list[bytes]:
    """Return what runs hold of each bucket, one run after the other."""
    return [b"".join(run[bucket] for run in runs) for bucket in range(n_buckets)]


def prefix(string: bytes, at: int) -> int:
    """Return eight bytes of a string as one number, the first one highest; zeros after its end."""
    return int.from_bytes(string[at : at + 8].ljust(8, b"\0"), "big")


def families(pairs: list[tuple[int, int]], n: int) -> list[int]:
    """Return of each text the least one that it is joined with, by any number of pairs."""
    least = list(range(n))
    for one, other in pairs:
        joined = {least[one], least[other]}
        least = [min(joined) if own in joined else own for own in least]
    return least


def parted(pairs: list[tuple[int, int]], sizes: list[int], most: int) -> list[int]:
    """Return of each pair its block.

    All texts of a block but the largest have ``most`` together, or no more than that one; else it
    is one pair.
    """
    blocks: list[int] = []
    texts: set[int] = set()
    for pair in pairs:
        after = [sizes[text] for text in {*texts, *pair}]
        is_full = any(sizes[text] for text in texts)
        is_full &= sum(after) - max(after) > max(most, *after)
        texts = {*pair} if is_full else {*texts, *pair}
        blocks.append((blocks[-1] if blocks else 0) + is_full)
    return blocks


def groups(pairs: list[tuple[int, int]], ranks: list[int]) -> list[tuple[int, list[int]]]:
    """Return each key that two texts have, or more, with their ranks: of (key, text) pairs.

    A text of a rank below 0 takes no part.
    """
    members = defaultdict(list)
    for key, text in pairs:
        if ranks[text] >= 0:
            members[key].append(ranks[text])
    return [(key, sorted(own)) for key, own in sorted(members.items()) if len(own) > 1]


def most_frequent(
    links: list[Link], most: list[int], needed: Sequence[int]
) -> list[tuple[int, int, bool]]:
    """Return pairs, the less preferred text first, and whether two groups or more gave it.

    Of the links of a text of one kind those that are most frequent, then to the most preferred.
    """
    found = []
    counts = Counter(links)
    for text, kind in sorted({(text, kind) for text, kind, _ in links}):
        own = [(-n, o) for (t, k, o), n in counts.items() if (t, k) == (text, kind)]
        best = sorted(own)[: most[kind]]
        found += [
            (max(text, other), min(text, other), -n >= min(needed[text], needed[other]))
            for n, other in best
        ]
    return found


def shared(groups: list[tuple[int, list[int]]], pairs: list[tuple[int, int]]) -> list[int]:
    """Return in how many groups the two texts of each pair stand."""
    return [sum({*pair} <= {*ranks} for _, ranks in groups) for pair in pairs]


def tallied(ranks: list[int], chosen: list[bool], n: int) -> list[int]:
    """Return how often each rank is among the chosen ones."""
    counts = Counter(rank for rank, own in zip(ranks, chosen, strict=True) if own)
    return [counts[rank] for rank in range(n)]
