// `npm start`: builds the extension and opens an editor with it, connected to the built-in demo network.
// --browser: VS Code in the browser even where a desktop VS Code is; --no-open: do not open the browser.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { startCodeServer } from "./codeServer.mjs";
import { ensureDependencies } from "./install.mjs";
import { parentsGone } from "./parents.mjs";
import { cleanEnvironment, findProgram, run } from "./process.mjs";
import { writeSampleWorkspace } from "./sampleWorkspace.mjs";
import { makeTemporaryFolder } from "./temporaryFolder.mjs";

const view = "thethingsstack.applications";
const settings = {
  "thethingsstack.demo.startOnStartup": true,
  "workbench.startupEditor": "none",
  "security.workspace.trust.enabled": false,
};

/** Opens a desktop VS Code with data of its own; resolves when its window is closed. */
async function openDesktop(/** @type {string} */ code, /** @type {string} */ folder) {
  const userData = path.join(folder, "user-data");
  await mkdir(path.join(userData, "User"), { recursive: true });
  await writeFile(path.join(userData, "User", "settings.json"), JSON.stringify(settings));
  const args = [
    ...["--new-window", "--wait", "--disable-workspace-trust", "--skip-welcome"],
    ...["--user-data-dir", userData, "--extensions-dir", path.join(folder, "extensions")],
    `--extensionDevelopmentPath=${process.cwd()}`,
    `--extensionDevelopmentPath=${await writeOpener(path.join(folder, "opener"))}`,
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    path.join(folder, "workspace"),
  ];
  console.log("VS Code opens in a window of its own. Close it, or press Ctrl+C here, to end.");
  const shell = process.platform === "win32";
  const child = spawn(code, args, { env: cleanEnvironment(), stdio: "ignore", shell });
  return {
    ended: new Promise((resolve) => child.once("exit", resolve)),
    stop: async () => void child.kill(),
  };
}

/** An extension whose only job is to open our view: VS Code has no option for that. */
async function writeOpener(/** @type {string} */ folder) {
  await mkdir(folder, { recursive: true });
  const manifest = {
    ...{ name: "opener", publisher: "development", version: "0.0.0", main: "./main.js" },
    ...{ engines: { vscode: "*" }, activationEvents: ["onStartupFinished"] },
  };
  const main = `exports.activate = () => require("vscode").commands.executeCommand("${view}.focus");`;
  await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(path.join(folder, "main.js"), main);
  return folder;
}

/** Serves VS Code to the browser until it is stopped. */
async function openInBrowser(/** @type {string} */ folder) {
  const server = await startCodeServer({
    which: "newest",
    extensionFolder: process.cwd(),
    workspaceFolder: path.join(folder, "workspace"),
    settings,
    defaultViews: [view],
  });
  console.log(`\nVS Code with The Things Stack Explorer runs at\n\n  ${server.url}\n`);
  console.log("Press Ctrl+C to end.");
  if (!process.argv.includes("--no-open")) openBrowser(server.url);
  return { ended: new Promise(() => undefined), stop: server.stop };
}

function openBrowser(/** @type {string} */ url) {
  const opener = findProgram(process.platform === "darwin" ? "open" : "xdg-open");
  if (opener === undefined) return;
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined); // The address is on the screen.
  child.unref();
}

process.chdir(path.resolve(import.meta.dirname, "..", ".."));
const stopped = new Promise((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, resolve);
  // Nobody is left who could press Ctrl+C.
  void parentsGone().then(resolve);
});
// With the terminal its pipes are gone.
process.stdout.on("error", () => undefined);
await ensureDependencies();
await run(process.execPath, ["esbuild.mjs", "--no-tests"]);
const temporary = await makeTemporaryFolder("tts-start");
const folder = temporary.path;
try {
  await writeSampleWorkspace(path.join(folder, "workspace"));
  // In a terminal of a remote VS Code `code` is another program, which cannot load an extension from a folder.
  const isRemote = process.env.VSCODE_IPC_HOOK_CLI !== undefined;
  const wantsBrowser = process.argv.includes("--browser") || isRemote;
  const code = wantsBrowser ? undefined : findProgram("code");
  const editor = code ? await openDesktop(code, folder) : await openInBrowser(folder);
  await Promise.race([stopped, editor.ended]);
  console.log("Ending ...");
  await editor.stop();
} finally {
  await temporary.remove();
}
process.exit();
