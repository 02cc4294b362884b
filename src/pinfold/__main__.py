"""Lets ``python -m pinfold`` stand for ``pinfold``."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the working folder: what lies there may be what is to be scanned, and is never imported
    from pinfold.cli.main import main

    sys.exit(main())
