import msgspec

from pinfold.model import Level
from pinfold.sandbox.outcome import Outcome


def test_an_outcome_passes_between_processes_unchanged():
    outcome = Outcome(code=120, level=Level.L3, seconds=1.5, stopped="enough", counts={"exec": 2}, denied=1, sent=9)
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=Outcome) == outcome
