from pinfold.model import Level
from pinfold.sandbox.defaults import DEFAULTS, default_profile, learning_profile


def test_the_default_profile_contacts_nobody_and_is_firm():
    profile = default_profile()
    assert (profile.hosts, profile.environment, profile.devices) == ((), (), ())
    assert profile.level is Level.L2
    assert profile.limits.processes == DEFAULTS.processes


def test_secrets_are_neither_read_nor_written_and_what_agents_obey_is_not_written():
    for profile in (default_profile(), learning_profile("x")):
        assert {"~/.ssh", ".env"} <= set(profile.read.deny) & set(profile.write.deny)
        assert {"CLAUDE.md", ".claude", ".mcp.json", "~/.bashrc"} <= set(profile.write.deny)
        assert "CLAUDE.md" not in profile.read.deny


def test_what_is_learned_begins_with_nothing():
    profile = learning_profile("x")
    assert (profile.read.allow, profile.write.allow, profile.execute.allow) == ((), (), ())


def test_no_list_names_a_thing_twice_or_denies_what_it_grants():
    for name in ("system", "programs", "devices", "gpu", "secrets", "agents", "persistence", "repository"):
        entries = getattr(DEFAULTS, name)
        assert len(entries) == len(set(entries)), name
        assert all(entry and not entry.endswith("/") for entry in entries), name
    assert not set(DEFAULTS.system) & {*DEFAULTS.secrets, *DEFAULTS.obeyed}
