from __future__ import annotations

import base64

from pinfold.language.document import Document
from pinfold.language.layers.layer import layers
from pinfold.rulebook.check import Subject
from pinfold.rulebook.rules.concealment.obfuscated_code import check

PROGRAM = base64.b64encode(b"import os\nprint(os.getcwd())\n").decode()


def parts(text, path="run.rb"):
    document = Document(path, text)
    return {ground.part for ground in check(Subject(document, [], layers(text)))}


def test_a_program_in_data_counts_most_where_something_executes_it():
    assert parts(f"eval(decode('{PROGRAM}'))\n") == {"hidden-program"}
    assert parts(f"write(decode('{PROGRAM}'))\n") == {"encoded-program"}
    assert parts(f"Decode `{PROGRAM}` to see an example.\n", "SKILL.md") == set()


def test_data_that_is_no_program_does_not_count():
    assert parts(f"eval(decode('{base64.b64encode(b'the words of a long and dull poem').decode()}'))\n") == set()
