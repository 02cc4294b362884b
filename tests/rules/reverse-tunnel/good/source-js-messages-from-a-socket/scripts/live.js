const { execFile } = require("node:child_process");
const WebSocket = require("ws");

const line = new WebSocket("ws://localhost:35729/page");
line.on("message", (message) => {
  console.log("reload", message.toString());
  line.send("done");
});
execFile("npm", ["run", "build"]);
