import pathlib
import re
import sys

RULES = {
    "私钥": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "云密钥": re.compile(r"(?i)(secret|token|passwd|password)\s*[=:]\s*['\"]?([^\s'\"]{12,})"),
}
SKIP = {".git", "node_modules", "dist"}


def mask(value: str) -> str:
    return value[:4] + "*" * max(0, len(value) - 6) + value[-2:]


def main(root: str) -> int:
    hits = 0
    for path in pathlib.Path(root).rglob("*"):
        if not path.is_file() or SKIP & set(path.parts) or path.stat().st_size > 1_000_000:
            continue
        for number, line in enumerate(path.read_text("utf-8", "ignore").splitlines(), 1):
            for name, rule in RULES.items():
                if match := rule.search(line):
                    hits += 1
                    print(f"{path}:{number}: {name} {mask(match.group(match.lastindex or 0))}")
    return int(hits > 0)


sys.exit(main(sys.argv[1]))
