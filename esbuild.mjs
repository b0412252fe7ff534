// Builds the bundles of the extension and, unless --production or --no-tests, the tests. `--watch` keeps building.
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, context } from "esbuild";
import { licenceTexts, packagesIn } from "./licences.mjs";

/** False when a test imports the bundles' recipe from here. */
const isProgram = process.argv[1] === import.meta.filename;
const production = !isProgram || process.argv.includes("--production");
const withTests = !production && !process.argv.includes("--no-tests");
const watch = process.argv.includes("--watch");

/** Entry files that the extension loads on first use, each in a bundle of its own: source -> bundle. */
const lazyBundles = new Map([
  ["src/mqtt/attempt.ts", "./mqtt.js"],
  ["src/demo/demoNetwork.ts", "./demo.js"],
  ["src/formatters/createFormatter.ts", "./formatters.js"],
  ["src/formatters/reader/reader.ts", "./formatterReader.js"],
]);

/** Turns `await import("./demo/demoNetwork")` of the extension's bundle into a load of `dist/demo.js`. */
const lazy = {
  name: "lazy",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path: specifier, resolveDir, kind }) => {
      if (kind !== "dynamic-import") return undefined;
      const source = path.relative(process.cwd(), path.resolve(resolveDir, `${specifier}.ts`));
      const bundle = lazyBundles.get(source.split(path.sep).join("/"));
      return bundle === undefined ? undefined : { path: bundle, external: true };
    });
  },
};

/** Libraries read their own version from package.json; its links and addresses need not ship. */
const onlyVersion = {
  name: "only-version",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*[\\/]package\.json$/ }, async ({ path: file }) => {
      const { name, version } = JSON.parse(await readFile(file, "utf8"));
      return { contents: JSON.stringify({ name, version }), loader: "json" };
    });
  },
};

const common = {
  bundle: true,
  minify: production,
  sourcemap: !production,
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};
const node = {
  ...common,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  plugins: [onlyVersion],
};

// The debug printer of the MQTT packages prints passwords, and brings whatever colours it finds installed.
const withoutPrinter = {
  debug: "./src/mqtt/stubs/debug.cjs",
  "readable-stream": "node:stream",
};
// MQTT.js also brings WebSocket, SOCKS and browser timers: none is used here, and none ships.
const withoutExtras = {
  alias: {
    ...withoutPrinter,
    ws: "./src/mqtt/stubs/absent.ts",
    socks: "./src/mqtt/stubs/absent.ts",
    "worker-timers": "./src/mqtt/stubs/absent.ts",
  },
  define: { navigator: "undefined" },
};

/** Gives the formatters' worker the code that runs first inside the sandbox, as text. */
const sandboxPrelude = {
  name: "sandbox-prelude",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^sandbox:prelude$/ }, ({ path: id }) => ({
      path: id,
      namespace: "sandbox",
    }));
    onLoad({ filter: /.*/, namespace: "sandbox" }, async () => {
      const { outputFiles, metafile } = await build({
        bundle: true,
        minify: true,
        charset: "ascii",
        format: "iife",
        globalName: "sandbox",
        target: "es2020",
        write: false,
        metafile: true,
        entryPoints: ["src/formatters/sandbox/prelude/prelude.ts"],
      });
      const [foreign] = packagesIn([metafile]);
      // It would ship as text, without its licence.
      if (foreign !== undefined) throw new Error(`${foreign} is in the sandbox's prelude`);
      const contents = `(function(){${outputFiles[0].text}return sandbox.prepare})()`;
      const watchFiles = Object.keys(metafile.inputs).map((file) => path.resolve(file));
      return { contents, loader: "text", watchFiles };
    });
  },
};

/** The sandbox's engine: its loader as a CommonJS module, and what the worker reads from beside its bundle. */
const engine = "@jitl/quickjs-wasmfile-release-sync";
const loader = {
  [`${engine}/emscripten-module`]: `./node_modules/${engine}/dist/emscripten-module.cjs`,
};
const wasm = {
  from: `node_modules/${engine}/dist/emscripten-module.wasm`,
  to: "dist/quickjs.wasm",
};

/** What ships without being bundled, in the form of a bundle's record. */
export const copied = { inputs: { [wasm.from]: {} } };

/** What ships. */
export const bundles = [
  {
    ...node,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    plugins: [lazy, onlyVersion],
  },
  { ...node, ...withoutExtras, entryPoints: ["src/mqtt/attempt.ts"], outfile: "dist/mqtt.js" },
  {
    ...node,
    alias: withoutPrinter,
    entryPoints: ["src/demo/demoNetwork.ts"],
    outfile: "dist/demo.js",
  },
  {
    ...node,
    entryPoints: ["src/formatters/createFormatter.ts"],
    outfile: "dist/formatters.js",
    define: { isShipped: "true" },
  },
  {
    ...node,
    entryPoints: ["src/formatters/reader/reader.ts"],
    outfile: "dist/formatterReader.js",
    define: { isShipped: "true" },
  },
  {
    ...node,
    entryPoints: ["src/formatters/reader/readerWorker.ts"],
    outfile: "dist/formatterReaderWorker.js",
  },
  {
    ...node,
    entryPoints: ["src/formatters/sandbox/worker.ts"],
    outfile: "dist/formatterWorker.js",
    alias: loader,
    plugins: [sandboxPrelude, onlyVersion],
  },
  {
    ...common,
    platform: "browser",
    format: "iife",
    target: "chrome122",
    entryPoints: ["src/webview/downlink/main.ts"],
    outfile: "dist/webview.js",
  },
];
const tests = {
  ...node,
  entryPoints: ["unit", "broker", "host", "ui", "soak"].map((folder) => `test/${folder}/**/*.ts`),
  outdir: "out",
  outbase: "test",
  packages: "external",
  minify: false,
  sourcemap: "inline",
};

if (!isProgram) {
  // Nothing to build.
} else if (watch) {
  for (const options of [...bundles, tests]) await (await context(options)).watch();
  await copyFile(wasm.from, wasm.to);
} else {
  await rm("dist", { recursive: true, force: true });
  if (withTests) await rm("out", { recursive: true, force: true });
  const results = await Promise.all(
    (withTests ? [...bundles, tests] : bundles).map((options) => build(options)),
  );
  await copyFile(wasm.from, wasm.to);
  const shipped = results.slice(0, bundles.length).map(({ metafile }) => metafile);
  await writeFile("dist/THIRD-PARTY-LICENSES.txt", await licenceTexts([...shipped, copied]));
}
