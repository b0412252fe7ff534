// Installs what is needed to build and to run an editor: the npm packages and, in a cache folder, code-server.
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { announced, cleanEnvironment, npm } from "./process.mjs";
import { ensureSystemPackages } from "./systemPackages.mjs";

/**
 * The two hosts of the tests. `build` lists native modules by folder and the tool that compiles them: only those
 * without which the server does not start, and which bring no compiled form themselves.
 */
const releases = {
  newest: {
    version: "4.139.1",
    vscode: "1.139.1",
    node: "24.21.0",
    extra: [],
    build: {
      "lib/vscode/node_modules/@vscode/spdlog": "node-gyp",
      "lib/vscode/node_modules/@vscode/native-watchdog": "node-gyp",
    },
  },
  oldest: {
    version: "4.100.3",
    vscode: "1.100.3",
    node: "20.20.2",
    // This release downloads ripgrep, without which workspace.findFiles finds nothing.
    extra: [`@vscode/ripgrep-${process.platform}-${process.arch}@1.18.0`],
    build: {
      "../argon2": "node-pre-gyp",
      "lib/vscode/node_modules/@vscode/spdlog": "node-gyp",
      "lib/vscode/node_modules/native-watchdog": "node-gyp",
      "lib/vscode/node_modules/node-pty": "node-gyp",
    },
  },
};

const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];

/** Runs `npm ci` when node_modules does not hold what package-lock.json asks for. Needs the project as working folder. */
export async function ensureDependencies() {
  if (await dependenciesMatch()) return;
  await announced("Installing the npm packages", () => npm(["ci", "--include=dev", ...quiet]));
}

/** npm keeps in node_modules a lock file of its own, written last: the record of what is really there. */
async function dependenciesMatch() {
  const wanted = await readPackages("package-lock.json");
  const installed = await readPackages(path.join("node_modules", ".package-lock.json"));
  return Object.entries(wanted).every(
    ([name, entry]) =>
      name === "" || entry.optional || installed[name]?.integrity === entry.integrity,
  );
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, { integrity?: string, optional?: boolean }>>}
 */
async function readPackages(file) {
  const text = await readFile(file, "utf8").catch(() => `{"packages":{}}`);
  return JSON.parse(text).packages;
}

/**
 * Installs a code-server, unless the cache has it.
 * @param {"newest" | "oldest"} which
 * @returns {Promise<{ version: string, vscode: string, node: string, entry: string }>} the versions of code-server and
 *   of VS Code, and the paths of the Node to run it with and of its entry file
 */
export async function ensureCodeServer(which) {
  const { version, vscode } = releases[which];
  if (!["linux", "darwin"].includes(process.platform)) {
    throw new Error(
      "VS Code in the browser needs Linux or macOS. With a desktop VS Code put `code` on PATH.",
    );
  }
  const folder = path.join(cacheFolder(), `code-server-${version}`);
  if (!(await isComplete(folder))) {
    await ensureSystemPackages(["compilers"]);
    await announced(`Installing VS Code ${vscode} (code-server ${version}) in the cache`, () =>
      installInto(folder, which),
    );
  }
  const modules = path.join(folder, "node_modules");
  return {
    version,
    vscode,
    node: path.join(modules, nodePackage(), "bin", "node"),
    entry: path.join(modules, "code-server", "out", "node", "entry.js"),
  };
}

function cacheFolder() {
  const root = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  return path.join(root, "thethingsstack-explorer");
}

/** The npm package that carries a Node executable and its headers for this machine. */
function nodePackage() {
  return `node-${process.platform}-${process.arch}`;
}

/** @param {string} folder */
async function isComplete(folder) {
  return (await list(folder)).includes("completed");
}

/**
 * Installs beside the final place and moves the whole there, so that a half-made install is never found.
 * @param {string} folder
 * @param {keyof typeof releases} which
 */
async function installInto(folder, which) {
  await mkdir(path.dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  try {
    await install(temporary, releases[which]);
    await writeFile(path.join(temporary, "completed"), `${new Date().toISOString()}\n`);
    if (await isComplete(folder)) return; // Another process was faster.
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {(typeof releases)[keyof typeof releases]} release
 */
async function install(folder, { version, node, extra, build }) {
  await writeFile(path.join(folder, "package.json"), `{ "private": true }\n`);
  // --force: code-server asks for the Node that is only being installed.
  const packages = [`code-server@${version}`, `${nodePackage()}@${node}`, ...extra];
  await npm(["install", ...quiet, "--force", ...packages], { cwd: folder });
  const server = path.join(folder, "node_modules", "code-server");
  const vscode = path.join(server, "lib", "vscode");
  await npm(["install", ...quiet, "--force", "--omit=dev"], { cwd: vscode });
  await copyRipgrep(folder, path.join(vscode, "node_modules", "@vscode", "ripgrep"));
  const nodeFolder = path.join(folder, "node_modules", nodePackage());
  const env = cleanEnvironment({
    npm_config_nodedir: nodeFolder,
    PATH: `${path.join(nodeFolder, "bin")}${path.delimiter}${process.env.PATH ?? ""}`,
  });
  // Called directly: `npm rebuild` would run install scripts too, which download or ask questions.
  const compiling = Object.entries(build).map(([module, tool]) =>
    npm(["exec", "-c", `${tool} rebuild`], { cwd: path.join(server, module), env }),
  );
  await Promise.all(compiling);
}

/**
 * @param {string} folder
 * @param {string} target
 */
async function copyRipgrep(folder, target) {
  const scope = path.join(folder, "node_modules", "@vscode");
  const source = (await list(scope)).find((name) => name.startsWith("ripgrep-"));
  if (source === undefined) return;
  await cp(path.join(scope, source, "bin"), path.join(target, "bin"), { recursive: true });
}

/**
 * @param {string} folder
 * @returns {Promise<string[]>} the names in it; none when it does not exist
 */
async function list(folder) {
  return readdir(folder).catch(() => []);
}
