"""列出已安装的技能；整理本仓库的行尾空格。"""

from pathlib import Path


def installed():
    for host in (".claude", ".codex", ".openclaw"):
        yield from sorted((Path.home() / host / "skills").glob("*/SKILL.md"))


for page in installed():
    print(page.parent.name, len(page.read_text("utf-8")))
for page in Path("skills").glob("*/SKILL.md"):
    text = page.read_text("utf-8")
    page.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", "utf-8")
