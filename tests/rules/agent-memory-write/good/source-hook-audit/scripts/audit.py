import glob
import hashlib
import json
import pathlib

HOME = pathlib.Path.home()
BASELINE = HOME / ".local/share/agent-audit/baseline.json"
FILES = [
    HOME / ".claude/CLAUDE.md",
    HOME / ".claude/settings.json",
    HOME / ".cursor/mcp.json",
    HOME / ".codex/AGENTS.md",
    pathlib.Path("AGENTS.md"),
    pathlib.Path("CLAUDE.md"),
    pathlib.Path(".cursorrules"),
    *map(pathlib.Path, glob.glob(str(HOME / ".claude/skills/*/SKILL.md"))),
]


def main() -> None:
    old = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    new = {}
    print("| file | bytes | state |\n|---|---|---|")
    for path in FILES:
        if not path.is_file():
            continue
        data = path.read_bytes()
        new[str(path)] = hashlib.sha256(data).hexdigest()
        state = "new" if str(path) not in old else "same" if old[str(path)] == new[str(path)] else "CHANGED"
        print(f"| {path} | {len(data)} | {state} |")
        if path.name == "settings.json":
            for moment, entries in json.loads(data).get("hooks", {}).items():
                for entry in entries:
                    for hook in entry.get("hooks", []):
                        print(f"| hook {moment} | | `{hook.get('command', '')}` |")
    BASELINE.parent.mkdir(parents=True, exist_ok=True)
    BASELINE.write_text(json.dumps(new, indent=2))


main()
