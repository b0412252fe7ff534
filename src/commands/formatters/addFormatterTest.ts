/** Makes a test of a captured frame: what the bound formatter or the server decodes of it now must come out later. */
import * as vscode from "vscode";
import type { DecodedUplink, FormatterAnswer, JsonObject } from "../../formatters/formatter";
import { builtInFormatter } from "../../formatters/workbench/bindings";
import { isSame } from "../../formatters/workbench/differences";
import { frameName } from "../../formatters/workbench/frame";
import { errorText } from "../../formatters/workbench/report";
import { testFileFor, withTest } from "../../formatters/testCases/testCaseFile";
import { fileProblem, readText } from "../../storage/fileText";
import { visible } from "../../stack/visible";
import { notify, sayBriefly } from "../../views/notices";
import { askChoice } from "../quickInput";
import { askFrame, type FrameTarget } from "./frameTarget";
import type { Command, CommandServices } from "../services";

export const addFormatterTest: Command = (services) => async (argument) => {
  const target = await askFrame(services, argument, "Add a Formatter Test");
  if (!target) return;
  const added = await addTest(services, target);
  if (added === undefined) return;
  if ("problem" in added) void notify("warning", added.problem);
  else await show(added);
};

async function addTest(
  { frameRunner }: CommandServices,
  { frame, binding }: FrameTarget,
): Promise<vscode.TextDocument | { readonly problem: string } | undefined> {
  if (binding.source === builtInFormatter) {
    return { problem: "CayenneLPP is built into the server: it needs no tests." };
  }
  const { bytes, fPort, recvTime } = frame;
  const input = { bytes, fPort, recvTime };
  const [answer] = (await frameRunner.decode(binding, [input])) ?? [];
  if (!answer) return { problem: "The formatter's file cannot be read." };
  const result = await expectedOf(frame.server, answer);
  if (result === undefined || "problem" in result) return result;
  const formatter = vscode.Uri.parse(binding.source);
  const file = formatter.with({ path: testFileFor(formatter.path) });
  const unusable = await fileProblem(file);
  if (unusable !== undefined)
    return { problem: `${visible(vscode.workspace.asRelativePath(file), 200)}: ${unusable}` };
  const name = `${frameName(frame)}, captured`;
  const base = formatter.path.split("/").at(-1) ?? "";
  const added = withTest(await currentText(file), base, { name, input, result });
  if ("text" in added) return write(file, added.text);
  return { problem: `${visible(vscode.workspace.asRelativePath(file), 200)}: ${added.problem}` };
}

/** Where the two disagree, only the user knows who is right. Undefined when the question is left. */
async function expectedOf(
  server: JsonObject | undefined,
  { result: local, error }: FormatterAnswer<DecodedUplink>,
): Promise<DecodedUplink | { readonly problem: string } | undefined> {
  if (local && (server === undefined || isSame(local.decoded_payload, server))) return local;
  if (server === undefined) {
    const reason = error ? errorText(error) : "without a result";
    return {
      problem: `The formatter fails on this frame: ${visible(reason, 300)}. A test needs a result.`,
    };
  }
  const shown = (value: JsonObject) => visible(JSON.stringify(value), 200);
  const answer = await askChoice<DecodedUplink>({
    title: "Add a Formatter Test",
    canGoBack: false,
    placeholder: "The formatter and the server disagree: which result is right?",
    choices: [
      {
        label: "The server's",
        detail: shown(server),
        value: { decoded_payload: server },
      },
      ...(local
        ? [{ label: "The formatter's", detail: shown(local.decoded_payload), value: local }]
        : []),
    ],
  });
  return typeof answer === "string" ? undefined : answer.value;
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
  sayBriefly("Added a test. Run it in the Test Explorer.");
}
