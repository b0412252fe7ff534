// Prints the sizes of the packaged extension against their limits; exits with 1 above one.
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";

const limits = [
  ["dist/extension.js", 330],
  ["dist/mqtt.js", undefined],
  ["dist/demo.js", undefined],
  ["dist/webview.js", undefined],
  ["thethingsstack.vsix", 1000],
];

execFileSync("npm", ["run", "--silent", "package"], { stdio: ["ignore", "ignore", "inherit"] });
let isOver = false;
for (const [file, limit] of limits) {
  const size = statSync(file).size / 1000;
  isOver ||= limit !== undefined && size > limit;
  console.log(
    `${file.padEnd(22)} ${size.toFixed(0).padStart(5)} kB${limit === undefined ? "" : `  (limit ${limit} kB)`}`,
  );
}
process.exitCode = isOver ? 1 : 0;
