import subprocess
import sys

import pytest

import pinfold.sandbox


def test_the_doors_for_programs_are_those_that_are_listed():
    assert all(callable(getattr(pinfold.sandbox, name)) for name in pinfold.sandbox.__all__)
    with pytest.raises(AttributeError):
        pinfold.sandbox.nothing  # noqa: B018


def test_the_supervisor_does_not_load_the_library():
    loaded = "'asyncio' in sys.modules, 'pinfold.sandbox.library' in sys.modules"
    code = f"import sys, pinfold.sandbox.supervisor; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
