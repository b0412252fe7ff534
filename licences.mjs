// The licence texts of everything of others that ships: npm packages in the bundles, wherever npm put them, and the rest.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

const licenceFile = /^(?:licen[cs]e|copying|notice|unlicense)\b.*$/i;

/**
 * The folders of the npm packages in bundles; a package may lie inside another's.
 * @param {readonly { readonly inputs: object }[]} metafiles of esbuild
 * @returns {string[]}
 */
export function packagesIn(metafiles) {
  const folders = metafiles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/**
 * All texts that have to ship beside the bundles: those of the packages, and of what is in the bundles without being a
 * package, kept in `licences/`. Rejects when a package has none.
 * @param {readonly { readonly inputs: object }[]} metafiles of esbuild
 * @returns {Promise<string>}
 */
export async function licenceTexts(metafiles) {
  const others = (await readdir("licences")).sort().map((file) => path.join("licences", file));
  const parts = await Promise.all([
    ...packagesIn(metafiles).map(packageLicence),
    ...others.map((file) => readFile(file, "utf8")),
  ]);
  return parts.join(`\n${"-".repeat(72)}\n\n`);
}

/** @param {string} folder of a package */
async function packageLicence(folder) {
  const manifest = await readFile(path.join(folder, "package.json"), "utf8");
  const { name, version, license } = JSON.parse(manifest);
  const files = (await readdir(folder)).filter((file) => licenceFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
  const text = texts
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .join("\n\n");
  if (text === "") throw new Error(`${folder} is in a bundle, and has no licence text to ship`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}
