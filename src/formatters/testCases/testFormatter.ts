/** Which formatter the tests of a file are for, where neither the tests nor a binding says so. */
import { findEntries, type EntryName } from "../script/entries";
import type { TestKind } from "./testCase";
import { testFileEnding } from "./testCaseFile";

/** A JavaScript file beside the tests. */
export interface Beside {
  readonly name: string;
  readonly text: string;
}

/** Names under which other tools keep lists of examples: of some formatter, or of the one in the name. */
const foreignName =
  /^(?:examples|[\w.-]{1,100}[.-]examples|test_(?:decode|encode)_[\w.-]{1,100})\.json$/;
/** For the Test Explorer's search, whose braces hold no braces. */
export const foreignNames =
  "examples.json,*.examples.json,*-examples.json,test_decode_*.json,test_encode_*.json";

/** True for a file that may hold anything: it counts only where tests are found in it. */
export function isForeign(name: string): boolean {
  return foreignName.test(name) && !name.endsWith(testFileEnding);
}

/** `soil.js` for `soil.formatter-tests.json`, `soil.examples.json` and `test_decode_soil.json`. */
export function formatterNamed(testFile: string): string | undefined {
  if (testFile.endsWith(testFileEnding)) return testFile.replace(testFileEnding, ".js");
  const [, before] = /^(.+)[.-]examples\.json$/.exec(testFile.slice(0, 200)) ?? [];
  const [, behind] = /^test_(?:decode|encode)_(.+)\.json$/.exec(testFile.slice(0, 200)) ?? [];
  const name = before ?? behind;
  return name === undefined ? undefined : `${name}.js`;
}

const usual = ["index.js", "codec.js", "formatter.js", "decoder.js", "main.js"];

/** The only file with the function that is tested, or the one that is usually it. */
export function formatterAmong(files: readonly Beside[], kind: TestKind): string | undefined {
  const wanted: readonly EntryName[] = [kind, kind === "encodeDownlink" ? "Encoder" : "Decoder"];
  const fitting = files
    .filter(({ text }) => findEntries(text).some(({ name }) => wanted.includes(name)))
    .map(({ name }) => name);
  return fitting.length === 1 ? fitting[0] : usual.find((name) => fitting.includes(name));
}
