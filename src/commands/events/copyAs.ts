/** Copies an event, a downlink or an end device as a command, a snippet or bytes. Keys stay where they are. */
import * as vscode from "vscode";
import type { Application } from "../../model/application";
import type { EventEntry } from "../../model/eventStore";
import { keyVariable, type CopyDownlink, type CopySource } from "../../stack/copyAs/copySource";
import { shellFrom, shellNames, shells, type Shell } from "../../stack/copyAs/shells";
import { copyForms } from "../../stack/copyAs/copyForms";
import type { PreparedDownlink } from "../../stack/downlink";
import { priorities, type DownlinkDetails } from "../../stack/messages";
import { visible } from "../../stack/visible";
import { eventIdOf } from "../../views/log/messageDocuments";
import { sayBriefly } from "../../views/notices";
import { askEvent, payloadOf } from "./messages";
import { askChoice } from "../quickInput";
import type { Command, CommandServices } from "../services";
import { deviceFrom, eventFrom, type DeviceTarget } from "../targets";

/** The same for every command of the window, once it was chosen. */
let chosenShell: Shell | undefined;

export const copyAs: Command = (services) => async (argument) => {
  const source =
    sourceFrom(services, argument) ??
    sourceFrom(services, services.tree.selection) ??
    sourceFrom(services, vscode.window.activeTextEditor?.document.uri) ??
    eventSource(services, await askEvent(services, argument));
  if (source) await copySource(source);
};

/** Asks for the form and puts it on the clipboard. */
export async function copySource(source: CopySource): Promise<void> {
  for (;;) {
    const shell = chosenShell ?? likelyShell();
    const answer = await askChoice<string | undefined>({
      title: `Copy As (commands for ${shellNames[shell]})`,
      canGoBack: false,
      matchesEverywhere: true,
      placeholder: `API keys are never copied: commands read them from the variable ${keyVariable}`,
      choices: [
        ...copyForms(source, shell).map(({ label, note, text }) => ({
          label,
          description: note,
          detail: visible(text.replaceAll("\n", " "), 200),
          value: text,
        })),
        { label: "Commands for another shell…", alwaysShow: true, value: undefined },
      ],
    });
    if (typeof answer === "string") return;
    if (answer.value !== undefined) {
      await vscode.env.clipboard.writeText(answer.value);
      sayBriefly("Copied");
      return;
    }
    const next = await askShell(shell);
    if (next === "cancel") return;
    if (next !== "back") chosenShell = next.value;
  }
}

/** The source of a downlink that is being written, for an end device that need not have been seen. */
export function downlinkSource(
  { application, deviceId }: DeviceTarget,
  downlink: PreparedDownlink,
): CopySource {
  const { bytes, fields = {}, fPort, priority, confirmed, maximumAttempts, classBC } = downlink;
  return {
    ...common(application),
    deviceId,
    topic: `v3/${application.settings.application}/devices/${deviceId}/#`,
    bytes,
    downlink: {
      ...{ fPort, priority, confirmed, maximumAttempts, classBC },
      payload: bytes ? { bytes } : { fields },
    },
  };
}

function askShell(now: Shell) {
  return askChoice<Shell>({
    title: "Copy As",
    canGoBack: true,
    placeholder: "The shell that commands are written for",
    choices: [
      { label: shellNames.bash, description: "zsh and Git Bash read the same", value: shells[0] },
      {
        label: shellNames.powershell,
        description: "Windows PowerShell 5.1 and PowerShell 7",
        value: shells[1],
      },
      { label: shellNames.cmd, description: "Command Prompt of Windows", value: shells[2] },
    ],
    active: now,
  });
}

function likelyShell(): Shell {
  const name = vscode.window.activeTerminal?.state.shell ?? vscode.env.shell;
  return shellFrom(name, process.platform === "win32");
}

function sourceFrom(services: CommandServices, argument: unknown): CopySource | undefined {
  const eventId = argument instanceof vscode.Uri ? eventIdOf(argument) : undefined;
  const isDevice =
    typeof argument === "object" &&
    argument !== null &&
    "type" in argument &&
    argument.type === "device";
  const device = isDevice ? deviceFrom(services, argument) : undefined;
  if (device) return deviceSource(services, device);
  return eventSource(services, eventFrom(services, eventId ?? argument));
}

function eventSource(
  services: CommandServices,
  entry: EventEntry | undefined,
): CopySource | undefined {
  const application = entry && services.model.application(entry.applicationKey);
  if (!application || !("deviceId" in entry.content)) return undefined;
  const { content } = entry;
  return {
    ...common(application),
    deviceId: content.deviceId,
    topic: entry.topic,
    bytes: payloadOf(entry),
    downlink: "downlink" in content && content.downlink ? received(content.downlink) : undefined,
  };
}

/** The payload of its last uplink, and the downlink that was sent to it last or an example: one byte on FPort 1. */
function deviceSource({ model }: CommandServices, target: DeviceTarget): CopySource {
  const [last] = model.downlinks.of(target.application.key, target.deviceId);
  const uplink = target.application.endDevices.get(target.deviceId)?.lastUplink;
  const heard = { bytes: uplink?.framePayload, bytesNote: "payload of the last uplink" };
  if (last) {
    const sent = downlinkSource(target, last.downlink);
    return { ...sent, ...heard, downlinkNote: "the downlink sent last" };
  }
  const example = {
    fPort: 1,
    bytes: Uint8Array.of(1),
    fields: undefined,
    priority: "NORMAL",
  } as const;
  const downlink = { ...example, confirmed: false, correlationId: "", userCorrelationIds: [] };
  const sent = downlinkSource(target, downlink);
  return { ...sent, ...heard, downlinkNote: "an example, 01 on FPort 1" };
}

function common({ settings, isDemo }: Application): Pick<CopySource, "server" | "hasHttpApi"> {
  return { server: settings, hasHttpApi: !isDemo };
}

/** Bytes first, as the server takes them; fields where they have not become bytes. */
function received(details: DownlinkDetails): CopyDownlink {
  const { fPort, framePayload, decodedPayload, confirmed } = details;
  const priority = priorities.find((name) => name === details.priority) ?? "NORMAL";
  const isEncoded = framePayload.length > 0 || decodedPayload === undefined;
  const payload = isEncoded ? { bytes: framePayload } : { fields: decodedPayload };
  return { fPort, payload, priority, confirmed };
}
