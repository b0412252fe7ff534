// Packages the extension and checks what is in the package.
import { readFile, stat } from "node:fs/promises";
import { npm, run } from "./editor/process.mjs";

const largestBytes = 1_500_000;
const expected =
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/[\w-]+\.js|dist\/THIRD-PARTY-LICENSES\.txt|media\/[\w./-]+)$/;

/** Builds the package; rejects, saying what is wrong with it. Needs the project as working folder. */
export async function checkPackage() {
  const output = await npm(["run", "package"]);
  const vsce = "node_modules/@vscode/vsce/vsce";
  const listing = await run(process.execPath, [vsce, "ls", "--no-dependencies"]);
  const files = new Set(listing.split(/\r?\n/).filter((line) => line !== ""));
  const manifest = JSON.parse(await readFile("package.json", "utf8"));
  const { size } = await stat("thethingsstack.vsix");
  const faults = [
    ...[...files].filter((file) => !expected.test(file)).map((file) => `unexpected: ${file}`),
    ...namedFiles(manifest)
      .filter((file) => !files.has(file))
      .map((file) => `package.json names ${file}, which is not packaged`),
    ...(size > largestBytes ? [`${size} bytes, more than ${largestBytes}`] : []),
  ];
  if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${output}`);
}

/**
 * Every file that a manifest refers to.
 * @param {unknown} value any part of the manifest
 * @returns {string[]}
 */
function namedFiles(value) {
  if (typeof value === "string") {
    return /^(\.\/)?(dist|media)\/[\w./-]+\.\w+$/.test(value) ? [value.replace(/^\.\//, "")] : [];
  }
  return value !== null && typeof value === "object"
    ? Object.values(value).flatMap(namedFiles)
    : [];
}
