// Starts a VS Code in the browser (code-server) with fresh data, and stops it without leaving anything behind.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { endGroup, leaveToCaretaker } from "./caretaker.mjs";
import { ensureCodeServer } from "./install.mjs";
import { cleanEnvironment, run } from "./process.mjs";
import { makeTemporaryFolder } from "./temporaryFolder.mjs";
import { startProxy } from "./workbenchProxy.mjs";

/** User settings that keep everything off the screen, and off the network, that is not ours. */
const calm = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "telemetry.telemetryLevel": "off",
  "git.openRepositoryInParentFolders": "never",
  "remote.autoForwardPorts": false,
  "security.workspace.trust.startupPrompt": "never",
};

/** The editor's own copy of TypeScript is not installed with it, and it complains as soon as a script is opened. */
function ownCompiler() {
  return { "typescript.tsdk": path.resolve("node_modules", "typescript", "lib") };
}

/**
 * @typedef {object} CodeServerOptions
 * @property {"newest" | "oldest"} which
 * @property {string} workspaceFolder the folder that the window opens
 * @property {string} [extensionFolder] an extension under development, loaded from its folder
 * @property {string} [vsix] a packaged extension, installed before the start
 * @property {Record<string, unknown>} [settings] user settings
 * @property {string} [extensionTestsPath] compiled host tests, without `.js`; the page then calls `codeAutomationExit`
 * @property {boolean} [workspaceTrust] true leaves workspace trust on: the window opens in Restricted Mode
 * @property {readonly string[]} [defaultViews] ids of the views to open
 * @property {Record<string, string>} [env] more environment variables, for the extension host
 */

/**
 * @typedef {object} CodeServer
 * @property {string} url the page, for Playwright and for any browser on this machine
 * @property {number} port
 * @property {string} userDataDir
 * @property {string} logFile output of the server
 * @property {() => Promise<void>} stop ends all its processes and removes its folders
 */

/**
 * Starts a server and the proxy in front of it; resolves when both listen on 127.0.0.1.
 * @param {CodeServerOptions} options
 * @returns {Promise<CodeServer>}
 */
export async function startCodeServer(options) {
  const installed = await ensureCodeServer(options.which);
  const temporary = await makeTemporaryFolder("tts-editor");
  const root = temporary.path;
  const userDataDir = path.join(root, "user-data");
  const folders = [
    "--user-data-dir",
    userDataDir,
    "--extensions-dir",
    path.join(root, "extensions"),
  ];
  const common = [installed.entry, ...folders, "--config", path.join(root, "config.yaml")];
  try {
    await writeSettings(userDataDir, { ...calm, ...ownCompiler(), ...options.settings });
    // Its sockets go with the folder. Elsewhere temporary paths are long, and paths of sockets may not be.
    const own = process.platform === "linux" ? { TMPDIR: root } : {};
    const env = cleanEnvironment({ ...own, ...options.env });
    if (options.vsix !== undefined) {
      await run(installed.node, [...common, "--install-extension", options.vsix], { env });
    }
    const server = await startServer(installed.node, [...common, ...serverArguments(options)], env);
    const proxy = await startProxy(server.port, (host) => workbenchOptions(options, host));
    const logFile = await keepOutput(server.child, options.which, proxy.port);
    return {
      url: `http://127.0.0.1:${proxy.port}/?folder=${encodeURIComponent(options.workspaceFolder)}`,
      port: proxy.port,
      userDataDir,
      logFile,
      async stop() {
        await proxy.stop();
        await server.stop();
        await temporary.remove();
      },
    };
  } catch (error) {
    await temporary.remove();
    throw error;
  }
}

/**
 * @param {string} userDataDir
 * @param {Record<string, unknown>} settings
 */
async function writeSettings(userDataDir, settings) {
  await mkdir(path.join(userDataDir, "User"), { recursive: true });
  const file = path.join(userDataDir, "User", "settings.json");
  await writeFile(file, `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** @param {CodeServerOptions} options */
function serverArguments({ workspaceFolder, workspaceTrust }) {
  return [
    ...["--auth", "none", "--bind-addr", "127.0.0.1:0"],
    ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
    ...(workspaceTrust ? [] : ["--disable-workspace-trust"]),
    workspaceFolder,
  ];
}

/**
 * What the page is told beside what code-server tells it. Extensions under development run in the remote (Node)
 * extension host when their address is one of the server.
 * @param {CodeServerOptions} options
 * @param {string} host host and port as the browser sees them
 */
function workbenchOptions({ extensionFolder, extensionTestsPath, defaultViews }, host) {
  /** @param {string} file */
  const remote = (file) => ({ $mid: 1, scheme: "vscode-remote", authority: host, path: file });
  return {
    developmentOptions: {
      // The hooks through which the page reports the end of the host tests.
      ...(extensionTestsPath && { enableSmokeTestDriver: true }),
      ...(extensionFolder && { extensions: [remote(extensionFolder)] }),
      ...(extensionTestsPath && { extensionTestsPath: remote(extensionTestsPath) }),
    },
    ...(defaultViews && {
      defaultLayout: { force: true, views: defaultViews.map((id) => ({ id })) },
    }),
  };
}

/**
 * Starts the server in a process group of its own and waits for the line that names its port.
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function startServer(node, args, env) {
  const child = spawn(node, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const isEnded = child.pid === undefined ? undefined : leaveToCaretaker("group", child.pid);
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const port = await new Promise((resolve, reject) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", function onData(text) {
      output += text;
      const line = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(output);
      if (line === null) return;
      child.stdout.off("data", onData);
      resolve(Number(line[1]));
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", reject);
    void exited.then(() => reject(new Error(`code-server did not start:\n${output}`)));
  });
  return {
    child,
    port: /** @type {number} */ (port),
    async stop() {
      // The whole group: extension hosts outlive the server otherwise.
      if (child.pid !== undefined) await endGroup(child.pid);
      await exited;
      isEnded?.();
    },
  };
}

/**
 * @param {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, import("node:stream").Readable>} child
 * @param {string} which
 * @param {number} port
 */
async function keepOutput(child, which, port) {
  const folder = path.resolve("artifacts", "logs");
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `code-server-${which}-${port}.log`);
  const log = createWriteStream(file);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return file;
}
