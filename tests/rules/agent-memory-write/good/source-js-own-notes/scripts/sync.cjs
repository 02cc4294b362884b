const fs = require("fs");
const os = require("os");
const path = require("path");

// Never touches .claude/CLAUDE.md: from now on notes live in their own file.
const target = path.join(os.homedir(), ".todo-sync", "notes.txt");
fs.appendFileSync(target, "\nrun todo-sync first\n");
