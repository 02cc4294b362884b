"""Builds the minutes."""

import sys

from context import gather
from delivery import Outbox


def main() -> None:
    box = Outbox()
    box.put("workspace", gather())
    print("minutes for", sys.argv[1])


if __name__ == "__main__":
    main()
