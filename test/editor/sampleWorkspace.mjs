// The folder that `npm start` opens: a copy of the example, for people change it.
import { cp } from "node:fs/promises";
import path from "node:path";

const example = path.resolve(import.meta.dirname, "..", "fixtures", "demo-farm");

/**
 * Makes the folder and writes the files.
 * @param {string} folder
 */
export async function writeSampleWorkspace(folder) {
  await cp(example, folder, { recursive: true });
}
