// Runs host tests in a desktop VS Code: VSCODE_PATH, or the release that VSCODE_DOWNLOAD names.
// Arguments: the extension's folder, the compiled tests, the workspace folder.
import path from "node:path";
import { runTests } from "@vscode/test-electron";
import { makeTemporaryFolder } from "./temporaryFolder.mjs";

const [extensionDevelopmentPath = "", extensionTestsPath = "", workspaceFolder = ""] =
  process.argv.slice(2);
const { VSCODE_PATH, VSCODE_DOWNLOAD = "stable", HOST_TEST_RESULTS } = process.env;
const temporary = await makeTemporaryFolder("tts-desktop");
try {
  await runTests({
    ...(VSCODE_PATH ? { vscodeExecutablePath: VSCODE_PATH } : { version: VSCODE_DOWNLOAD }),
    extensionDevelopmentPath,
    extensionTestsPath,
    extensionTestsEnv: { HOST_TEST_RESULTS },
    launchArgs: [
      workspaceFolder,
      ...["--user-data-dir", path.join(temporary.path, "user-data")],
      ...["--extensions-dir", path.join(temporary.path, "extensions")],
      "--disable-telemetry",
    ],
  });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1; // The results file tells which tests failed.
} finally {
  await temporary.remove();
}
