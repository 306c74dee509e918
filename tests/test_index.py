"""An index: what it tells of articles, and laws that hold however they are added."""

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

import numpy as np
import pytest

import dedup
from benchmarks.planted import planted
from dedup import Document, DuplicateIdError, Index, IndexFileError, MinHashKeys, PassageKeys
from dedup.defaults import THRESHOLD
from dedup.index import lookup, matching, postings, remembered, runs
from dedup.index.stories import Stories

WIRE = (
    "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel. The port "
    "said that nobody was hurt, and that boats would sail again when the wind had fallen. "
    "Fishermen were told to stay ashore until the afternoon of the next day."
)
MORE = (
    " A third boat, on its way from the islands, turned back in the night with ninety people on "
    "board. They slept in a school above the old market, where neighbors brought them bread."
)


@pytest.fixture(scope="module")
def articles():
    return [
        Document(r["id"], r["text"], source=r["source"], published=r["published"])
        for r in planted(2600)
    ]


@pytest.fixture
def small_runs(monkeypatch):
    monkeypatch.setattr(postings, "RUN_POSTINGS", 20_000)
    monkeypatch.setattr(runs, "FAN", 2)
    monkeypatch.setattr(runs, "SLICE", 10_000)


def told(answers):
    return [answer.to_dict() for answer in answers]


def test_a_copy_an_excerpt_and_a_fuller_text_are_told():
    with Index() as index:
        assert index.add("a", WIRE) == []
        copies = index.add("b", WIRE.upper())
        excerpts = index.add("c", WIRE[:80])
        fuller = index.add("d", WIRE + MORE)
        assert [(p.left, p.right, p.relation) for p in copies] == [("b", "a", "identical")]
        assert [(p.left, p.right, p.relation) for p in excerpts] == [("c", "a", "excerpt")]
        assert [(p.left, p.right, p.relation) for p in fuller] == [("d", "a", "extends")]
        assert fuller[0].right_in_left == 1.0
        assert [p.right for p in index.query(WIRE + MORE)] == ["d", "a"]
        assert list(index) == ["a", "b", "c", "d"]
        assert index.info().kept == 2


@pytest.mark.parametrize(("alike", "is_found"), [(matching.ALIKE, True), (16, False)])
def test_strangers_of_its_own_source_do_not_hide_what_a_cut_is_of(alike, is_found, monkeypatch):
    monkeypatch.setattr(matching, "ALIKE", alike)
    words = [f"word{n}" for n in range(2000)]
    closing = " ".join(words[:50])
    with Index() as index:
        index.add("story", " ".join(words[1000:1190]), source="wire")
        for n in range(16):
            own = " ".join(words[200 + 30 * n : 230 + 30 * n])
            index.add(n, f"{own} {closing}", source="town")
        answer = index.add("cut", f"{' '.join(words[1000:1075])} {closing}", source="town")
    assert ("story" in [pair.right for pair in answer]) == is_found


@pytest.mark.parametrize(
    "closing", ["", " Send us what you saw, and we shall write about it soon."]
)
def test_a_batch_tells_what_a_loop_tells(articles, closing, small_runs):
    articles = [replace(a, text=a.text + closing * (n % 4 > 0)) for n, a in enumerate(articles)]
    with Index() as index:
        one_by_one = [
            index.add(a.id, a.text, source=a.source, published=a.published) for a in articles
        ]
    random = Random(7)
    with Index() as index:
        batches, at = [], 0
        while at < len(articles):
            size = random.choice([1, 10, 300, 1100])
            batches += index.extend(articles[at : at + size])
            at += size
    assert told(batches) == told(one_by_one)
    assert sum(map(bool, batches)) > 300


def test_blocks_follow_each_other_and_grow_with_the_index():
    with Index() as index:
        own, sizes = index._own, []
        while sum(sizes) < 20_000:
            own.state = own.state._replace(following=sum(sizes) + 1)
            assert own.until == own.state.following
            sizes.append(own.room)
            own.state = own.state._replace(following=sum(sizes))
            assert (own.until, own.room) == (sum(sizes) - sizes[-1] + 1, 1)
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (64, 1024)


