// The files of the folder that `npm start` opens.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

const files = {
  "soil-sensor.js": `// A payload formatter as The Things Stack runs it: 036700E1 becomes { "temperature": 22.5 }.
function decodeUplink(input) {
  const [, type, high, low] = input.bytes;
  if (type !== 0x67) return { errors: ["not a temperature"] };
  return { data: { temperature: ((high << 24) >> 16 | low) / 10 } };
}
`,
};

/**
 * Makes the folder and writes the files.
 * @param {string} folder
 */
export async function writeSampleWorkspace(folder) {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}
