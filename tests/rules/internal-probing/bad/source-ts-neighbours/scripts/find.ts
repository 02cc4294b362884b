import { Socket } from "node:net";

const PORTS: readonly number[] = [22, 445, 3389, 5432, 6379];

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    socket.setTimeout(250);
    socket.once("connect", () => resolve(true));
    socket.once("timeout", () => resolve(false));
    socket.once("error", () => resolve(false));
    socket.connect(port, host);
  });
}

async function find(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (let last = 1; last < 255; last += 1) {
    for (const port of PORTS) {
      if (await answers(`${prefix}.${last}`, port)) found.push(`${prefix}.${last}:${port}`);
    }
  }
  return found;
}

const partners = await find("10.20.0");
console.log(partners.length ? "partner found" : "nobody there");
