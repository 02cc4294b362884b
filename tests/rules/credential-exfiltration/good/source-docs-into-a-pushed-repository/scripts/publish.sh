#!/bin/bash
d=$(mktemp -d)
cp -r site/* "$d"; cd "$d"; git init -q
git add -A && git commit -qm pages
git push -q "https://git.example/$PROJECT/pages.git" HEAD:main
