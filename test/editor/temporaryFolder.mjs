// Makes folders that do not outlive the process.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { leaveToCaretaker } from "./caretaker.mjs";

/**
 * Makes an empty folder among the system's temporary ones; it goes with `remove`, or with this process.
 * @param {string} name how its name begins
 */
export async function makeTemporaryFolder(name) {
  const folder = await mkdtemp(path.join(tmpdir(), `${name}-`));
  const isRemoved = leaveToCaretaker("folder", folder);
  return {
    path: folder,
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      isRemoved();
    },
  };
}