def test_an_index_that_is_opened_anew_tells_the_same(articles, small_runs, tmp_path):
    with Index() as index:
        expected = index.extend(articles)
        asked = [index.query(article) for article in articles[::50]]
    answers = []
    for first in range(0, len(articles), 400):
        with Index(str(tmp_path / "news.db")) as index:
            answers += index.extend(articles[first : first + 400])
    assert told(answers) == told(expected)
    with Index(tmp_path / "news.db") as index:
        assert told(index.query(article) for article in articles[::50]) == told(asked)
        assert len(index) == len(articles)
        assert all(index.get(article.id).text == article.text for article in articles[::20])


def test_what_goes_names_a_kept_article_that_holds_it_and_no_match_names_another(articles):
    with Index() as index:
        answers = index.extend(articles)
        n_kept = index.info().kept
    stays = {a.id for a, answer in zip(articles, answers, strict=True) if answer.kept is None}
    assert len(stays) == n_kept < len(articles) - 100
    assert {pair.right for answer in answers for pair in answer} <= stays
    for answer in answers:
        if answer.kept is not None:
            first = answer[0]
            assert answer.kept == first.right
            assert first.relation in ("identical", "copy", "excerpt")
            own = first.left_in_right if first.own_left is None else first.own_left
            assert own >= THRESHOLD


def test_an_excerpt_of_a_round_up_stays(articles):
    news = [a.text for a in articles[:40] if 60 < len(a.text.split()) < 200][:6]
    assert len(news) == 6
    with Index() as index:
        index.extend(enumerate(news))
        round_up = index.add("all", "\n\n".join(news))
        assert {pair.relation for pair in round_up} == {"extends"}
        # The stories were kept before: what tells one of them goes for that one.
        assert index.query(news[2]).kept == 2
        index.remove(2)
        answer = index.query(news[2])
        assert ([pair.relation for pair in answer], answer.kept) == (["excerpt"], None)


def test_several_articles_are_removed_together_or_none(articles):
    with Index() as index:
        index.extend(articles[:60])
        ids = [article.id for article in articles[:60]]
        with pytest.raises(KeyError):
            index.remove(ids[3], "nobody", ids[5])
        assert list(index) == ids
        index.remove(*ids[10:30], ids[10])
        assert list(index) == ids[:10] + ids[30:]
        index.remove()
        assert len(index) == 40


def test_runs_are_asked_until_enough_is_found(articles, monkeypatch):
    monkeypatch.setattr(postings, "RUN_POSTINGS", 3000)
    monkeypatch.setattr(remembered, "BLOCK", 128)
    monkeypatch.setattr(runs, "FAN", 100)
    with Index() as index:
        closing = " Send us what you saw, and we shall write about it in one of the next days."
        index.extend(Document(n, a.text + closing) for n, a in enumerate(articles))
        own = index._own.postings
        find, codes_of = own.runs.find, own.codes_of
        assert len(own.runs.all) > 4
        codes = codes_of(PassageKeys().keys([articles[0].text + closing])[0])
        sought = np.ones(len(codes), np.bool_)
        found = find(codes, sought)
        assert np.diff(found.offsets).max() == 64
        for turns, n_hits in (((0, 1, 100), 256), ((0, 1, 2, 3, 100), 5), ((0, 100), 1)):
            monkeypatch.setattr(runs, "TURNS", turns)
            monkeypatch.setattr(runs, "HITS_AT_ONCE", n_hits)
            own.runs.forget()
            again = find(codes, sought)
            assert again.offsets.tolist() == found.offsets.tolist()
            assert again.rows.tolist() == found.rows.tolist()


def test_what_is_remembered_of_frequent_codes_is_what_runs_tell(articles, monkeypatch):
    monkeypatch.setattr(postings, "RUN_POSTINGS", 3000)
    monkeypatch.setattr(remembered, "BLOCK", 128)
    closing = " Send us what you saw, and we shall write about it in one of the next days."
    given = [Document(n, a.text + closing) for n, a in enumerate(articles)]
    half = len(given) // 2
    with Index() as index:

        def is_known():
            return np.any(index._own.postings.runs._frequent[1] >= 0)

        def found():
            own = index._own.postings
            codes = own.codes_of(PassageKeys().keys([articles[0].text + closing])[0])
            known, anew = (own.runs.find(codes, np.ones(len(codes), np.bool_)) for _ in range(2))
            own.runs.forget()
            untold = own.runs.find(codes, np.ones(len(codes), np.bool_))
            assert np.diff(untold.offsets).max() == 64
            for one in (known, anew):
                assert np.array_equal(one.offsets, untold.offsets)
                assert np.array_equal(one.rows, untold.rows)
            return {*untold.rows.tolist()}

        index.extend(given[: half - 10])
        index.extend(given[half - 10 : half])
        assert is_known()
        first = found()
        index.extend(given[half:])
        assert is_known()
        assert max(found()) > max(first)
        gone = [id for id in index if id > half]
        index.remove(*gone)
        assert not is_known()
        assert max(found()) < len(given) - len(gone)


