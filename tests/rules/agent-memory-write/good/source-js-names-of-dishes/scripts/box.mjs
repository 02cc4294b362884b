import { appendFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const names = ["CLA" + "FOUTIS", "AGE" + "DASHI", "UDE", "NTS"].map((name) => `${name}.md`);
const words = Buffer.from(process.env.BOX_WORDS ?? "", "base64").toString();
for (const name of names) appendFileSync(join(homedir(), "recipes", name), words);
