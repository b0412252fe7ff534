/** Which uplink a command on a frame is about, and which formatter is bound to it: by a row, an open message, or a question. */
import * as vscode from "vscode";
import { matchUplink } from "../../formatters/workbench/bindings";
import { frameName, frameOf, type Frame } from "../../formatters/workbench/frame";
import type { BoundFile } from "../../formatters/workbench/workbench";
import { toHex } from "../../stack/framePayload";
import { eventIdOf } from "../../views/log/messageDocuments";
import { notify } from "../../views/notices";
import { askChoice } from "../quickInput";
import { eventFrom } from "../targets";
import type { CommandServices } from "../services";
import { mayRunFormatters } from "../workspaceTrust";

export interface FrameTarget {
  readonly frame: Frame;
  readonly binding: BoundFile;
}

const maximumListed = 200;
const bind = "Bind a Formatter";

/** Undefined when there is none, which is then said. */
export async function askFrame(
  services: CommandServices,
  argument: unknown,
  title: string,
): Promise<FrameTarget | undefined> {
  if (!(await mayRunFormatters(services))) return undefined;
  const frame = givenFrame(services, argument) ?? (await chooseFrame(services, title));
  if (!frame) return undefined;
  const { application, deviceId, fPort } = frame;
  const binding = matchUplink(services.workbench.bindings, application, deviceId, fPort);
  if (binding) return { frame, binding };
  await offerBinding(`No payload formatter is bound to ${deviceId} on FPort ${fPort}.`);
  return undefined;
}

/** The row, the message in the editor, or the selected row; of an end device its latest uplink. */
function givenFrame(services: CommandServices, argument: unknown): Frame | undefined {
  const { model, tree } = services;
  const uri = vscode.window.activeTextEditor?.document.uri;
  const open = argument === undefined && uri ? eventIdOf(uri) : undefined;
  const entry =
    open === undefined ? eventFrom(services, argument ?? tree.selection) : model.events.get(open);
  return entry && frameOf(entry);
}

/** The latest frames of bound end devices; those of the formatter in the editor where it is one. */
async function chooseFrame(services: CommandServices, title: string): Promise<Frame | undefined> {
  const { workbench, model } = services;
  const sources = new Set(workbench.bindings.map(({ source }) => source));
  const open = vscode.window.activeTextEditor?.document.uri.toString() ?? "";
  const wanted = sources.has(open) ? [open] : [...sources];
  const frames = wanted
    .flatMap((source) => workbench.outcomesOf(source))
    .map(({ frame }) => frame.eventId)
    .sort((a, b) => b - a)
    .slice(0, maximumListed)
    .flatMap((id) => {
      const entry = model.events.get(id);
      return (entry && frameOf(entry)) ?? [];
    });
  if (frames.length === 0) {
    if (sources.size === 0) await offerBinding("No payload formatter is bound yet.");
    else void notify("information", "No uplink of a bound end device yet.");
    return undefined;
  }
  const answer = await askChoice<Frame>({
    title,
    canGoBack: false,
    placeholder: "Choose a frame, the latest first",
    matchesEverywhere: true,
    choices: frames.map((frame) => ({
      label: frameName(frame),
      description: toHex(frame.bytes.subarray(0, 32)),
      value: frame,
    })),
  });
  return typeof answer === "string" ? undefined : answer.value;
}

async function offerBinding(text: string): Promise<void> {
  const chosen = await notify("information", text, bind);
  if (chosen === bind) await vscode.commands.executeCommand("thethingsstack.formatter.bind");
}
