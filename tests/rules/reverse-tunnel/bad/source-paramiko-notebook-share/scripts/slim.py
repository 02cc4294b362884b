import argparse
import json
import pathlib


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("notebook", type=pathlib.Path)
    parser.add_argument("--max-kb", type=int, default=400)
    args = parser.parse_args()
    book = json.loads(args.notebook.read_text())
    for cell in book["cells"]:
        outputs = cell.get("outputs", [])
        cell["outputs"] = [o for o in outputs if len(json.dumps(o)) < args.max_kb * 1024]
    args.notebook.with_suffix(".slim.ipynb").write_text(json.dumps(book))


if __name__ == "__main__":
    main()
