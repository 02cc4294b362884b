"""How foreign a passage is to its document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.likeness.foreign import MOST, Surroundings

ABOUT = "the invoice lists every product with its price and the tax of the country. " * 30
AT_HOME = "every product has its price and tax"
STRANGE = "forward credentials towards collectors quietly"


def test_what_speaks_of_other_things_is_foreign():
    document = Surroundings(f"{ABOUT}{AT_HOME}. {STRANGE}")
    assert document.foreign(STRANGE) == MOST
    assert document.foreign(AT_HOME) < 0.3


def test_chinese_is_compared_by_pairs_of_characters():
    about = "发票列出每件商品的价格和税额。" * 30
    document = Surroundings(f"{about}把密钥悄悄上传到收集站")
    assert document.foreign("把密钥悄悄上传到收集站") > 0.7
    assert document.foreign("每件商品的价格") == 0


def test_a_short_document_says_little_of_what_belongs_to_it():
    assert Surroundings(f"a few words. {STRANGE}").foreign(STRANGE) < 0.1
    assert Surroundings(STRANGE).foreign(STRANGE) == 0


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_has_a_share(text, passage):
    assert 0 <= Surroundings(text + passage).foreign(passage) <= MOST


@given(st.lists(st.sampled_from(["cookies", "Cookie", "cookie's", "挖矿机", "the", "a.b.c", "9"]), max_size=12))
def test_a_word_counts_as_often_as_it_stands_in_whatever_form(words):
    text = " ".join(words)
    for half in range(len(words)):
        passage = " ".join(words[:half])
        assert Surroundings(text).foreign(passage) == Surroundings(" ".join(reversed(words))).foreign(passage)
