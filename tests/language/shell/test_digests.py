"""A download is pinned by a digest that stands in the script, and by nothing less."""

from __future__ import annotations

from itertools import count

import pytest

from pinfold.language.context import Context
from pinfold.language.shell import script as shell
from pinfold.model import ActKind, Place

DIGEST = "6b1f0c2de0a94f0f5d1e3c7a88b24d96e1fbc0a3d75e42918cf06d53ab97e410"
FETCH = f"""\
set -e
DIGEST={DIGEST}
file=$(mktemp)
curl -fsSL https://get.example/tool -o tool
curl -fsSL https://get.example/tool -o "$file"
"""


def origins(script):
    """Return where each program that is started came from."""
    context = Context(place=lambda _start, _end: Place("x"), order=count())
    acts = shell.acts(FETCH + script, context)
    return [act.fields["ImageOrigin"] for act in acts if act.kind is ActKind.EXEC and "ImageOrigin" in act.fields]


@pytest.mark.parametrize(
    "check",
    [
        'echo "$DIGEST  tool" | sha256sum -c -',
        'echo "${DIGEST} *tool" | sha256sum --check --quiet',
        f'printf "{DIGEST}  tool\\n" | shasum -a 256 -c',
        f"sha256sum -c <<< '{DIGEST}  tool'",
        f"cat > sums <<EOF\n{DIGEST}  tool\nEOF\nsha256sum -c sums",
        """[ "$(sha256sum tool | cut -d' ' -f1)" = "$DIGEST" ] || exit 1""",
        """if [[ $(shasum -a 256 tool | awk '{print $1}') != $DIGEST ]]; then exit 1; fi""",
        """test "$(sha256sum tool | cut -c1-64)" = "$DIGEST" || exit 1""",
    ],
)
def test_a_known_digest_pins(check):
    assert origins(f"{check}\nbash ./tool\n") == []


def test_a_file_named_by_a_variable_is_pinned_too():
    assert origins('echo "${DIGEST}  ${file}" | sha256sum -c -\nbash "$file"\n') == []


def test_what_is_copied_of_it_is_pinned_too():
    assert origins(f"echo '{DIGEST}  tool' | sha256sum -c\ninstall tool ~/.local/bin/tool\n~/.local/bin/tool\n") == []


@pytest.mark.parametrize(
    "check",
    [
        "",
        "sha256sum tool",
        "curl -O https://get.example/tool.sha256\nsha256sum -c tool.sha256",
        "curl https://get.example/tool.sha256 | sha256sum -c -",
        'echo "$DIGEST  other" | sha256sum -c -',
        "echo 'd41d8cd98f00b204e9800998ecf8427e  tool' | md5sum -c -",
        """[ "$(sha256sum tool | cut -d' ' -f1)" = "$(curl https://get.example/tool.sha256)" ] || exit 1""",
    ],
)
def test_less_does_not_pin(check):
    assert origins(f"{check}\nbash ./tool\n") == ["https://get.example/tool"]


def test_a_later_download_is_not_pinned():
    again = f"echo '{DIGEST}  tool' | sha256sum -c\ncurl -o tool https://get.example/new\nbash tool\n"
    assert origins(again) == ["https://get.example/new"]
