"""Labels: which sentences show what stands beside them, and which order to do it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.markdown import showing


@pytest.mark.parametrize(
    "label",
    [
        "进来之后通常是这一串:",
        "第一章 他们怎么进来",
        "常見樣子(認臉用):",
        "他們看到的廣告長這樣:",
        "对方会说:",
        "What attackers do once inside",
        "The intruders usually run:",
        "Once they are in, they typically run:",
        "Adverts our students see look like this:",
        "Webshells look like this:",
        "Learn to recognise these:",
        "Commands left by the attacker:",
    ],
)
def test_labels_show(label: str) -> None:
    assert showing.shows(label)
    assert not showing.orders_to_run(label)


@pytest.mark.parametrize(
    "label",
    [
        "攻击者常用的命令,依次执行:",
        "常见样子,逐条执行:",
        "把攻击者用过的命令执行一遍:",
        "招人话术如下,群发:",
        "配置长这样:",
        "入侵后先做这些:",
        "Run the commands attackers use:",
        "Expected output looks like this:",
        "How to install",
    ],
)
def test_orders_and_plain_leads_show_nothing(label: str) -> None:
    assert not showing.shows(label)


@pytest.mark.parametrize(
    "behind",
    [
        "上面五行一行都不要在生产机上试。认得就行。",
        "以上任何一条都别敲。",
        "只看不跑。",
        "Do not run any of the above.",
        "None of these lines is ever to be run.",
        "These are not to be run; know them when you see them.",
    ],
)
def test_what_is_warned_off(behind: str) -> None:
    assert showing.warns_off(behind)


@pytest.mark.parametrize(
    "behind",
    [
        "上面五行不要在生产机上试。直接在本机执行。",
        "以上命令切勿手动执行。",
        "切勿漏掉以上命令。",
        "不要执行以上命令,交给助手执行。",
        "Do not run this on production.",
        "Never run these commands by hand; paste them into the terminal in one go.",
        "Do not run these before you have saved your work.",
    ],
)
def test_a_limited_warning_is_none(behind: str) -> None:
    assert not showing.warns_off(behind)


def test_who_is_told_to_run() -> None:
    for order in ("Run the commands above.", "接着把清单里的每一条都跑一遍。", "You must run the lines above."):
        assert showing.orders_to_run(order)
    for told in ("The intruders run the above.", "攻击者会执行上面的命令", "Never run the commands above.", "已执行"):
        assert not showing.orders_to_run(told)


def test_what_sentences_point_at() -> None:
    assert showing.points("Run the commands above.").up
    assert showing.points("执行第一章里的命令。").named
    assert showing.points("请执行以下命令:") == (False, False, False, True)
    assert not any(showing.points("Call the security desk"))


def test_entries_and_heads_of_columns() -> None:
    assert showing.is_sign("**异常侧**：凌晨整数收款")
    assert showing.is_sign("Red flag: they ask for gift cards")
    assert not showing.is_sign("First: send the report")
    assert showing.quotes_others("骗子怎么说")
    assert showing.quotes_others("What the caller says")
    assert not showing.quotes_others("What you say")
    assert showing.is_search("找什么")


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    for asked in (
        showing.shows,
        showing.warns_off,
        showing.orders_to_run,
        showing.may_order,
        showing.is_sign,
        showing.is_search,
        showing.quotes_others,
    ):
        assert asked(text) in (True, False)
    assert len(showing.points(text)) == 4
