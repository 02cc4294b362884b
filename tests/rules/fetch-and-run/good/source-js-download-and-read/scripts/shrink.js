const fs = require("fs");
const https = require("https");
const os = require("os");
const path = require("path");
const { spawn } = require("child_process");

const target = path.join(os.tmpdir(), "palette.json");

function palette(done) {
  const file = fs.createWriteStream(target);
  https.get("https://palettes.example/default.json", (answer) => {
    answer.pipe(file);
    file.on("finish", () => {
      file.close();
      done(JSON.parse(fs.readFileSync(target, "utf8")));
    });
  });
}

const compile = (names) => new Function("colour", `return [${names.map((name) => JSON.stringify(name))}].includes(colour);`);

palette(({ colours }) => {
  const known = compile(["red", "green"]);
  const chosen = colours.filter(known);
  spawn("magick", [process.argv[2], "-remap", target, "-colors", String(chosen.length), "small.png"], { stdio: "inherit" });
});
