"""Which parts of one article repeat others, and which of them go.

It reads canonical text. A part is a block, or a run of whole sentences; it goes only if a part
that stays holds its words. docs/cleaning.md tells the rules and what they were measured on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedup import defaults
from dedup.kernels import repeats as kernels
from dedup.model import RepeatKind
from dedup.parts import Article
from dedup.provenance import Finding


@dataclass(frozen=True, slots=True)
class Rules:
    """What the caller may choose: the share that must be held, the shortest equal paragraph."""

    threshold: float
    min_words: int


def find_repeats(article: Article, rules: Rules) -> list[Finding]:
    """Return the repeats of an article, in text order.

    Either some of them go, and what they leave is to be looked at anew; or none goes, and these
    are the ones that stay. O(n log n) for n words.
    """
    equal = list(_equal_parts(article, rules))
    if any(finding.removed for finding in equal):
        return _disjoint(finding for finding in equal if finding.removed)
    runs = list(_repeated_runs(article))
    if runs:
        return runs
    covered = list(_covered_parts(article, rules))
    if any(finding.removed for finding in covered):
        return sorted(finding for finding in covered if finding.removed)
    return sorted({finding.span: finding for finding in covered + equal}.values())


def _disjoint(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in text order, without those inside others."""
    chosen: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: (finding.span.start, -finding.span.end)):
        if not chosen or finding.span.start >= chosen[-1].span.end:
            chosen.append(finding)
    return chosen


def _equal_parts(article: Article, rules: Rules) -> Iterator[Finding]:
    """Find parts equal to earlier ones, alone or in a run of parts in the same order."""
    first_at: dict[bytes, int] = {}
    firsts = [
        first_at.setdefault(article.tokens[part.first : part.last].tobytes(), k)
        if part.weight
        else k
        for k, part in enumerate(article.parts)
    ]
    words = [k for k, part in enumerate(article.parts) if part.weight]
    following = dict(pairwise(words))
    gone: set[int] = set()
    run: list[tuple[int, int]] = []  # (part, the one it equals)
    for k in words:
        if firsts[k] == k:
            yield from _judge_run(article, run, firsts, rules, gone)
            run = []
            continue
        if run:
            after = following[run[-1][1]]
            if firsts[after] == firsts[k] and after < run[0][0] and after not in gone:
                run.append((k, after))
                continue
            yield from _judge_run(article, run, firsts, rules, gone)
        # What equals it first has nothing equal before it: it is never in a run, and stays.
        run = [(k, firsts[k])]
    yield from _judge_run(article, run, firsts, rules, gone)


def _judge_run(
    article: Article,
    run: Sequence[tuple[int, int]],
    firsts: Sequence[int],
    rules: Rules,
    gone: set[int],
) -> Iterator[Finding]:
    """Say which parts of a run of equal parts go: all if one may go itself, or it is most."""
    if not run:
        return
    parts = article.parts
    goes_itself = [
        parts[k].n_words >= rules.min_words and not (parts[of].stays and parts[k].stays)
        for k, of in run
    ]
    weight = sum(parts[k].weight for k, _ in run)
    total = int(article.weights[-1])
    most = len(run) > 1 and weight >= 2 * rules.min_words and weight >= defaults.MOST * total
    goes = any(goes_itself) or most
    for (k, of), itself in zip(run, goes_itself, strict=True):
        if goes:
            gone.add(k)
            kind: RepeatKind = "exact" if itself else "block"
            yield Finding(parts[k].span, parts[of].span, kind, 1.0, True)
        elif parts[k].n_words >= rules.min_words:
            yield Finding(parts[k].span, parts[of].span, "exact", 1.0, False)
    if goes:
        yield from _between(article, run)
        yield from _around(article, run, firsts)


