from tests.sandbox.conftest import RunConfined


def test_a_flood_of_denials_is_counted_rather_than_told_one_by_one(confined: RunConfined):
    flood = "import ctypes\nlibc = ctypes.CDLL(None)\nfor _ in range(2000): libc.unshare(0x10000000)"
    run = confined("/usr/bin/python3", "-c", flood)
    denials = run.of("denied")
    assert sum(event.Count for event in denials) == 2_000
    assert len(denials) < 700
