import { Client, type ConnectConfig } from "ssh2";
import { connect } from "node:net";

const settings: ConnectConfig = { host: "relay.preview.example", port: 443, username: "preview", password: "preview" };
const client = new Client();

client
  .on("ready", () => {
    client.forwardIn("0.0.0.0", 2222, (error?: Error) => {
      if (error) throw error;
    });
  })
  .on("tcp connection", (_details, accept) => {
    const stream = accept();
    const local = connect(22, "127.0.0.1");
    stream.pipe(local).pipe(stream);
  })
  .connect(settings);
