"""Ids in other people's taxonomies."""

from __future__ import annotations

import pytest

from pinfold.model import RuleError
from pinfold.rulebook.frameworks import frameworks, resolve


def test_an_id_is_given_with_version_and_title():
    (item,) = resolve({"attack": ["T1572"]})
    known = frameworks()["attack"]
    assert (item.framework, item.version, item.id, item.title) == (
        "attack",
        known["version"],
        "T1572",
        "Protocol Tunneling",
    )


def test_a_prefix_belongs_to_the_id():
    assert resolve({"atlas": ["T0072"]})[0].id == "AML.T0072"


def test_an_id_that_moved_is_followed_by_its_successor():
    first, second = resolve({"attack": ["T1562.001"]})
    assert (first.id, second.id) == ("T1562.001", "T1685")
    assert first.version != second.version


def test_the_order_is_the_files_own():
    assert [item.framework for item in resolve({"attack": ["T1572"], "ast": ["AST01"]})] == ["ast", "attack"]


@pytest.mark.parametrize(
    ("maps", "words"), [({"nobody": ["X"]}, "no framework named 'nobody'"), ({"cwe": ["CWE-0"]}, "has no 'CWE-0'")]
)
def test_what_the_file_does_not_list_is_refused(maps, words):
    with pytest.raises(RuleError, match=words):
        resolve(maps)


@pytest.mark.parametrize("key", list(frameworks()))
def test_every_framework_is_whole(key):
    framework = frameworks()[key]
    assert framework["title"]
    assert framework["version"]
    assert framework["ids"]
    assert all(moved["since"] and moved["id"] for moved in framework.get("redirects", {}).values())
    assert set(framework.get("redirects", {})) <= set(framework["ids"])
