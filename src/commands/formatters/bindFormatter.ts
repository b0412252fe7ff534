/** Binds a payload formatter to end devices: which file, whose frames; the setting is written in the end. */
import * as vscode from "vscode";
import {
  builtInFormatter,
  devicesProblem,
  type Binding,
} from "../../formatters/workbench/bindings";
import { shiftsOf } from "../../formatters/workbench/bindingOrder";
import { devicePatterns, fitsFile } from "../../formatters/workbench/devicePatterns";
import { readFPorts } from "../../formatters/workbench/fPortList";
import { findEntries } from "../../formatters/script/entries";
import { readText } from "../../storage/fileText";
import type { Application } from "../../model/application";
import { visible } from "../../stack/visible";
import { notify, sayBriefly } from "../../views/notices";
import { askChoice, askText, runFlow, type Choice, type StepEnd } from "../quickInput";
import type { Command, CommandServices } from "../services";
import { mayRunFormatters } from "../workspaceTrust";
import { counted } from "../../util/counted";

const title = "Bind a Payload Formatter";
/** Files that are looked into for an entry function. */
const maximumFiles = 200;
const maximumDevices = 200;

interface Draft {
  readonly file?: FormatterFile;
  readonly application?: Application;
  readonly devices?: string;
  readonly fPorts?: readonly number[] | "all";
}

interface FormatterFile {
  readonly folder: vscode.WorkspaceFolder;
  /** Inside the folder, or the name of the built-in one. */
  readonly path: string;
}

/** @param argument the address of a file, from above its functions */
export const bindFormatter: Command = (services) => async (argument) => {
  if (!(await mayBind(services))) return;
  const given = typeof argument === "string" ? vscode.Uri.parse(argument) : undefined;
  const file = given && fileOf(given);
  const draft = await runFlow<Draft>(file ? { file } : {}, [
    askFile,
    (state, canGoBack) => askApplication(services, state, canGoBack),
    askDevices,
    askFPorts,
  ]);
  const binding = draft && bindingOf(draft);
  if (!binding || !draft.file) return;
  const { formatterSettings } = services;
  const before = formatterSettings.read().bindings;
  const undo = await formatterSettings.add(binding, draft.file.folder);
  const speakers = [...(draft.application?.endDevices.values() ?? [])].map(
    ({ deviceId, lastUplink }) => ({ deviceId, fPort: lastUplink?.fPort ?? 1 }),
  );
  const shifts = shiftsOf(before, formatterSettings.read().bindings, binding, speakers);
  const words = boundText(binding, shifts);
  if (shifts.taken.length + shifts.kept.length === 0) sayBriefly(words);
  else if ((await notify("information", words, undoLabel)) === undoLabel) {
    if (!(await undo()))
      void notify("warning", "The bindings were changed since: nothing was undone.");
  }
};

/** Opens the setting with the bindings; writes its name only where there is none yet. */
export const editBindings: Command = () => async () => {
  const key = "thethingsstack.formatters";
  const edit = vscode.workspace.getConfiguration().inspect(key)?.workspaceValue === undefined;
  await vscode.commands.executeCommand("workbench.action.openWorkspaceSettingsFile", {
    revealSetting: { key, edit },
  });
};

async function mayBind(services: CommandServices): Promise<boolean> {
  if (!(await mayRunFormatters(services))) return false;
  if (!vscode.workspace.workspaceFolders?.length) {
    void notify("information", "Open a folder first: bindings are kept in its settings.");
    return false;
  }
  if (services.model.applications.length > 0) return true;
  const add = "Add an Application";
  const text = "Add the application first whose end devices the formatter is for.";
  const chosen = await notify("information", text, add);
  if (chosen === add) await vscode.commands.executeCommand("thethingsstack.application.add");
  return false;
}

function fileOf(uri: vscode.Uri): FormatterFile | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  if (!folder) return undefined;
  return { folder, path: uri.path.slice(folder.uri.path.replace(/\/$/, "").length + 1) };
}

async function askFile(state: Draft, canGoBack: boolean): Promise<Draft | StepEnd | "skip"> {
  if (state.file) return "skip";
  const files = await formatterFiles();
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const choices: Choice<FormatterFile>[] = files.map((file) => ({
    label: file.path,
    description: (vscode.workspace.workspaceFolders ?? []).length > 1 ? file.folder.name : "",
    value: file,
  }));
  if (folder)
    choices.push({
      label: "CayenneLPP",
      description: "built in, as the server decodes it",
      value: { folder, path: builtInFormatter },
    });
  const placeholder = "Choose a file with decodeUplink, or a built-in formatter";
  const answer = await askChoice({ title, canGoBack, placeholder, choices });
  return typeof answer === "string" ? answer : { ...state, file: answer.value };
}

