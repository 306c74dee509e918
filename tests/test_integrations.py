"""The recipes of docs/integrations: the very block on a page, driven with the real library."""

import asyncio
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dedup
from benchmarks.planted import planted

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "integrations"
RECIPES = sorted(page.stem for page in PAGES.glob("*.md") if page.stem != "index")

FERRY = (
    "Two boats will link Norrholm and Velde again from the first of May, the harbor office said.",
    "The crossing takes 50 minutes and costs 4 crowns, as it did before the winter of the ice.",
    "Eleven sailors have been hired for it, and nine of them worked on the old boat for years.",
)
BREAD = (
    "The last baker of Kessby has shut his shop, for nobody wants to rise at two in the morning.",
    "His oven goes to the school, which will teach with it what he could not teach his sons.",
)
DEARER = tuple(paragraph.replace("4 crowns", "6 crowns") for paragraph in FERRY)


def told(*paragraphs):
    return "\n\n".join(paragraphs)


def read(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", read(name), re.MULTILINE | re.DOTALL)


def save(name, folder):
    """Save the recipe of a page as the page says; return its path."""
    (block,) = blocks(name, "python")
    (file,) = re.findall(r"^Save it as `(\w+\.py)`", read(name), re.MULTILINE)
    path = folder / file
    path.write_text(block, encoding="utf-8")
    return path


def load(name, folder):
    """Return the recipe of a page as a module."""
    path = save(name, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def environment(folder, **more):
    """Return what recipes run with: this dedup, no network, and all caches in the folder."""
    own = {"PYTHONPATH": str(ROOT), "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1"}
    return os.environ | own | more


def run(folder, *arguments):
    """Run Python in a folder; return what it wrote to standard output and to standard error."""
    ended = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder, env=environment(folder), capture_output=True, check=False, encoding="utf-8",
        timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, ended.stderr


@pytest.fixture(scope="module", autouse=True)
def kernels():
    dedup.clean("Load the kernels now: they say on stderr when they are compiled first.")


# The pages


def test_every_recipe_is_listed():
    listed = re.findall(r"^\| \[.+\]\((\w+)\.md\) \|", read("index"), re.MULTILINE)
    assert sorted(listed) == RECIPES
    assert len(listed) == 7


@pytest.mark.parametrize("name", ["asyncio", "pandas", "polars", "trafilatura"])
def test_what_a_page_shows_is_what_is_seen(name, tmp_path):
    save(name, tmp_path)
    for page in blocks(name, "html"):
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
    (session,) = blocks(name, "console")
    (command, shown) = re.search(r"^\$ python (.+)\n((?s:.*))", session, re.MULTILINE).groups()
    seen, errors = run(tmp_path, *command.split())
    assert (seen, errors) == (shown, "")


# Scrapy

SITE = {
    "1.html": ("2026-04-28", FERRY),
    "2.html": ("2026-04-28", FERRY[:2]),
    "3.html": ("2026-04-29", DEARER),
    "4.html": ("", BREAD + BREAD),
    "5.html": ("yesterday", BREAD),
    "6.html": ("2026-04-29", ()),
}

SPIDER = """
import json
import sys

import scrapy
from scrapy.crawler import CrawlerProcess


class News(scrapy.Spider):
    name = "news"

    async def start(self):
        yield scrapy.Request(f"{sys.argv[1]}/1.html")

    def parse(self, response):
        yield {
            "url": response.url,
            "text": "\\n\\n".join(response.css("p::text").getall()),
            "published": response.css("time::attr(datetime)").get(),
        }
        yield from response.follow_all(css="a.next")


settings = json.loads(sys.argv[2]) | {
    "ITEM_PIPELINES": {"dedup_pipeline.DedupPipeline": 300},
    "FEEDS": {"out.jsonl": {"format": "jsonlines", "overwrite": True}},
    "HTTPPROXY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
}
process = CrawlerProcess(settings)
crawler = process.create_crawler(News)
process.crawl(crawler)
process.start()
counted = crawler.stats.get_stats()
names = {name: count for name, count in counted.items() if name.startswith(("dedup/", "item_"))}
print(json.dumps(names))
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for number, (name, (published, paragraphs)) in enumerate(SITE.items(), 1):
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        after = f'<a class="next" href="{number + 1}.html">Next</a>' if number < len(SITE) else ""
        time = f'<time datetime="{published}"></time>' if published else ""
        (folder / name).write_text(f"<html><body>{time}{body}{after}</body></html>")
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def crawl(tmp_path, site):
    save("scrapy", tmp_path)
    (tmp_path / "crawl.py").write_text(SPIDER, encoding="utf-8")

    def crawl(**settings):
        counts, log = run(tmp_path, "crawl.py", site, json.dumps(settings))
        lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
        items = {item["url"].rpartition("/")[2]: item for item in map(json.loads, lines)}
        return items, json.loads(counts), log

    return crawl


def test_scrapy_drops_copies_and_a_second_crawl_tells_the_same(crawl, tmp_path):
    items, counts, log = crawl()
    assert list(items) == ["1.html", "3.html", "4.html", "6.html"]
    assert items["4.html"]["text"] == told(*BREAD)
    assert items["1.html"]["matches"] == []
    (match,) = items["3.html"]["matches"]
    assert (match["relation"], match["facts"]) == ("update", [["6", "4"]])
    assert match["right"].endswith("/1.html")
    assert "matches" not in items["6.html"]
    assert counts == {
        "dedup/new": 2, "dedup/excerpt": 1, "dedup/update": 1,
        "item_scraped_count": 4, "item_dropped_count": 1,
        "item_dropped_reasons_count/DropItem": 1,
    }  # fmt: skip
    assert re.search(r"excerpt of \S+/1\.html: \S+/2\.html", log)
    assert "must be ISO 8601, got 'yesterday'" in log  # and the crawl went on
    assert "Deprecat" not in log
    with dedup.Index(str(tmp_path / "news.db")) as index:
        assert sorted(url.rpartition("/")[2] for url in index) == list(SITE)[:4]
        assert index.info().sources == 1
    assert crawl()[:2] == (items, counts)


def test_scrapy_tags_copies_where_none_is_dropped(crawl, tmp_path):
    items, counts, _ = crawl(DEDUP_DROP="", DEDUP_INDEX="mine.db")
    assert list(items) == ["1.html", "2.html", "3.html", "4.html", "6.html"]
    assert [match["relation"] for match in items["2.html"]["matches"]] == ["excerpt"]
    assert counts["item_scraped_count"] == 5
    assert (tmp_path / "mine.db").exists()
    assert not (tmp_path / "news.db").exists()


# Frames

ROWS = [
    {"id": 10, "text": told(*FERRY), "source": "skerry.example", "published": "2026-04-28"},
    {"id": 2, "text": told(*FERRY, *FERRY), "source": None, "published": "2026-04-28T09:30"},
    {"id": 7, "text": told(*DEARER), "source": "skerry.example", "published": None},
    {"id": 3, "text": None, "source": "isle.example", "published": "2026-04-29"},
    {"id": 1, "text": told(*FERRY[:2]), "source": "isle.example", "published": None},
]
MARKED = [
    {"id": 10, "keeper": 10, "relation": None},
    {"id": 2, "keeper": 10, "relation": "identical"},
    {"id": 7, "keeper": 7, "relation": None},
    {"id": 3, "keeper": 3, "relation": None},
    {"id": 1, "keeper": 10, "relation": "excerpt"},
]
RELATED = {(2, 10, "identical"), (7, 10, "update"), (1, 10, "excerpt")}


def test_pandas_columns_are_cleaned_and_marked(tmp_path):
    import pandas as pd

    recipe = load("pandas", tmp_path)
    frame = pd.DataFrame(ROWS, index=[5, 5, 6, 7, 8]).assign(hits=range(5))
    frame["published"] = pd.to_datetime(frame["published"], format="ISO8601")
    cleaned = recipe.clean_texts(frame)
    assert cleaned["text"].iloc[1] == told(*FERRY)
    assert cleaned["text"].isna().tolist() == [False, False, False, True, False]
    marked = recipe.mark_copies(cleaned)
    assert marked.index.tolist() == [5, 5, 6, 7, 8]
    assert list(marked) == [*frame, "keeper", "relation", "coverage"]
    shown = marked[["id", "keeper", "relation"]].astype(object)
    assert shown.where(shown.notna(), None).to_dict("records") == MARKED
    assert marked["coverage"].dropna().tolist() == [1.0, 1.0]
    related = recipe.related(cleaned)
    columns = related[["left", "right", "relation"]]
    assert set(columns.itertuples(index=False, name=None)) >= RELATED


def test_pandas_frames_may_know_little_and_hold_nothing(tmp_path):
    import pandas as pd

    recipe = load("pandas", tmp_path)
    frame = pd.DataFrame(ROWS)[["id", "text"]]
    assert recipe.mark_copies(frame[:0]).columns.tolist()[2:] == ["keeper", "relation", "coverage"]
    assert recipe.related(frame[:0]).columns.tolist()[:3] == ["left", "right", "relation"]
    assert recipe.mark_copies(frame[2:3])["keeper"].tolist() == [7]
    assert sorted(set(recipe.mark_copies(frame)["keeper"])) == [3, 7, 10]
    named = frame.assign(id=["a", "b", "c", "d", "e"])
    assert recipe.mark_copies(named)["keeper"].tolist() == ["a", "a", "c", "d", "a"]
    with pytest.raises(dedup.DuplicateIdError):
        recipe.mark_copies(pd.concat([frame, frame]))
    with pytest.raises(TypeError, match=r"id must be a string or a whole number, got 10\.0"):
        recipe.mark_copies(frame.astype({"id": float}))
    with pytest.raises(KeyError):
        recipe.mark_copies(frame.rename(columns={"text": "body"}))


# Polars has threads that a process must not be forked with: other tests fork this one.
POLARS = """
import json
import sys
from datetime import datetime

import dedup
import polars as pl
import polars_copies as recipe

rows = json.loads(sys.argv[1])
frame = pl.DataFrame(rows, schema_overrides={"id": pl.Int32}).with_columns(hits=pl.lit(1))
frame = frame.with_columns(
    pl.col("published").map_elements(datetime.fromisoformat, return_dtype=pl.Datetime)
)
cleaned = recipe.clean_texts(frame)
marked = recipe.mark_copies(cleaned)
little = frame.select("id", "text")
try:
    recipe.mark_copies(pl.concat([little, little]))
except dedup.DuplicateIdError as error:
    refused = str(error)
named = little.with_columns(pl.Series("id", ["a", "b", "c", "d", "e"]))
print(json.dumps({
    "cleaned": cleaned["text"].to_list(),
    "columns": [frame.columns, marked.columns],
    "types": [str(marked.schema[name]) for name in ("keeper", "relation", "coverage")],
    "marked": marked.select("id", "keeper", "relation").to_dicts(),
    "coverage": marked["coverage"].drop_nulls().to_list(),
    "related": recipe.related(cleaned).select("left", "right", "relation").rows(),
    "empty": recipe.mark_copies(little[:0]).columns,
    "unrelated": recipe.related(little[:0]).columns,
    "little": sorted(set(recipe.mark_copies(little)["keeper"])),
    "named": recipe.mark_copies(named)["keeper"].to_list(),
    "refused": refused,
}))
"""


def test_polars_columns_are_cleaned_and_marked(tmp_path):
    save("polars", tmp_path)
    (tmp_path / "drive.py").write_text(POLARS, encoding="utf-8")
    output, errors = run(tmp_path, "-W", "error", "drive.py", json.dumps(ROWS))
    seen = json.loads(output)
    assert errors == ""
    assert seen["cleaned"][1] == told(*FERRY)
    assert seen["cleaned"][3] is None
    columns, marked = seen["columns"]
    assert marked == [*columns, "keeper", "relation", "coverage"]
    assert seen["types"] == ["Int32", "String", "Float64"]
    assert seen["marked"] == MARKED
    assert seen["coverage"] == [1.0, 1.0]
    assert {tuple(row) for row in seen["related"]} >= RELATED
    assert seen["empty"] == ["id", "text", "keeper", "relation", "coverage"]
    assert seen["unrelated"][:3] == ["left", "right", "relation"]
    assert seen["little"] == [3, 7, 10]
    assert seen["named"] == ["a", "a", "c", "d", "a"]
    assert "got 10 twice" in seen["refused"]


# Hugging Face datasets


def test_a_dataset_is_cleaned_in_two_processes_and_copies_go(tmp_path):
    save("datasets", tmp_path)
    unknown = {"text": None, "source": None, "published": None}
    rows = [ROWS[0], ROWS[2], ROWS[3], unknown | {"id": 4, "text": told(*BREAD)}]
    rows += [unknown | {"id": number} for number in range(100, 110)] + [ROWS[1], ROWS[4]]
    rows = [row | {"url": f"https://{row['id']}.example"} for row in rows]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "crawl.parquet")
    with dedup.Index(str(tmp_path / "known.db")) as index:
        index.add(17, told(*BREAD))
        index.add("ferry", told(*DEARER).replace("50", "40"))
    _, errors = run(tmp_path, "clean_dataset.py", "crawl.parquet", "known.db", "kept.parquet")
    kept = pq.read_table(tmp_path / "kept.parquet").to_pylist()
    assert [row["id"] for row in kept] == [10, 7, 3, 4, *range(100, 110)]
    assert [row["url"] for row in kept[:2]] == ["https://10.example", "https://7.example"]
    assert kept[2]["text"] is None
    assert [(row["relation"], row["known_as"]) for row in kept[:4]] == [
        ("update", "ferry"), ("update", "ferry"), ("", ""), ("identical", "17"),
    ]  # fmt: skip
    assert len(set(re.findall(r"Map \(num_proc=2\): 100%.* (\d+/\d+)", errors))) == 2


def test_clean_runs_in_the_processes_of_map(tmp_path):
    save("datasets", tmp_path)
    doubled = json.dumps([told(*FERRY, *FERRY), told(*BREAD, *BREAD)])
    (tmp_path / "drive.py").write_text(
        f"""
import json
import os

import clean_dataset as recipe
import dedup
from datasets import Dataset

index = dedup.Index("news.db")


def clean_texts(batch):
    return recipe.clean_texts(batch) | {{"process": [os.getpid()] * len(batch["text"])}}


def look_up(batch):
    return {{"known": [len(index.query(text)) for text in batch["text"]]}}


if __name__ == "__main__":
    articles = Dataset.from_dict({{"text": {doubled}}})
    cleaned = articles.map(clean_texts, batched=True, num_proc=2)
    try:
        articles.map(look_up, batched=True, num_proc=2)
    except RuntimeError as error:
        refused = str(error)
    told = {{name: cleaned[name][:] for name in ("text", "process")}}
    print(json.dumps(told | {{"own": os.getpid(), "refused": refused}}))
""",
        encoding="utf-8",
    )
    output, _ = run(tmp_path, "drive.py")
    seen = json.loads(output)
    assert seen["text"] == [told(*FERRY), told(*BREAD)]
    assert len({*seen["process"], seen["own"]}) == 3
    assert seen["refused"] == "news.db: an index must be opened in the process that uses it"


# trafilatura


def html(*paragraphs, head=""):
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head>{head}</head><body><article>{body}</article></body></html>"


def test_a_page_whose_body_stands_twice_is_told_once(tmp_path):
    recipe = load("trafilatura", tmp_path)
    date = '<meta property="article:published_time" content="2026-04-28T08:30:00Z">'
    head = f"<title>Ferry returns</title>{date}"
    article = recipe.article_of(html(*FERRY, *FERRY, head=head), "https://coast.example/ferry")
    assert article == dedup.Document(
        "https://coast.example/ferry",
        told(*FERRY),
        title="Ferry returns",
        source="coast.example",
        published="2026-04-28",
    )
    other = recipe.article_of(html(*FERRY[:2]), "https://isle.example/1")
    # And it does not matter which pages came before.
    assert recipe.article_of(html(*FERRY, *FERRY, head=head), article.id) == article
    assert dedup.deduplicate([article, other]).keeper_of(other.id) == article.id
    with dedup.Index() as index:
        answers = index.extend([article, other])
    assert [[pair.relation for pair in answer] for answer in answers] == [[], ["excerpt"]]


@pytest.mark.parametrize("page", ["", " ", "<html>", "no tags at all", "<p>" * 5000, "\0<p>\0"])
def test_a_page_without_an_article_is_none(page, tmp_path):
    assert load("trafilatura", tmp_path).article_of(page, "https://coast.example/") is None


# asyncio


def work(recipe, path, articles):
    """Return what the worker answers until it says that it has ended."""

    async def drive():
        incoming, outgoing = asyncio.Queue(), asyncio.Queue()
        for article in [*articles, None]:
            incoming.put_nowait(article)
        await recipe.worker(str(path), incoming, outgoing)
        return [outgoing.get_nowait() for _ in range(outgoing.qsize())]

    *told, last = asyncio.run(drive())
    assert last is None
    return told


@pytest.fixture(scope="module")
def news():
    return [
        dedup.Document(r["id"], r["text"], source=r["source"], published=r["published"])
        for r in planted(600)
    ]


def test_the_worker_tells_what_a_loop_tells_and_keeps_all(news, tmp_path):
    recipe = load("asyncio", tmp_path)
    with dedup.Index() as index:
        expected = [(own, index.extend([own])[0]) for own in news]
    assert work(recipe, tmp_path / "news.db", news) == expected
    assert any(matches for _, matches in expected)
    with dedup.Index(str(tmp_path / "news.db")) as index:
        assert list(index) == [own.id for own in news]


def test_the_worker_adds_in_a_thread_and_in_batches(news, tmp_path, monkeypatch):
    recipe = load("asyncio", tmp_path)
    seen, add = [], recipe.add

    def watched(index, batch):
        seen.append((len(batch), threading.current_thread() is threading.main_thread()))
        return add(index, batch)

    monkeypatch.setattr(recipe, "add", watched)
    work(recipe, tmp_path / "news.db", news)
    assert seen == [(500, False), (100, False)]


def test_a_bad_article_costs_the_worker_no_other_one(tmp_path):
    recipe = load("asyncio", tmp_path)
    articles = [
        dedup.Document("a", told(*FERRY)),
        dedup.Document("b", told(*FERRY), published="yesterday"),
        dedup.Document("a", told(*BREAD)),
        dedup.Document("c", None),
        dedup.Document("d", told(*FERRY)),
    ]
    answers = [matches for _, matches in work(recipe, tmp_path / "news.db", articles)]
    errors = [type(answer) for answer in answers[1:4]]
    assert errors == [ValueError, dedup.DuplicateIdError, TypeError]
    assert answers[0] == []
    assert [pair.relation for pair in answers[4]] == ["identical"]


def test_a_worker_that_is_cancelled_keeps_what_it_told_and_can_go_on(news, tmp_path):
    recipe = load("asyncio", tmp_path)
    path = tmp_path / "news.db"

    async def drive():
        incoming, outgoing = asyncio.Queue(), asyncio.Queue()
        for article in news:
            incoming.put_nowait(article)
        task = asyncio.create_task(recipe.worker(str(path), incoming, outgoing))
        first = await outgoing.get()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [first] + [outgoing.get_nowait() for _ in range(outgoing.qsize())]

    told = asyncio.run(drive())
    assert 500 <= len(told) < len(news)
    with dedup.Index(str(path)) as index:
        there = list(index)
    assert there == [own.id for own in news][: len(there)]
    assert len(there) >= len(told)
    assert work(recipe, path, news)[: len(told)] == told


# HTTP


class Service:
    """The service as it runs, on a port of its own."""

    def __init__(self, folder):
        path = save("http", folder)
        self.process = subprocess.Popen(
            [sys.executable, str(path), "news.db", "0"],
            cwd=folder, env=environment(folder), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, encoding="utf-8",
        )  # fmt: skip
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def post(self, body, **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def send(self, content, *, ends=True):
        """Send bytes as they are; return what comes within five seconds."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as own:
            received = []
            with suppress(OSError):  # it need not wait for the end of what is no request
                own.sendall(content)
                if ends:
                    own.shutdown(socket.SHUT_WR)
                received.extend(iter(lambda: own.recv(65536), b""))
            return b"".join(received)

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    own = Service(tmp_path_factory.mktemp("service"))
    yield own
    own.end(signal.SIGKILL)


def test_the_service_answers_as_its_page_shows(tmp_path):
    own = Service(tmp_path)
    (session,) = blocks("http", "console")
    asked = re.findall(r"^\$ curl -d '(.+)' http://127.0.0.1:8080\n(.+)$", session, re.MULTILINE)
    assert len(asked) == session.count("curl")
    answers = [own.post(body.encode()) for body, _ in asked]
    assert answers == list(zip([200, 200, 400], [json.loads(a) for _, a in asked], strict=True))
    assert own.end(signal.SIGINT) == 0
    with dedup.Index(str(tmp_path / "news.db")) as index:
        assert list(index) == ["wire", "site"]


def test_an_answered_article_outlives_the_service(tmp_path):
    own = Service(tmp_path)
    assert own.post({"id": 1, "text": told(*FERRY), "source": None})[0] == 200
    own.end(signal.SIGKILL)
    with dedup.Index(str(tmp_path / "news.db")) as index:
        assert index.get(1).text == told(*FERRY)


BAD = {
    "no body": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"id": "x", "text": "\xff\xfe"}',
    "no object": b'["id", "text"]',
    "a number": b"7",
    "no text": b'{"id": "x"}',
    "no id": b'{"text": "x"}',
    "id is true": b'{"id": true, "text": "x"}',
    "id is a fraction": b'{"id": 1.5, "text": "x"}',
    "id is infinite": b'{"id": 1e999, "text": "x"}',
    "id of too many digits": b'{"id": ' + b"9" * 5000 + b', "text": "x"}',
    "text is a list": b'{"id": "x", "text": []}',
    "source is an object": b'{"id": "x", "text": "x", "source": {}}',
    "date is a number": b'{"id": "x", "text": "x", "published": 1777777777}',
    "date is none": b'{"id": "x", "text": "x", "published": "yesterday"}',
    "nested": b"[" * 2_000_000,
    "nested in a field": b'{"id": "x", "text": ' + b'{"a":' * 500_000,
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_a_bad_body_is_told_what_is_wrong(service, body):
    status, answer = service.post(body)
    assert (status, list(answer)) == (400, ["error"])
    assert 0 < len(answer["error"]) < 300


@pytest.mark.parametrize(
    "head",
    ["", "Content-Length: many", "Content-Length: -1", "Content-Length: 10000001",
     "Transfer-Encoding: chunked"],
    ids=["missing", "no number", "negative", "too large", "chunked"],
)  # fmt: skip
def test_a_bad_length_is_told_what_is_wrong(service, head):
    # At once, though the client says nothing more and does not go away.
    answer = service.send(f"POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n".encode(), ends=False)
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert b'{"error": "' in answer


def test_a_body_that_ends_early_is_told_what_is_wrong(service):
    answer = service.send(b'POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n{"id": "x", "text":')
    assert answer.startswith(b"HTTP/1.0 400 ")


def test_the_service_outlives_what_is_no_request(service):
    for content in (b"", b"\0" * 1000, b"POST\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"A" * 100_000):
        assert not service.send(content).startswith(b"HTTP/1.0 200")
    # A client that is gone before its answer comes.
    with socket.create_connection(("127.0.0.1", service.port)) as own:
        own.sendall(b'POST / HTTP/1.0\r\nContent-Length: 24\r\n\r\n{"id": "g", "text": "g"}')
    strange = {"id": "\ud800", "text": "\0\ud800 " * 9, "source": "\0", "published": "0001-01-01"}
    assert service.post(strange) == (200, {"id": "\ud800", "matches": [], "kept": None})
    assert service.post({"id": "again", "text": told(*BREAD)})[0] == 200
    assert service.post({"id": "again", "text": told(*BREAD)})[0] == 200
    status, answer = service.post({"id": "again", "text": "another"})
    assert (status, answer["error"]) == (
        400, "'again' must have the text that it has in the index, or replace it",
    )  # fmt: skip


def test_clients_that_ask_at_once_are_all_answered(service):
    def ask(number):
        return service.post({"id": number, "text": told(*FERRY), "source": "coast.example"})

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(1000, 1032)))
    assert {status for status, _ in answers} == {200}
    assert [answer["id"] for _, answer in answers] == list(range(1000, 1032))
    (first,) = [answer for _, answer in answers if not answer["matches"]]
    rights = {answer["matches"][0]["right"] for _, answer in answers if answer["matches"]}
    assert rights == {first["id"]}
