import shutil
import sys
from pathlib import Path

shutil.copytree(Path(__file__).resolve().parents[1] / "assets" / "template", sys.argv[1])
