/** Makes a test of a captured frame: what the bound formatter decodes of it now is what must come out later. */
import * as vscode from "vscode";
import { builtInFormatter } from "../../formatters/workbench/bindings";
import { frameName } from "../../formatters/workbench/frame";
import { errorText } from "../../formatters/workbench/report";
import { testFileFor, withTest } from "../../formatters/testCases/testCaseFile";
import { readText } from "../../storage/formatterFiles";
import { visible } from "../../stack/visible";
import { askFrame, type FrameTarget } from "./frameTarget";
import type { Command, CommandServices } from "../services";

export const addFormatterTest: Command = (services) => async (argument) => {
  const target = await askFrame(services, argument, "Add a Formatter Test");
  if (!target) return;
  const added = await addTest(services, target);
  if ("problem" in added) void vscode.window.showWarningMessage(added.problem);
  else await show(added);
};

async function addTest(
  { frameRunner }: CommandServices,
  { frame, binding }: FrameTarget,
): Promise<vscode.TextDocument | { readonly problem: string }> {
  if (binding.source === builtInFormatter) {
    return { problem: "CayenneLPP is built into the server: it needs no tests." };
  }
  const { bytes, fPort, recvTime } = frame;
  const input = { bytes, fPort, recvTime };
  const [answer] = (await frameRunner.decode(binding, [input])) ?? [];
  if (!answer?.result) {
    const reason = answer?.error ? errorText(answer.error) : "its file cannot be read";
    return { problem: `The formatter fails on this frame: ${reason}. A test needs a result.` };
  }
  const formatter = vscode.Uri.parse(binding.source);
  const file = formatter.with({ path: testFileFor(formatter.path) });
  const name = `${frameName(frame)}, captured`;
  const base = formatter.path.split("/").at(-1) ?? "";
  const added = withTest(await currentText(file), base, { name, input, result: answer.result });
  if ("text" in added) return write(file, added.text);
  return { problem: `${visible(vscode.workspace.asRelativePath(file), 200)}: ${added.problem}` };
}

/** What stands in an open editor counts, saved or not. */
function currentText(uri: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find(
    (each) => each.uri.toString() === uri.toString(),
  );
  return open ? Promise.resolve(open.getText()) : readText(uri);
}

/** As an edit, so that it can be undone. */
async function write(uri: vscode.Uri, text: string): Promise<vscode.TextDocument> {
  const create = new vscode.WorkspaceEdit();
  create.createFile(uri, { ignoreIfExists: true });
  await vscode.workspace.applyEdit(create);
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  const whole = new vscode.Range(
    document.positionAt(0),
    document.positionAt(document.getText().length),
  );
  edit.replace(uri, whole, text);
  await vscode.workspace.applyEdit(edit);
  await document.save();
  return document;
}

/** The file with the new test in sight, which is the last one. */
async function show(document: vscode.TextDocument): Promise<void> {
  const editor = await vscode.window.showTextDocument(document, { preview: true });
  const end = document.lineAt(document.lineCount - 1).range.end;
  editor.revealRange(new vscode.Range(end, end));
  vscode.window.setStatusBarMessage("Added a test. Run it in the Test Explorer.", 5_000);
}
