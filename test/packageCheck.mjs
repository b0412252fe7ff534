// Packages the extension and checks what is in the package.
import { readFile, stat } from "node:fs/promises";
import { npm, run } from "./editor/process.mjs";

const largestBytes = 1_000_000;
const expected = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^dist\/(extension|mqtt|demo|formatters|formatter(Reader|ReaderWorker|Worker)|webview)\.js$|^dist\/quickjs\.wasm$|^dist\/THIRD-PARTY-LICENSES\.txt$/,
  /^media\/(icon\.(svg|png)|downlink\.css|events\.(language|tmLanguage)\.json)$/,
  /^media\/(schemas\/(downlink|formatterTests)\.schema\.json|formatterDebug\.cjs)$/,
  /^media\/walkthrough\/\w+\.md$|^media\/pictures\/[\w-]+\.png$/,
];
/** Whole secrets, which no file of a package holds. */
const secrets =
  /NNSXS\.[A-Z2-7]{20,}\.[A-Z2-7]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(ghp|npm|vsce)_\w{30,}/;

/** Builds the package; rejects, saying what is wrong with it. Needs the project as working folder. */
export async function checkPackage() {
  const output = await npm(["run", "package"]);
  const vsce = "node_modules/@vscode/vsce/vsce";
  const listing = await run(process.execPath, [vsce, "ls", "--no-dependencies"]);
  const files = new Set(listing.split(/\r?\n/).filter((line) => line !== ""));
  const manifest = JSON.parse(await readFile("package.json", "utf8"));
  const { size } = await stat("thethingsstack.vsix");
  const faults = [
    ...(await faultsOf([...files])),
    ...namedFiles(manifest)
      .filter((file) => !files.has(file))
      .map((file) => `package.json names ${file}, which is not packaged`),
    ...["dist/THIRD-PARTY-LICENSES.txt", "LICENSE"]
      .filter((file) => !files.has(file))
      .map((file) => `${file} is not packaged`),
    ...(size > largestBytes ? [`${size} bytes, more than ${largestBytes}`] : []),
  ];
  if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${output}`);
}

/**
 * What is wrong with a list of packaged files: what nobody expects there, and what holds a secret (reliability X10).
 * @param {readonly string[]} files
 * @returns {Promise<string[]>}
 */
export async function faultsOf(files) {
  const faults = files
    .filter((file) => !expected.some((form) => form.test(file)))
    .map((file) => `unexpected: ${file}`);
  for (const file of files) {
    const text = await readFile(file, "latin1").catch(() => "");
    if (secrets.test(text)) faults.push(`holds a secret: ${file}`);
  }
  return faults;
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
