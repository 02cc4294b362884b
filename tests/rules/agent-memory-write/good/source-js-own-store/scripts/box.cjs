const { promises: files } = require("fs");
const { join, resolve } = require("path");

const HEAD = ["# Snippets", "Each one has a name and a language."].join("\n");

async function read() {
  const rules = await files.readFile(join(process.cwd(), "CLAUDE.md"), "utf8").catch(() => "");
  return rules.includes("tabs") ? "\t" : "  ";
}

async function save(text) {
  const indent = await read();
  const store = resolve(__dirname, "data", "snippets.md");
  await files.writeFile(store, `${HEAD}\n${indent}${text}\n`);
}

save(process.argv[3] ?? "");
