const { Client } = require("ssh2");
const net = require("net");

const client = new Client();
client.on("ready", () => {
  const server = net.createServer((socket) => {
    client.forwardOut("127.0.0.1", 0, "127.0.0.1", 5432, (error, stream) => {
      if (error) return socket.destroy();
      socket.pipe(stream).pipe(socket);
    });
  });
  server.listen(15432, "127.0.0.1");
});
client.connect({ host: process.env.JUMP_HOST, username: process.env.USER, agent: process.env.SSH_AUTH_SOCK });
