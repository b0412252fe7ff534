/** What ships: the bundles, the files of the package, and the packages that are in them. Source: reliability A47, R16, R21. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { listFiles, PackageManager } from "@vscode/vsce";
import { build, type BuildOptions, type Metafile } from "esbuild";
import { tokenize } from "../../src/formatters/script/tokens";
import { licenceTexts, packagesIn } from "../../licences.mjs";
import { faultsOf } from "../packageCheck.mjs";
import { canaryKey } from "../support/canary";

interface Bundle {
  readonly name: string;
  readonly text: string;
  readonly metafile: Metafile;
}

/** The bundles as `node esbuild.mjs --production` makes them, in memory. */
async function makeBundles(): Promise<Bundle[]> {
  const recipe = (await import(pathToFileURL(path.resolve("esbuild.mjs")).href)) as {
    readonly bundles: readonly (BuildOptions & { readonly outfile: string })[];
  };
  return Promise.all(
    recipe.bundles.map(async (options) => {
      const built = await build({ ...options, write: false, metafile: true });
      const [file] = built.outputFiles;
      assert.ok(file);
      return { name: path.basename(options.outfile), text: file.text, metafile: built.metafile };
    }),
  );
}

/** What ships beside the bundles: the sandbox's engine. */
async function copied(): Promise<Pick<Metafile, "inputs">> {
  const recipe = (await import(pathToFileURL(path.resolve("esbuild.mjs")).href)) as {
    readonly copied: Pick<Metafile, "inputs">;
  };
  return recipe.copied;
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function lockedPackages(): Promise<ReadonlyMap<string, LockedPackage>> {
  const lock = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  return new Map(Object.entries(lock.packages).filter(([name]) => name !== ""));
}

/** A package and all that it needs, each found as Node finds it: in the nearest node_modules. */
function treeOf(root: string, locked: ReadonlyMap<string, LockedPackage>): Set<string> {
  const found = new Set<string>();
  const visit = (place: string) => {
    if (found.has(place)) return;
    found.add(place);
    for (const name of Object.keys(locked.get(place)?.dependencies ?? {})) {
      const parts = place.split("/node_modules/");
      const places = parts.map((_, index) =>
        [...parts.slice(0, parts.length - index), name].join("/node_modules/"),
      );
      const nearest = [...places, `node_modules/${name}`].find((each) => locked.has(each));
      if (nearest !== undefined) visit(nearest);
    }
  };
  visit(root);
  return found;
}

/** The bundles that may use threads. */
const sandboxBundles = [
  ...["formatters.js", "formatterWorker.js"],
  ...["formatterReader.js", "formatterReaderWorker.js"],
];

describe("What ships", function () {
  this.timeout(60_000);
  let bundles: Bundle[];

  before(async () => {
    bundles = await makeBundles();
  });

  it("X08 is these bundles, the heavy ones loaded on first use", () => {
    const names = bundles.map(({ name }) => name);
    assert.deepEqual(names, [
      "extension.js",
      "mqtt.js",
      "demo.js",
      "formatters.js",
      "formatterReader.js",
      "formatterReaderWorker.js",
      "formatterWorker.js",
      "webview.js",
    ]);
    const heavy = ["mqtt.js", "demo.js", "formatterReaderWorker.js", "formatterWorker.js"];
    for (const bundle of bundles.filter(({ name }) => !heavy.includes(name))) {
      assert.deepEqual(packagesIn([bundle.metafile]), [], bundle.name);
    }
  });

  it("X08 runs no other program and no text as code", () => {
    for (const { name, text } of bundles) {
      for (const word of [
        /child_process/,
        // The sandbox of the payload formatters is a thread of its own.
        ...(sandboxBundles.includes(name) ? [] : [/worker_threads/]),
        /\beval\s*\(/,
        /\bnew Function\b/,
        /[^.\w]Function\s*\(\s*["'`]/,
        /["'](?:node:)?vm["']/,
        /\bimport\s*\(\s*[^"'`\s)]/, // of a name made at run time
      ]) {
        assert.doesNotMatch(text, word, name);
      }
    }
  });

  it("X08 loads only these modules of Node", () => {
    // What a bundle loads is what it can do: no child processes, no HTTP server.
    const loaded = new Map(
      bundles.map(({ name, text }) => [
        name,
        [
          ...new Set(
            [...text.matchAll(/\b(?:require|import)\("(?:node:)?([^"]+)"\)/g)].map(
              ([, id = ""]) => id,
            ),
          ),
        ].sort(),
      ]),
    );
    assert.deepEqual(loaded.get("extension.js"), [
      "./demo.js",
      "./formatterReader.js",
      "./formatters.js",
      "./mqtt.js",
      "buffer",
      "crypto",
      "dns",
      "dns/promises",
      "fs",
      "fs/promises",
      "http", // the connection check asks the server which rights the key has, over a socket of its own
      "net",
      "path",
      "tls",
      "vscode",
    ]);
    assert.deepEqual(loaded.get("mqtt.js"), [
      ...["assert", "buffer", "crypto", "dns", "events", "net", "stream", "tls", "url", "util"],
    ]);
    assert.deepEqual(loaded.get("demo.js"), [
      ...["assert", "buffer", "crypto", "events", "http", "net", "stream", "tls", "util"],
    ]);
    assert.deepEqual(loaded.get("formatters.js"), ["fs", "path", "worker_threads"]);
    assert.deepEqual(loaded.get("formatterReader.js"), ["fs", "path", "worker_threads"]);
    assert.deepEqual(loaded.get("formatterReaderWorker.js"), [
      ...["buffer", "process", "worker_threads"],
    ]);
    assert.deepEqual(loaded.get("formatterWorker.js"), [
      "fs",
      "fs/promises",
      "path",
      "worker_threads",
    ]);
    assert.deepEqual(loaded.get("webview.js"), []);
  });

  it("X08 gives the sandbox's thread no way to the network", () => {
    for (const { name, text } of bundles.filter(({ name }) => sandboxBundles.includes(name))) {
      assert.doesNotMatch(
        text,
        /["'](?:node:)?(?:net|tls|https?|dns|dgram)(?:\/promises)?["']/,
        name,
      );
    }
  });

  it("X08 listens nowhere but in the demo network, and nowhere for HTTP", () => {
    for (const { name, text } of bundles) {
      assert.doesNotMatch(text, /\bhttps?\.createServer|http2/, name);
      // R21: the demo network's loopback port is the exception.
      assert.equal(/\bcreateServer\b/.test(text), name === "demo.js", name);
    }
  });

  it("X08 names no host but those of The Things Stack", () => {
    /** Hosts in texts of the bundles, and why each may be there. */
    const known: Readonly<Record<string, string>> = {
      "cloud.thethings.network": "the clusters to choose from",
      "cloud.thethings.industries": "the clusters to choose from",
      "thethings.example.com": "a placeholder",
      "demo1.example.com": "the join server's name in the demo network's messages",
      "type.googleapis.com": "the name space of types in the demo server's errors",
      "www.w3.org": "the name space of SVG",
      "yaml.org": "the names of YAML's types",
      "github.com": "a link in an error text of mqemitter",
    };
    const host =
      /(?<![\w$.)\]])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|cloud|network|industries)\b(?![\w$(.=])/gi;
    const used = new Set<string>();
    for (const { name, text } of bundles) {
      // Only inside texts: `x.network` is code.
      const literals = tokenize(text).filter(
        ({ kind }) => kind === "string" || kind === "template",
      );
      const texts = literals.map((each) => each.text);
      const hosts = new Set(texts.flatMap((each) => each.match(host) ?? []));
      const strange = [...hosts].filter((each) => {
        const end = Object.keys(known).find((end) => each === end || each.endsWith(`.${end}`));
        if (end !== undefined) used.add(end);
        return end === undefined;
      });
      assert.deepEqual(strange, [], name);
    }
    assert.deepEqual([...used].sort(), Object.keys(known).sort(), "an exception nobody needs");
  });

  it("X08 R16 has nothing that reports", () => {
    for (const { name, text, metafile } of bundles) {
      assert.doesNotMatch(
        text,
        /telemetry|analytics|appinsights|applicationinsights|instrumentationkey|sentry|posthog|mixpanel|amplitude|datadog|googletagmanager/i,
        name,
      );
      assert.deepEqual(
        Object.keys(metafile.inputs).filter((file) => /telemetry|insights|sentry/i.test(file)),
        [],
      );
    }
  });

  it("X10 packages exactly the files of the allow-list, and none with a secret", async () => {
    const files = await listFiles({ packageManager: PackageManager.None });
    assert.ok(files.includes("package.json"));
    assert.deepEqual(await faultsOf(files), []);
    assert.deepEqual(
      files.filter((file) => file.startsWith("media/walkthrough/")).length,
      5,
      "the walkthrough's pages",
    );
  });

  it("X10 finds a map, a test, a key and an environment file in a package", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "package-"));
    try {
      const planted = path.join(folder, "icon.svg");
      await writeFile(planted, `<svg>${canaryKey}</svg>`);
      assert.deepEqual(
        await faultsOf([
          "dist/extension.js.map",
          "test/run.mjs",
          ".env",
          "server.pem",
          ".vscode/settings.json",
          "src/extension.ts",
          "dist/more.js",
          "media/../package-lock.json",
        ]),
        [
          "unexpected: dist/extension.js.map",
          "unexpected: test/run.mjs",
          "unexpected: .env",
          "unexpected: server.pem",
          "unexpected: .vscode/settings.json",
          "unexpected: src/extension.ts",
          "unexpected: dist/more.js",
          "unexpected: media/../package-lock.json",
        ],
      );
      assert.deepEqual(await faultsOf([planted]), [
        `unexpected: ${planted}`,
        `holds a secret: ${planted}`,
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("X11 locks every package by its content", async () => {
    for (const [place, { integrity, link }] of await lockedPackages()) {
      assert.equal(link, undefined, place);
      assert.match(integrity ?? "", /^sha512-[A-Za-z0-9+/]{86}==$/, place);
    }
  });

  it("X11 ships only what MQTT.js, aedes, QuickJS and yaml are made of, under permissive licences", async () => {
    const locked = await lockedPackages();
    const trees = new Map([
      ["extension.js", new Set<string>()],
      ["mqtt.js", treeOf("node_modules/mqtt", locked)],
      ["demo.js", treeOf("node_modules/aedes", locked)],
      ["formatters.js", new Set<string>()],
      ["formatterReader.js", new Set<string>()],
      ["formatterReaderWorker.js", treeOf("node_modules/yaml", locked)],
      [
        "formatterWorker.js",
        new Set([
          ...treeOf("node_modules/quickjs-emscripten-core", locked),
          ...treeOf("node_modules/@jitl/quickjs-wasmfile-release-sync", locked),
        ]),
      ],
      ["webview.js", new Set<string>()],
    ]);
    const shipped = new Set<string>();
    for (const bundle of bundles) {
      const strange = packagesIn([bundle.metafile]).filter(
        (place) => !trees.get(bundle.name)?.has(place),
      );
      assert.deepEqual(strange, [], bundle.name);
      for (const place of packagesIn([bundle.metafile])) shipped.add(place);
    }
    assert.ok(shipped.has("node_modules/mqtt") && shipped.has("node_modules/aedes"));
    for (const place of shipped) {
      const licence = locked.get(place)?.license ?? "none";
      assert.match(licence, /^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0)$/, place);
    }
  });

  it("X11 ships the licence text of every package in the bundles, nested ones too, and of what else is in them", async () => {
    const metafiles = bundles.map(({ metafile }) => metafile);
    const text = await licenceTexts([...metafiles, await copied()]);
    const locked = await lockedPackages();
    const places = packagesIn(metafiles);
    for (const nested of ["node_modules/mqtt/node_modules/lru-cache"])
      assert.ok(places.includes(nested), nested);
    const parts = text.split(`\n${"-".repeat(72)}\n\n`);
    for (const place of places) {
      const name = place.split("node_modules/").at(-1) ?? "";
      const part = parts.find((each) =>
        each.startsWith(`${name} ${locked.get(place)?.version ?? ""} (`),
      );
      assert.match(part ?? "", /copyright|\(c\)|unlicense/i, place);
      assert.match(part ?? "", /as is/i, place);
    }
    for (const owner of ["Fabrice Bellard", "Emscripten authors", "Rich Felker", "The Go Authors"])
      assert.ok(text.includes(owner), owner);
    assert.equal(parts.length, places.length + (await readdir("licences")).length);
  });

  it("X11 does not build with a package that brings no licence text, nested or renamed", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "licence-"));
    try {
      const place = path.join(folder, "node_modules/outer/node_modules/@scope/bare");
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, "package.json"), `{"name":"bare","version":"1.0.0"}`);
      const inputs = { [`${place}/lib/index.js`]: {} };
      assert.deepEqual(packagesIn([{ inputs }]), [place]);
      await assert.rejects(
        licenceTexts([{ inputs }]),
        /bare is in a bundle, and has no licence text/,
      );
      await writeFile(path.join(place, "Licence.md"), "  \n");
      await assert.rejects(licenceTexts([{ inputs }]), /no licence text/);
      for (const name of ["Licence.md", "license.txt", "COPYING", "LICENSE-MIT"]) {
        await writeFile(path.join(place, name), `Terms of ${name}`);
        assert.ok((await licenceTexts([{ inputs }])).includes(`Terms of ${name}`), name);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("X11 R1 uses exact versions, and MQTT.js without its known holes", async () => {
    const manifest = JSON.parse(await readFile("package.json", "utf8")) as {
      dependencies?: object;
      devDependencies: Record<string, string>;
    };
    assert.equal(manifest.dependencies, undefined);
    for (const [name, version] of Object.entries(manifest.devDependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
    const [major = 0, minor = 0] = (manifest.devDependencies.mqtt ?? "").split(".").map(Number);
    assert.ok(major > 5 || (major === 5 && minor >= 16));
  });
});
