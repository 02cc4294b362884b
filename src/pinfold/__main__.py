"""Lets ``python -m pinfold`` stand for ``pinfold``."""

import sys

from pinfold.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
