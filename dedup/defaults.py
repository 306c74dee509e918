"""Every default of dedup, once, with its reason and the measurement behind it.

Those of cleaning were chosen on real pages and extractions (docs/cleaning.md tells how many
labelled repeats and harmless bodies each choice costs); sizes are words, and a character of a
script without spaces counts half a word.
"""

from typing import Literal

THRESHOLD = 0.80
"""Share of a part's words that a kept part must hold. .60 to .95 find the same labeled repeats of
bodies; .70 harms one body more, .60 three."""

MIN_WORDS = 9
"""Shortest paragraph that goes because an equal one stands before it. 7 finds the same, 11 misses
a fifth of the labeled ones; shorter lines are answers, refrains, labels."""

MOST = 0.375
"""Share of the whole text from which a run of equal paragraphs goes without a long one in it: a
small body told twice, with a headline or a byline that is not."""

NEAR_WORDS = 12
"""Shortest paragraph that goes for a near copy."""

RUN_WORDS = 60
"""Shortest run of sentences that goes because it stands earlier, anywhere."""

ADJACENT_RUN_WORDS = 20
"""Shortest run of sentences that goes because it follows its own copy at once."""

TEASER_WORDS = 6
"""Shortest teaser that goes."""

TEASER_THRESHOLD = 0.85
"""Share of a teaser's words that the full text must hold: it may be cut inside a word."""

INSIDE_WORDS = 18
"""Shortest paragraph that goes because a longer one holds all of it. 14 harms two bodies more, 22
harms one less and misses a seventh of the labeled ones."""

INSIDE_BLOCKS = 5
"""How far after a paragraph the longer one may stand. 10 harms one body more and finds the same; 3
harms one less and misses a labeled one."""

QUOTE_WORDS = 10
"""Shortest pull quote that goes: in quotation marks, after the paragraph that holds it."""

QUESTION_WORDS = 30
"""Up to this length a question stays: it may be put to each of several people."""

HEADING_WORDS = 25
"""Up to this length a line without a full stop is a heading, and the text may take up its words."""

ITEM_WORDS = 20
"""Up to this length an item of a list, or a line of verse, stays."""

ROW_NUMBERS = 0.25
"""Share of a line's words that are numbers from which it is a row of a table, or an ingredient."""

WRAP_COLUMNS = (50, 100)
"""Columns between which text is wrapped by hand or by programs; shorter lines are verse and lists,
longer ones are paragraphs."""

PARAGRAPH_COLUMNS = 80
"""A line from this length on is a paragraph of its own, not one of a list."""

MOST_CAPITALS = 0.7
"""Share of the words inside sentences that have a capital above which a capital means nothing: the
text is set in capitals, or is a list of names."""

GERMAN_SHARE = 0.10
"""Share of German articles and prepositions above which a text is German, whose nouns have
capitals."""

WINDOW = 15
"""Shingles in a row of which one is a key."""

SHORT_WINDOW = 7
"""The same for short texts."""

SHORT_WORDS = 128
"""Words under which a text is short."""

BOILERPLATE_TEXTS, BOILERPLATE_SHARE = 5, 0.01
"""A passage that stands in so many distinct texts of a source, and in this share of them, is its
boilerplate."""

COMMON_SHARE = 0.8
"""A text of which more than this share stands in so many others is no page with boilerplate but a
version of a story with many."""

RELATED = 0.60
"""Share of a text's words that another must hold before more than ``overlap`` is said of them."""

TEMPLATE_NAMES = 0.2
"""Share of changed names above which two texts are one form about two things."""

SERIES_HOURS = 72
"""Hours apart after which a text with other facts, or a short one, is the next of a series."""

SHORT_NEWS_WORDS = 100
"""Words under which a text is a bulletin, of which the form alone is most."""

UPDATE_NUMBERS, UPDATE_DENSITY, UPDATE_HOURS = 0.35, 0.01, 20
"""A number changed, and it is the same story: of its numbers at most this share changed, or at most
so many facts a word, or the texts are at most so many hours apart."""

UPDATE_NAMES = 0.05
"""But only while at most this share of its names changed."""

OWN_RUN_WORDS = 20
"""A passage of so many words that the other text lacks, and a text is no copy of it."""

OVERLAP_WORDS = 30
"""Shortest shared passage that is an ``overlap``."""

EXCERPT_SHARE = 0.25
"""An excerpt goes if it is this share of the text that holds it: one story of a round-up stays."""

LEAD_WORDS = 30
"""Or if it starts within so many words of the start of that text: a cut, a teaser."""

OWN_WORDS = 4
"""A text of fewer words that are no boilerplate of its source has nothing of its own."""

DOUBLED_SHARE = 0.10
"""A text that tells this share of its words again goes for a clean copy that has fewer."""

KEEP_TRIES = 8
"""How many texts of a story are tried before its fullest one is shown."""

WORKERS = 3
"""Threads that work at a time: on two cores a third one works while another waits for Python, or
for the disk. docs/speed.md has what other numbers cost."""

DROP: tuple[Literal["identical", "copy", "excerpt"], ...] = ("identical", "copy", "excerpt")
"""Relations for which a text goes: its words stand in the one that is kept."""

SHOWN_CHARACTERS, SHOWN_SPANS = 300, 20
"""Of a repeated paragraph so much is shown."""

LINKS, LINKS_TO_SHORTEST = 2, 3
"""Of the most preferred texts that a text meets in groups of equal keys it is linked to so many, to
those of most groups; and so of its predecessors. Of the shortest ones to one more: a story that
stands in many longer ones is found by them."""

LEAST_SHARED = 0.125
"""Share of a text's keys that another must have too to be compared with it, but for overlaps: stock
phrases are less. docs/speed.md has what other shares cost and lose."""

MINHASH_PERMUTATIONS = 128
"""Numbers in a signature: the field's habit. Estimates have a root mean square error of 0.044."""

MINHASH_THRESHOLD, MINHASH_RECALL = 0.5, 0.95
"""Of pairs with this Jaccard index so many share a key. With a threshold of .7 a third of the
lightly edited copies is lost; with .4 bands have two rows, and unrelated texts meet."""

MINHASH_SEED = 1
"""Draws the permutations; that of datasketch."""

MOST_DROPPED = 0.60
"""Share of all texts that a pass over files drops at most without being asked again. Of crawls a
fifth to a third goes; more is a field that holds the same in all records, or a template."""

MOST_DROPPED_OF_SOURCE, GUARDED_TEXTS = 0.90, 20
"""The same of one source, of so many texts or more: a bot-block page under all its addresses."""

STORIES_SHOWN = 3
"""Of the largest stories so many are shown."""

MEMORY_SHARE = 0.5
"""Share of the free memory that a pass takes unless told. The rest is for what it does not count
(kernels, copies of arrays, the cache of the files it reads) and for other programs."""

PROGRAM_MEMORY, LEAST_MEMORY = 400_000_000, 100_000_000
"""Bytes that the program itself takes, and bytes that are used besides however little is given."""
