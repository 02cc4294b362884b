"""The bypass matrix: what a confined program could try, each attempt judged by its effect as it is seen from outside.

``suite`` is the table; ``outside`` sets up what an attempt is aimed at and looks for the effect; ``inside`` is the
program that makes the attempt within a sandbox; ``run`` brings the three together.
"""
