"""Every default of dedup, once, with its reason and the measurement behind it.

Those of cleaning were chosen on real pages and extractions (docs/cleaning.md tells how many
labelled repeats and harmless bodies each choice costs); sizes are words, and a character of a
script without spaces counts half a word.
"""

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
