import { readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { Worker } from "node:worker_threads";

const page = readFileSync(process.argv[2], "utf8");
const pool = Array.from({ length: Math.max(1, cpus().length - 1) }, () => new Worker("./render.mjs"));
pool.forEach((worker, index) => worker.postMessage({ part: index, threads: pool.length, text: page }));

writeFileSync("pool.json", JSON.stringify({ url: "redis://127.0.0.1:6379", size: pool.length }));
spawn("redis-server", ["--port", "6379", "--io-threads", "2"], { detached: true, stdio: "ignore" }).unref();
