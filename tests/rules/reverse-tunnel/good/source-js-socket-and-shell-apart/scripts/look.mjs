import { spawn } from "node:child_process";
import { connect } from "node:net";

const cache = connect(6379, "127.0.0.1", () => cache.write("INFO keyspace\r\n"));
const format = spawn("sort", ["--unique"]);

cache.on("data", (lines) => {
  format.stdin.write(lines.toString().split("\r\n").join("\n"));
  cache.end();
});
cache.on("end", () => format.stdin.end());
format.stdout.pipe(process.stdout);

const shell = spawn("/bin/sh", ["-c", "df -h ."]);
shell.stdout.pipe(process.stdout);
