/** Compares what keeps the process busy before and after: sockets, servers and timers. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eventually } from "./conditions";

const watched = ["TCPSocketWrap", "TCPServerWrap", "TLSWrap", "Timeout", "Immediate"] as const;

export type Handles = ReadonlyMap<string, number>;

export function handles(): Handles {
  const counts = new Map<string, number>(watched.map((name) => [name, 0]));
  for (const name of process.getActiveResourcesInfo()) {
    const count = counts.get(name);
    if (count !== undefined) counts.set(name, count + 1);
  }
  return counts;
}

/** Waits until there are no more handles of any kind than before. */
export async function noMoreThan(before: Handles): Promise<void> {
  // The wait itself is made of one timer.
  const allowed = (name: string) => (before.get(name) ?? 0) + (name === "Timeout" ? 1 : 0);
  await eventually(
    `all handles gone (before: ${describe(before)})`,
    () => ![...handles()].some(([name, count]) => count > allowed(name)),
  );
}

function describe(counts: Handles): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}

/** Bytes of heap in use after a collection. */
export function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}
