/** Runs a formatter under the debugger of VS Code: outside the sandbox, so only in trusted workspaces and after consent. */
import * as vscode from "vscode";
import { debugTarget, type DebugTarget } from "../../formatters/workbench/debugTarget";
import type { ServerProfile } from "../../formatters/formatter";
import type { CaseInput, TestKind } from "../../formatters/testCases/testCase";
import { askModal, notify } from "../notices";

const consentKey = "debugsFormatters";

export interface DebugServices {
  readonly extensionUri: vscode.Uri;
  /** Remembers the consent for this workspace. */
  readonly memory: Pick<vscode.Memento, "get" | "update">;
  /** False in Restricted Mode. */
  readonly isAllowed: () => boolean;
}

export class DebugFormatter {
  constructor(private readonly services: DebugServices) {}

  /** Saves the file first: the debugger reads it from disk. */
  async start(
    uri: vscode.Uri,
    kind: TestKind,
    input: CaseInput,
    profile: ServerProfile,
  ): Promise<void> {
    if (uri.scheme !== "file" && uri.scheme !== "vscode-remote") {
      void notify("warning", "Only files on a disk can be debugged.");
      return;
    }
    const document = await vscode.workspace.openTextDocument(uri);
    const target = debugTarget(document.getText(), kind, input, profile);
    if (!target) {
      void notify("warning", `The file has no function ${kind} at its top level.`);
      return;
    }
    if (!(await this.mayDebug()) || (document.isDirty && !(await document.save()))) return;
    const runner = vscode.Uri.joinPath(this.services.extensionUri, "media", "formatterDebug.cjs");
    const program = await runnerOf(uri, runner);
    const stop = stopAt(uri, target.line);
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    const isStarted = await vscode.debug.startDebugging(folder, launch(uri, target, program));
    if (!isStarted) stop.dispose();
  }

  private async mayDebug(): Promise<boolean> {
    if (!this.services.isAllowed()) {
      void notify(
        "warning",
        "A formatter is debugged outside the sandbox: only where you trust the workspace.",
      );
      return false;
    }
    if (this.services.memory.get(consentKey) === true) return true;
    const isAgreed = await askModal({
      question: "Run this payload formatter outside the sandbox?",
      lines: [
        "A debugger cannot reach into the sandbox. The file runs in Node.js with your own rights on this machine: it " +
          "could read your files and use the network. Node.js also has things that the server has not.",
        "",
        "Your answer is remembered for this workspace.",
      ],
      yes: "Debug",
      no: "Do Not Debug",
    });
    if (!isAgreed) return false;
    await this.services.memory.update(consentKey, true);
    return true;
  }
}

/** Parts of a launch. */
interface Runner {
  readonly program?: string;
  readonly runtimeArgs?: readonly string[];
  readonly skipFiles: readonly string[];
}

/** Where the files are on the machine of the extension, its own file runs them; elsewhere it is given as text. */
async function runnerOf(uri: vscode.Uri, runner: vscode.Uri): Promise<Runner> {
  const skipFiles = ["<node_internals>/**"];
  if (uri.scheme === "file") {
    return { program: runner.fsPath, skipFiles: [...skipFiles, runner.fsPath] };
  }
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(runner));
  return { runtimeArgs: ["--eval", text], skipFiles };
}

function launch(uri: vscode.Uri, target: DebugTarget, runner: Runner): vscode.DebugConfiguration {
  const name = uri.path.split("/").at(-1) ?? "";
  const given = [uri.fsPath, target.entry, target.argumentsJson];
  return {
    ...{ type: "node", request: "launch", name: `${target.entry} in ${name}` },
    ...runner,
    ...(runner.runtimeArgs ? { runtimeArgs: [...runner.runtimeArgs, ...given] } : { args: given }),
    cwd: vscode.Uri.joinPath(uri, "..").fsPath,
    console: "internalConsole",
    internalConsoleOptions: "openOnSessionStart",
    [runMark]: true,
  };
}

const runMark = "thethingsstackFormatter";

/** In a file without breakpoints one at the first line of the function, for as long as the debugger runs. */
function stopAt(uri: vscode.Uri, line: number): vscode.Disposable {
  const isOwn = (each: vscode.Breakpoint) =>
    each instanceof vscode.SourceBreakpoint &&
    each.enabled &&
    each.location.uri.toString() === uri.toString();
  if (vscode.debug.breakpoints.some(isOwn)) return new vscode.Disposable(() => undefined);
  const place = new vscode.Location(uri, new vscode.Position(line, 0));
  const breakpoint = new vscode.SourceBreakpoint(place);
  vscode.debug.addBreakpoints([breakpoint]);
  const end = vscode.Disposable.from(
    new vscode.Disposable(() => vscode.debug.removeBreakpoints([breakpoint])),
    vscode.debug.onDidTerminateDebugSession(({ configuration, parentSession }) => {
      if (configuration[runMark] === true && !parentSession) end.dispose();
    }),
  );
  return end;
}
