// Makes folders that do not outlive the process.
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const removal = { recursive: true, force: true, maxRetries: 5 };

/**
 * Makes an empty folder among the system's temporary ones; it goes with `remove`, or with this process.
 * @param {string} name how its name begins
 */
export async function makeTemporaryFolder(name) {
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  const removeNow = () => rmSync(folder, removal);
  process.once("exit", removeNow);
  return {
    path: folder,
    async remove() {
      process.off("exit", removeNow);
      await rm(folder, removal);
    },
  };
}
