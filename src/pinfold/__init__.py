"""Pinfold guards people and clusters against rogue AI-agent skills and stray agents.

It inspects what comes in, confines what runs, keeps the record, and says what happened. The rooms of the house, one
folder each, are described in ``design/house.md``; imports go downwards only.
"""

__version__ = "0.1.0"
