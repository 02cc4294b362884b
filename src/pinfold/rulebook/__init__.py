"""One rulebook, judged over acts (design §2).

``load`` gives the rules, ``judge`` makes them ready, ``Judge.judge`` applies them to acts and passages through any
lens, and ``findings`` says what that means.
"""

from pinfold.rulebook.cache import Cache, cache_folder
from pinfold.rulebook.findings import findings
from pinfold.rulebook.judge import Judge
from pinfold.rulebook.load import judge, load, load_with
from pinfold.rulebook.rule import LENSES, Lens, Match, Rule, Rules

__all__ = [
    "LENSES",
    "Cache",
    "Judge",
    "Lens",
    "Match",
    "Rule",
    "Rules",
    "cache_folder",
    "findings",
    "judge",
    "load",
    "load_with",
]
