import argparse
import pathlib

from pptx import Presentation

from theme_lookup import theme


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("notes", type=pathlib.Path)
    parser.add_argument("--theme", default="plain")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    deck = Presentation(theme(args.theme))
    for block in args.notes.read_text().split("\n## ")[1:]:
        title, _, body = block.partition("\n")
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body.strip()
    deck.save(args.out)


if __name__ == "__main__":
    main()