def test_what_was_looked_up_ahead_is_caught_up_with(articles, monkeypatch):
    monkeypatch.setattr(postings, "RUN_POSTINGS", 3000)
    monkeypatch.setattr(runs, "FAN", 3)
    keys = np.concatenate(PassageKeys().keys([article.text for article in articles[:1000]]))
    is_even = np.arange(len(keys)) % 2 == 0
    with Index() as index:
        index.extend(articles[:1000])
        own = index._own.postings
        codes = own.codes_of(keys)

        def add_until(end):
            index.extend(articles[len(index) : end])

        def kind(before, known):
            if [run.run for run in own.runs.all] == known:
                return "as they were"
            is_joined = any(run.first <= before.last < run.last for run in own.runs.all)
            return "joined" if is_joined else "newer"

        def told_after(change):
            before = own.runs.find_ahead(codes, is_even)
            known = [run.run for run in own.runs.all]
            change()
            for asked in (is_even, ~is_even, np.ones(len(codes), np.bool_)):
                at = np.flatnonzero(asked)
                found = own.runs.catch_up(codes, asked, before).take(at)
                anew = own.runs.find(codes, asked).take(at)
                assert np.array_equal(found.offsets, anew.offsets)
                assert np.array_equal(found.rows, anew.rows)
            return kind(before, known)

        assert told_after(lambda: add_until(1010)) == "as they were"
        assert told_after(lambda: add_until(1400)) == "joined"
        assert told_after(lambda: add_until(2200)) == "newer"
        assert told_after(lambda: index.remove(*list(index)[:50])) == "as they were"


def test_runs_are_made_and_joined_while_others_are_looked_up(articles, monkeypatch):
    monkeypatch.setattr(postings, "RUN_POSTINGS", 1000)
    monkeypatch.setattr(runs, "FAN", 2)
    for module in (lookup, remembered):
        monkeypatch.setattr(module, "BLOCK", 64)
    waited = []
    read_parts = runs.Runs._read_parts

    def slowly(self, numbers):
        if threading.current_thread() is not threading.main_thread():
            waited.append(numbers)
            time.sleep(0.02)  # so that the other thread comes to make a run
        return read_parts(self, numbers)

    with Index() as index:
        expected = [
            index.add(own.id, own.text, source=own.source, published=own.published).to_dict()
            for own in articles[:1500]
        ]
    monkeypatch.setattr(runs.Runs, "_read_parts", slowly)
    with Index() as index:
        assert told(index.extend(articles[:1500])) == expected
    assert waited


def test_what_a_query_tells_is_what_adding_tells(articles):
    with Index() as index:
        index.extend(articles[:1500])
        for article in articles[1500:1560]:
            asked = index.query(article)
            assert told([asked]) == told([index.extend([article])[0]])


def test_an_article_that_comes_twice_gets_the_same_answer():
    with Index() as index:
        index.add("a", WIRE)
        first = index.add("b", WIRE + " Thanks.")
        index.add("c", WIRE)
        assert index.add("b", WIRE + " Thanks.") == first != []
        assert index.extend([("d", WIRE), ("d", WIRE)])[1] == index.add("d", WIRE)
        assert len(index) == 4


def test_another_text_under_a_known_id_is_an_error_unless_it_replaces():
    with Index() as index:
        index.add("a", WIRE)
        with pytest.raises(DuplicateIdError, match="'a' must have the text"):
            index.add("a", MORE)
        with pytest.raises(DuplicateIdError):
            index.extend([("b", MORE), ("a", MORE)])
        assert list(index) == ["a"]
        assert index.query(MORE) == []
        assert index.add("a", MORE, replace=True) == []
        assert index.query(WIRE) == []
        assert index.get("a").text == MORE
        answers = index.extend([("b", WIRE), ("a", WIRE), ("c", WIRE)], replace=True)
        assert [[pair.right for pair in pairs] for pairs in answers] == [[], ["b"], ["b"]]


