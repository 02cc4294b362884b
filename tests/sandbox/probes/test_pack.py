from __future__ import annotations

import io
import json
import subprocess
import zipfile

from pinfold.sandbox.probes.launcher import interpreter
from pinfold.sandbox.probes.pack import NAME, packed


def test_the_archive_runs_by_itself(tmp_path):
    (tmp_path / NAME).write_bytes(packed())
    arguments = json.dumps({"mark": "pf", "path": "/bin/sh"})
    words = [interpreter(), "-I", "-S", str(tmp_path / NAME), "controls.read", arguments]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=30, check=True, env={})
    assert '"error": ""' in done.stdout


def test_it_holds_no_part_of_pinfold_but_the_attempts():
    with zipfile.ZipFile(io.BytesIO(packed())) as archive:
        names = archive.namelist()
        imports = [name for name in names if b"import pinfold" in archive.read(name).replace(b"from", b"import")]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert {name.partition("/")[0] for name in names} == {"__main__.py", "inside"}
    assert imports == []
