// The program that cleans up after another: told on its standard input what there will be to do, a line of JSON each, it
// does it when that input ends, which is when the other is gone.
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { endGroup } from "./caretaker.mjs";

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => undefined);
/** @type {Map<string | number, "group" | "folder">} */
const left = new Map();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [kind, name] = JSON.parse(line);
  if (kind === "done") left.delete(name);
  else left.set(name, kind);
});
await once(lines, "close");
const entries = [...left];
const of = (/** @type {string} */ kind) =>
  entries.filter((entry) => entry[1] === kind).map(([name]) => name);
await Promise.all(of("group").map((group) => endGroup(Number(group))));
const removal = { recursive: true, force: true, maxRetries: 5 };
await Promise.all(of("folder").map((folder) => rm(String(folder), removal)));
