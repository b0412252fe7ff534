/** Where the bundle of a thread is: beside the bundle that asks. */
import { existsSync } from "node:fs";
import path from "node:path";

/** True in what ships; esbuild.mjs defines it. */
declare const isShipped: boolean | undefined;

/** Elsewhere, as in tests, the build's folder above stands in. Throws where there is none. */
export function workerFile(name: "formatterWorker.js" | "formatterReaderWorker.js"): string {
  const beside = path.join(__dirname, name);
  if (typeof isShipped !== "undefined" && isShipped) return beside;
  for (const start of [__dirname, process.cwd()]) {
    for (let folder = start; ; folder = path.dirname(folder)) {
      for (const file of [path.join(folder, name), path.join(folder, "dist", name)]) {
        if (existsSync(file)) return file;
      }
      if (folder === path.dirname(folder)) break;
    }
  }
  throw new Error(`${name} is not built`);
}
