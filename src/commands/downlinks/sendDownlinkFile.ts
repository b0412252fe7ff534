/** Sends or copies the downlink of a file: application, end device, its parameters, then a last look. */
import * as vscode from "vscode";
import type { Application } from "../../model/application";
import { buildDownlink, type DownlinkItemInput, type PreparedDownlink } from "../../stack/downlink";
import type { DownlinkFile } from "../../stack/downlinkFile/downlinkFile";
import { checkDownlinkFile } from "../../stack/downlinkFile/downlinkFileCheck";
import { argumentProblem, fillDownlinkFile } from "../../stack/downlinkFile/downlinkFileFill";
import type { ParameterValue } from "../../stack/downlinkFile/downlinkFilePlaceholders";
import { toSpacedHex } from "../../stack/framePayload";
import { visible } from "../../stack/visible";
import { fileProblem } from "../../storage/fileText";
import { downlinkFilePattern } from "../../views/downlinkFiles/downlinkFiles";
import { notify } from "../../views/notices";
import { askParameter } from "./askParameter";
import { consentToDownlink } from "../consents";
import { copySource, downlinkSource } from "../events/copyAs";
import { titleFor } from "./downlinkSteps";
import { askChoice, runFlow, type FlowStep } from "../quickInput";
import { sendVisibly } from "./sendVisibly";
import type { Command } from "../services";
import type { DeviceTarget } from "../targets";
import { isConnected, targetSteps } from "../targetSteps";
import { mayUseDownlinkFiles } from "../workspaceTrust";

interface FileDraft {
  readonly application?: Application;
  readonly deviceId?: string;
  readonly values: ReadonlyMap<string, ParameterValue>;
}

interface FilledFile {
  readonly target: DeviceTarget;
  readonly item: DownlinkItemInput;
  readonly downlink: PreparedDownlink;
}

export const sendDownlinkFile: Command = (services) => async (argument) => {
  if (!(await mayUseDownlinkFiles(services))) return;
  const opened = await openFile(argument);
  if (!opened) return;
  if (!services.model.applications.some(isConnected)) {
    await notify("information", "No application is connected. Connect one first.");
    return;
  }
  const { file, name } = opened;
  const title = `Send ${name}`;
  const filled = await fill(file, title, [
    ...targetSteps<FileDraft>(services, title),
    ...parameterSteps(file, title),
    sendStep(file, title),
  ]);
  if (!filled) return;
  const { application, deviceId } = filled.target;
  const uid = application.settings.application;
  const input = { applicationUid: uid, deviceId, downlinks: [filled.item] };
  if (!(await consentToDownlink(application, input))) return;
  await sendVisibly(services, application.key, input);
};

export const copyDownlinkFile: Command = (services) => async (argument) => {
  if (!(await mayUseDownlinkFiles(services))) return;
  const opened = await openFile(argument);
  if (!opened) return;
  const { file, name } = opened;
  const title = `Copy ${name}`;
  const targets = targetSteps<FileDraft>(services, title, () => true);
  const filled = await fill(file, title, [...targets, ...parameterSteps(file, title)]);
  if (filled) await copySource(downlinkSource(filled.target, filled.downlink));
};

/** The file of an argument or of a choice; undefined when there is none, or when it is wrong, which is then said. */
async function openFile(
  argument: unknown,
): Promise<{ readonly file: DownlinkFile; readonly name: string } | undefined> {
  const uri = argument instanceof vscode.Uri ? argument : await askFile();
  if (!uri) return undefined;
  const name = visible(uri.path.split("/").at(-1) ?? "", 80);
  const problem = await fileProblem(uri);
  if (problem !== undefined) {
    void notify("error", `${name}: ${problem}`);
    return undefined;
  }
  const document = await vscode.workspace.openTextDocument(uri);
  const { file } = checkDownlinkFile(document.getText());
  if (file) return { file, name };
  const text = `${name} has errors. Nothing was sent.`;
  if ((await notify("error", text, "Show Problems")) === undefined) return undefined;
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand("workbench.actions.view.problems");
  return undefined;
}

async function askFile(): Promise<vscode.Uri | undefined> {
  const open = vscode.window.activeTextEditor?.document.uri;
  if (open?.path.endsWith(".downlink.json") === true) return open;
  const files = await vscode.workspace.findFiles(downlinkFilePattern, "**/node_modules/**", 500);
  const answer = await askChoice({
    title: "Choose a Downlink File",
    canGoBack: false,
    placeholder:
      files.length === 0 ? "No *.downlink.json in this workspace" : "Downlink files here",
    choices: files
      .map((uri) => ({
        label: vscode.workspace.asRelativePath(uri),
        value: uri,
      }))
      .sort((a, b) => a.label.localeCompare(b.label)),
  });
  return typeof answer === "string" ? undefined : answer.value;
}

async function fill(
  file: DownlinkFile,
  title: string,
  steps: readonly FlowStep<FileDraft>[],
): Promise<FilledFile | undefined> {
  const draft = await runFlow<FileDraft>({ values: new Map() }, steps);
  if (draft?.application === undefined || draft.deviceId === undefined) return undefined;
  const { application, deviceId } = draft;
  const item = fillDownlinkFile(file, draft.values);
  const applicationUid = application.settings.application;
  const built = buildDownlink({ applicationUid, deviceId, downlinks: [item] });
  if ("errors" in built) {
    const texts = built.errors.map(({ message }) => message);
    await notify("error", `${title}: nothing was sent. ${texts.join(" ")}`);
    return undefined;
  }
  const [downlink] = built.downlinks;
  return downlink && { target: { application, deviceId }, item, downlink };
}

function parameterSteps(file: DownlinkFile, title: string): readonly FlowStep<FileDraft>[] {
  return [...file.parameters.values()].map((parameter) => async (draft, canGoBack) => {
    const { name } = parameter;
    const answer = await askParameter(parameter, {
      ...frameOf(draft, title, canGoBack),
      before: draft.values.get(name),
      problemOf: (value) => argumentProblem(file, name, value),
    });
    if (typeof answer === "string") return answer;
    return { ...draft, values: new Map([...draft.values, [name, answer.value]]) };
  });
}

/** What will be sent to whom, before anything happens. */
function sendStep(file: DownlinkFile, title: string): FlowStep<FileDraft> {
  return async (draft, canGoBack) => {
    const { fPort, priority, confirmed } = file;
    const how = `FPort ${fPort}, ${priority}${confirmed ? ", confirmed" : ""}`;
    const answer = await askChoice<true>({
      ...frameOf(draft, title, canGoBack),
      placeholder: visible(file.description ?? "Nothing is sent before you choose to", 200),
      choices: [
        {
          label: `Send to ${draft.deviceId ?? ""}`,
          detail: visible(`${payloadText(file, draft)} on ${how}`, 300),
          value: true,
        },
      ],
    });
    return typeof answer === "string" ? answer : draft;
  };
}

function payloadText(file: DownlinkFile, { values, application, deviceId }: FileDraft): string {
  const item = fillDownlinkFile(file, values);
  const applicationUid = application?.settings.application ?? "";
  const built = buildDownlink({ applicationUid, deviceId: deviceId ?? "", downlinks: [item] });
  if ("errors" in built) return built.errors.map(({ message }) => message).join(" ");
  const bytes = built.downlinks[0]?.bytes;
  return bytes ? toSpacedHex(bytes) || "An empty frame" : item.payload;
}

function frameOf({ application, deviceId }: FileDraft, title: string, canGoBack: boolean) {
  return { title: application ? titleFor(title, application, deviceId) : title, canGoBack };
}