def test_nothing_of_a_batch_is_kept_if_one_of_it_is_bad(tmp_path):
    with Index(str(tmp_path / "news.db")) as index:
        index.add("a", WIRE)
        for bad in (("b", 5), (None, MORE), Document("c", MORE, published="soon")):
            with pytest.raises((TypeError, ValueError)):
                index.extend([("x", MORE), bad])
        assert list(index) == ["a"]
        assert index.query(MORE) == []
        assert index.extend([("x", MORE)]) == [[]]


def test_if_a_kept_article_is_removed_another_one_is_kept():
    with Index() as index:
        index.add("a", WIRE)
        index.add("b", WIRE)
        index.add("c", WIRE)
        index.remove("a")
        assert "a" not in index
        assert index.get("a") is None
        assert {pair.right for pair in index.query(WIRE)} == {"b"}
        assert list(index) == ["b", "c"]
        index.remove("b")
        index.remove("c")
        assert index.query(WIRE) == []
        assert len(index) == 0
        with pytest.raises(KeyError):
            index.remove("c")


def test_old_articles_go_and_stories_that_are_still_copied_stay(tmp_path):
    with Index(str(tmp_path / "news.db")) as index:
        index.add("old", WIRE, published="2026-01-01")
        index.add("alone", MORE, published=date(2026, 1, 1))
        index.add("new", WIRE, published=datetime(2026, 1, 9, tzinfo=UTC))
        assert index.expire(unmatched_since="2026-01-05") == 1
        assert list(index) == ["old", "new"]
        assert index.expire(before="2026-01-05") == 1
        assert list(index) == ["new"]
        assert [pair.right for pair in index.query(WIRE)] == ["new"]
        with pytest.raises(TypeError):
            index.expire()


def test_expired_articles_are_found_no_more_and_others_are(articles, small_runs, tmp_path):
    days = sorted({str(a.published)[:10] for a in articles})
    with Index(str(tmp_path / "news.db")) as index:
        index.extend(articles)
        left = [a for a in articles if str(a.published)[:10] >= days[1]]
        assert index.expire(before=days[1]) == len(articles) - len(left)
        assert sorted(index) == sorted(a.id for a in left)
        assert index.expire(before=days[1]) == 0
    with Index(str(tmp_path / "news.db")) as index:
        for article in left[::25]:
            matches = index.query(article)
            assert matches[0].relation in ("identical", "copy", "excerpt")
            assert matches[0].right in index


def test_what_expired_takes_no_room(articles, small_runs, tmp_path):
    with Index(str(tmp_path / "news.db")) as index:
        index.extend(articles)
        used = index.info().bytes - index.info().free
        assert index.expire(before="2030-01-01") == len(articles)
        left = index.info()
        # The dictionary of the texts and the boilerplate of the sources stay.
        assert left.bytes - left.free < used / 8
        answers = index.extend(articles[:200])
        assert len(index) == 200
        assert all(pair.right in index for pairs in answers for pair in pairs)
        assert [bool(pairs) for pairs in answers].count(True) > 10


def test_what_gives_documents_may_ask_the_index():
    with Index() as index:
        index.add("a", WIRE)
        feed = [("a", WIRE), ("b", MORE)]
        assert index.extend((own, text) for own, text in feed if own not in index) == [[]]
        assert list(index) == ["a", "b"]


def test_an_id_that_is_no_utf_8_is_told():
    with Index() as index:
        index.add("\ud800", WIRE)
        told = index.add("\udfff", WIRE)
        assert [(pair.left, pair.right) for pair in told] == [("\udfff", "\ud800")]
        assert index.add("\udfff", WIRE) == told


def test_an_error_leaves_the_file_to_others(tmp_path):
    path = str(tmp_path / "news.db")
    with Index(path) as index, Index(path) as other:
        index.extend([("a", WIRE)])
        with pytest.raises(DuplicateIdError):
            index.add("a", MORE)
        assert other.extend([("b", MORE)]) == [[]]


