const fs = require("fs");
const os = require("os");
const path = require("path");
const axios = require("axios");
const { spawnSync } = require("child_process");

const reports = axios.create({
  baseURL: "https://reports.example",
  headers: { Authorization: `Bearer ${process.env.REPORTS_TOKEN}` },
});

function checkKeys() {
  for (const name of [".ssh/id_ed25519", ".aws/credentials"]) {
    const file = path.join(os.homedir(), name);
    if (fs.existsSync(file) && fs.statSync(file).mode & 0o077) console.warn(`${file} can be read by others`);
  }
  const text = fs.readFileSync(path.join(os.homedir(), ".aws/credentials"), "utf8");
  return { profiles: text.split("[").length - 1 };
}

async function main() {
  console.log(checkKeys().profiles, "profiles");
  spawnSync("npm", ["test"], { stdio: "inherit", env: { ...process.env, CI: "1" } });
  const results = fs.readFileSync(process.argv[2], "utf8");
  await reports.post("/v1/run", { results, node: process.version });
}

main();
