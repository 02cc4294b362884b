"""The attempts themselves: a program of its own that runs within any sandbox.

It needs a Python of 3.10 or later with ``ctypes``, and nothing else, not even ``/dev/null``. It never imports the rest
of Pinfold, and its modules know each other by relative names alone, because they travel as an archive (``pack``) into
the folder of the run.
"""