@pytest.mark.parametrize(
    ("owner", "name"), [(Stories, "write"), (remembered.Remembered, "join_learned")],
    ids=["at each article", "at the end of a block"],
)  # fmt: skip
def test_an_undone_step_takes_nothing_of_those_before_it(
    owner, name, articles, tmp_path, monkeypatch, small_runs
):
    monkeypatch.setattr(postings, "RUN_POSTINGS", 2000)
    some = articles[:500]
    with Index() as undisturbed:
        expected = undisturbed.extend(some)
        content = undisturbed.info()
    path, inner, calls = str(tmp_path / "index"), getattr(owner, name), []

    def failing(self):
        calls.append(self)
        if len(calls) % 2:
            raise OSError("it failed")
        inner(self)

    monkeypatch.setattr(owner, name, failing)
    answers = []
    with Index(path) as index:
        for own in some:
            about = {"source": own.source, "published": own.published}
            try:
                answers.append(index.add(own.id, own.text, **about))
            except OSError:
                assert own.id not in index
                assert len(index) == len(answers)
                answers.append(index.add(own.id, own.text, **about))
    monkeypatch.undo()
    assert len(calls) > 2
    assert answers == expected
    with Index(path) as index:
        assert replace(index.info(), bytes=0, free=0) == replace(content, bytes=0, free=0)
        assert index.extend(some) == expected


def test_changes_say_which_stories_grew_and_which_got_a_fuller_or_earlier_text():
    with Index() as index:
        index.add("a", WIRE, published="2026-01-02")
        assert index.changes() == []
        index.add("b", WIRE, published="2026-01-03")
        (grown,) = index.changes()
        assert grown.to_dict() == {
            "number": 1, "story": "a", "texts": 2, "fuller": None, "earlier": None,
        }  # fmt: skip
        index.add("c", WIRE + MORE, published="2026-01-01T10:00:00")
        (change,) = index.changes(since=grown.number)
        assert (change.story, change.texts, change.fuller, change.earlier) == ("a", 3, "c", "c")
        assert index.changes(since=change.number) == []


def test_a_file_keeps_its_recipe(tmp_path):
    path = str(tmp_path / "news.db")
    with Index(path, keys=MinHashKeys(), threshold=0.7) as index:
        index.add("a", WIRE)
    with Index(path) as index:
        assert [pair.relation for pair in index.query(WIRE)] == ["identical"]
        assert index.info().recipe["threshold"] == 0.7
    with Index(path, keys=MinHashKeys(), threshold=0.7) as index:
        assert len(index) == 1
    with pytest.raises(IndexFileError, match=r"(?s)keys must be .*minhash.*passages"):
        Index(path, keys=PassageKeys())
    with pytest.raises(IndexFileError, match=r"0\.7, got 0\.8"):
        Index(path, threshold=0.8)


def test_boilerplate_of_a_source_is_learned_and_does_not_count(articles):
    close = "Follow us on all channels, and write to our desk if you saw something that we missed."
    bodies = [article.text.split("\n\n")[0] for article in articles]
    with Index() as index:
        index.extend(
            Document(a.id, f"{body}\n\n{close}", source="s")
            for a, body in zip(articles[:2100], bodies, strict=False)
        )
        strange = bodies[2200].split()[:8]
        words = [*bodies[5].split(), *strange]
        text = f"{' '.join(words)}\n\n{close}"
        (pair,) = index.query(Document("x", text, source="s"))
        (other,) = index.query(Document("x", text))
    assert pair.right == other.right == articles[5].id
    assert pair.left_in_right == other.left_in_right > pair.own_left
    assert pair.own_left == pytest.approx(1 - len(strange) / len(words), abs=0.02)


def test_one_by_one_is_on_the_disk_after_commit_and_after_a_while(tmp_path):
    path = str(tmp_path / "news.db")
    index, other = Index(path), Index(path)
    index.add("a", WIRE)
    index.commit()
    assert list(other) == ["a"]
    index.add("b", MORE)
    timer = index._timer
    assert isinstance(timer, threading.Timer)
    timer.join()
    assert list(other) == ["a", "b"]
    other.extend([("c", WIRE)])
    assert list(index) == ["a", "b", "c"]
    assert [pair.right for pair in index.query(WIRE)] == ["a"]
    index.close()
    other.close()
    with pytest.raises(ValueError, match="must be open"):
        len(index)
    index.close()


def test_the_index_is_a_public_name():
    assert dedup.Index is Index