/** Those of the workspace that have an entry function, the one in the editor first. */
async function formatterFiles(): Promise<readonly FormatterFile[]> {
  const found = await vscode.workspace.findFiles(
    "**/*.{js,cjs,mjs}",
    "**/{node_modules,.git,dist,out}/**",
    maximumFiles,
  );
  const open = vscode.window.activeTextEditor?.document.uri;
  const isOpen = (uri: vscode.Uri) => uri.toString() === open?.toString();
  const uris = [...found.filter(isOpen), ...found.filter((uri) => !isOpen(uri))];
  const texts = await Promise.all(uris.map(readText));
  return uris.flatMap((uri, index) => {
    const file = findEntries(texts[index] ?? "").length > 0 ? fileOf(uri) : undefined;
    return file ? [file] : [];
  });
}

async function askApplication(
  { model }: CommandServices,
  state: Draft,
  canGoBack: boolean,
): Promise<Draft | StepEnd> {
  const choices = model.applications.map((application) => ({
    label: application.label,
    description: application.settings.application,
    value: application,
  }));
  const placeholder = `Application whose uplinks ${visible(state.file?.path ?? "", 100)} decodes`;
  const answer = await askChoice({ title, canGoBack, placeholder, choices });
  return typeof answer === "string" ? answer : { ...state, application: answer.value };
}

/** Narrow ones that the file's name speaks of come first, so that Enter binds no more than was meant. */
function deviceChoices({ file, application }: Draft): readonly Choice<string | undefined>[] {
  const path = file?.path ?? "";
  const ids = [...(application?.endDevices.keys() ?? [])].sort();
  const now = (count: number) => counted(count, "end device now", "end devices now");
  const fitting = ids.filter((id) => fitsFile(path, id));
  const others = ids.filter((id) => !fitting.includes(id));
  return [
    ...devicePatterns(path, ids).map(({ pattern, count, isFitting }) => ({
      label: pattern,
      description: `${now(count)}${isFitting ? ", as the file is named" : ""}`,
      value: pattern,
    })),
    { label: "All end devices", description: now(ids.length), value: "*" },
    ...[...fitting, ...others].slice(0, maximumDevices).map((value) => ({ label: value, value })),
    { label: "A pattern of your own…", alwaysShow: true, value: undefined },
  ];
}

async function askDevices(state: Draft, canGoBack: boolean): Promise<Draft | StepEnd> {
  const choices = deviceChoices(state);
  const placeholder = "For which end devices; * stands for any text";
  for (;;) {
    const answer = await askChoice<string | undefined>({ title, canGoBack, placeholder, choices });
    if (typeof answer === "string") return answer;
    if (answer.value !== undefined) return { ...state, devices: answer.value };
    const own = await askText({
      ...{ title, canGoBack: true, value: "", placeholder: "soil-*" },
      prompt: "End device ids, with * for any text",
      check: (text) => {
        const problem = devicesProblem(text);
        return problem === undefined
          ? undefined
          : { error: "Lower-case letters, digits, - and *." };
      },
    });
    if (own !== "back") return typeof own === "string" ? own : { ...state, devices: own.value };
  }
}

async function askFPorts(state: Draft, canGoBack: boolean): Promise<Draft | StepEnd> {
  const answer = await askText({
    ...{ title, canGoBack, value: "", placeholder: "2, 3" },
    prompt: "FPorts of the uplinks that it decodes. Empty: all",
    check: (text) =>
      readFPorts(text) === undefined
        ? { error: "Numbers from 1 to 255 with commas between, or nothing." }
        : undefined,
  });
  if (typeof answer === "string") return answer;
  return { ...state, fPorts: readFPorts(answer.value) ?? "all" };
}

const undoLabel = "Undo";

/** What a binding changed for the end devices that are known, in words. */
function boundText(
  { file, devices, application }: Binding,
  { taken, kept }: ReturnType<typeof shiftsOf>,
): string {
  const list = (ids: readonly string[]) =>
    `${ids.slice(0, 3).join(", ")}${ids.length > 3 ? " …" : ""}`;
  const name = (path: string) => visible(path, 100);
  const words = [
    `Bound ${name(file)} to ${devices === "*" ? "all end devices" : devices} of ${application}.`,
    ...taken.map(
      (each) =>
        `It decodes ${counted(each.devices.length, "end device")} instead of ${name(each.file)}: ${list(each.devices)}.`,
    ),
    ...kept.map(
      (each) =>
        `${counted(each.devices.length, "end device stays", "end devices stay")} with ${name(each.file)}, which comes first: ${list(each.devices)}.`,
    ),
  ];
  return words.join(" ");
}

function bindingOf({ file, application, devices = "*", fPorts }: Draft): Binding | undefined {
  if (!file || !application) return undefined;
  return {
    file: file.path,
    application: application.settings.application,
    devices,
    fPorts: fPorts === "all" ? undefined : fPorts,
    profile: "2025",
  };
}
