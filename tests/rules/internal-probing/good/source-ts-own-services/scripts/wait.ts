import { Socket } from "node:net";

const SERVICES: readonly [string, number][] = [
  ["127.0.0.1", 5432],
  ["localhost", 6379],
];

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    socket.setTimeout(250);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.connect(port, host);
  });
}

for (let attempt = 1; attempt < 30; attempt += 1) {
  const ready = await Promise.all(SERVICES.map(([host, port]) => answers(host, port)));
  if (ready.every(Boolean)) break;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