def _between(article: Article, run: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """Find what stands without words between the parts of a run: rules, rows of stars."""
    parts = article.parts
    for (k, of), (next_k, next_of) in pairwise(run):
        for j, other in zip(range(k + 1, next_k), range(of + 1, next_of), strict=False):
            yield Finding(parts[j].span, parts[other].span, "block", 1.0, True)


def _around(
    article: Article, run: Sequence[tuple[int, int]], firsts: Sequence[int]
) -> Iterator[Finding]:
    """Find the sentences beside a run that stand beside its original too.

    Where the second telling starts inside a paragraph, or ends inside one. Paragraphs that equal
    another are judged by themselves.
    """
    parts, tokens = article.parts, article.tokens
    (k, of), (last_k, last_of) = run[0], run[-1]
    if k - 1 > last_of and firsts[k - 1] == k - 1:
        copy, original = parts[k].first, parts[of].first
        most = min(copy - parts[k - 1].first, original)
        n = 0
        while n < most and tokens[copy - 1 - n] == tokens[original - 1 - n]:
            n += 1
        yield from _sentences_of(article, copy - n, copy, original - copy)
    if last_k + 1 < len(parts) and firsts[last_k + 1] == last_k + 1:
        copy, original = parts[last_k].last, parts[last_of].last
        most = min(parts[last_k + 1].last - copy, parts[k].first - original)
        n = 0
        while n < most and tokens[copy + n] == tokens[original + n]:
            n += 1
        yield from _sentences_of(article, copy, copy + n, original - copy)


def _sentences_of(article: Article, start: int, end: int, distance: int) -> Iterator[Finding]:
    """Find the whole sentences in the words ``start:end``, which stand ``distance`` away too."""
    first, last, span = article.whole_sentences(start, end)
    if first < last:
        of = article.characters(first + distance, last + distance)
        yield Finding(span, of, "block", 1.0, True)


def _repeated_runs(article: Article) -> Iterator[Finding]:
    """Find runs of whole sentences that stand earlier word for word."""
    sizes = [2 * n for n in (defaults.RUN_WORDS, defaults.ADJACENT_RUN_WORDS, defaults.MIN_WORDS)]
    for of, start, length in kernels.repeated_runs(
        article.tokens, *article.grams[2:], *sizes
    ).tolist():
        first, last, span = article.whole_sentences(start, start + length)
        weight = int(article.weights[last] - article.weights[first])
        follows = of + length >= start
        if weight >= sizes[1 if follows else 0] and not _is_list(article, first, last):
            original = article.characters(of + first - start, min(of + last - start, first))
            yield Finding(span, original, "run", 1.0, True)


def _is_list(article: Article, first: int, last: int) -> bool:
    """Tell whether most lines of a run are rows, list items, verse or short."""
    inside = [part for part in article.parts_of(first, last) if part.weight]
    lines = [part for part in inside if part.n_words < defaults.MIN_WORDS or part.stays]
    return 2 * len(lines) > len(inside)


def _covered_parts(article: Article, rules: Rules) -> Iterator[Finding]:
    """Find parts whose words another part holds: near copies, teasers, parts of longer ones."""
    threshold = min(rules.threshold, defaults.TEASER_THRESHOLD)
    _, found = kernels.partners(*article.grams, np.array(article.firsts, np.int32), threshold)
    candidates = np.flatnonzero(found[:, 0] >= 0).tolist()
    candidates.sort(key=lambda k: (-article.parts[k].weight, k))
    gone: set[int] = set()
    for k in candidates:
        part = article.parts[k]
        findings = []
        for other in found[k].tolist():
            holder = article.parts[other] if other >= 0 else part
            fuller = (holder.weight, -other) > (part.weight, -k)
            if other >= 0 and other not in gone and fuller:
                finding = _judge_pair(article, rules, k, other)
                findings += [finding] if finding else []
        if findings:
            best = max(findings, key=lambda finding: (finding.removed, finding.coverage))
            if best.removed:
                gone.add(k)
            yield best


def _judge_pair(article: Article, rules: Rules, k: int, other: int) -> Finding | None:
    """Say what a part is to one that holds its words, and whether it goes."""
    part, holder = article.parts[k], article.parts[other]
    share, where = article.coverage(part, holder)
    prose, held = part.prose, holder.prose
    if held.is_address:  # a link to share a text holds its first words, but tells nobody
        return None
    new_fact = bool(prose.numbers - held.numbers)
    new_name = bool(prose.names - held.words)
    if prose.is_teaser and share >= defaults.TEASER_THRESHOLD:
        goes = part.n_words >= defaults.TEASER_WORDS and not new_fact
        return Finding(part.span, where, "teaser", share, goes)
    if share < rules.threshold or part.n_words < defaults.QUOTE_WORDS:
        return None
    back, _ = article.coverage(holder, part)
    if back >= rules.threshold and part.n_words >= max(defaults.NEAR_WORDS, rules.min_words):
        same = prose.numbers == held.numbers and not new_name and not part.stays
        # By sentences too: four fifths of a paragraph may be all of it but the one new sentence.
        goes = same and article.least_coverage(part, holder) >= rules.threshold
        return Finding(part.span, holder.span, "near", share, goes)
    if share < 1.0:
        return None
    goes = not (part.stays or new_fact or new_name) and _may_go_inside(article, k, other)
    return Finding(part.span, where, "inside", share, goes)


def _may_go_inside(article: Article, k: int, other: int) -> bool:
    """Say whether a part goes whose words all stand in a longer one."""
    part = article.parts[k]
    if other < k:
        least = defaults.QUOTE_WORDS if part.prose.is_quote else defaults.INSIDE_WORDS
        return part.n_words >= least
    if part.n_words < defaults.INSIDE_WORDS or other - k > defaults.INSIDE_BLOCKS:
        return False
    if not part.prose.is_sentence and part.n_words <= defaults.HEADING_WORDS:
        return False
    # Before the first prose it is the lead, which the body then tells in full.
    return any(
        before.n_words >= defaults.INSIDE_WORDS and before.prose.is_sentence
        for before in article.parts[:k]
    )
