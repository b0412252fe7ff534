/** Which uplink a command on a frame is about, and which formatter is bound to it: by a row, an open message, or a question. */
import * as vscode from "vscode";
import { matchUplink } from "../../formatters/workbench/bindings";
import { frameName, frameOf, type Frame } from "../../formatters/workbench/frame";
import type { BoundFile } from "../../formatters/workbench/workbench";
import { toHex } from "../../stack/framePayload";
import { eventIdOf } from "../../views/log/messageDocuments";
import { notify } from "../../views/notices";
import { askChoice } from "../quickInput";
import { eventFrom, latestEvents, speakerFrom } from "../targets";
import type { CommandServices } from "../services";
import { mayRunFormatters } from "../workspaceTrust";

export interface FrameTarget {
  readonly frame: Frame;
  readonly binding: BoundFile;
}

const maximumListed = 200;
/** Messages of an end device that are looked through for its uplinks. */
const maximumLooked = 500;
const bind = "Bind a Formatter";

/** Undefined when there is none, which is then said. */
export async function askFrame(
  services: CommandServices,
  argument: unknown,
  title: string,
): Promise<FrameTarget | undefined> {
  if (!(await mayRunFormatters(services))) return undefined;
  const row = givenRow(services, argument);
  const frame = givenFrame(services, argument) ?? (await chooseFrame(services, row, title));
  if (!frame) return undefined;
  const { application, deviceId, fPort } = frame;
  const binding = matchUplink(services.workbench.bindings, application, deviceId, fPort);
  if (binding) return { frame, binding };
  await offerBinding(`No payload formatter is bound to ${deviceId} on FPort ${fPort}.`);
  return undefined;
}

/** The message in the editor, where no row is given; otherwise a row, or the selected one. */
function givenRow({ tree }: CommandServices, argument: unknown): unknown {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const open = argument === undefined && uri ? eventIdOf(uri) : undefined;
  return open ?? argument ?? tree.selection;
}

/** Of an end device its latest uplink. */
function givenFrame(services: CommandServices, row: unknown): Frame | undefined {
  const entry = eventFrom(services, row);
  return entry && frameOf(entry);
}

/** The latest frames of the row's end device; without one of the formatter in the editor, or of all bound end devices. */
async function chooseFrame(
  services: CommandServices,
  row: unknown,
  title: string,
): Promise<Frame | undefined> {
  const speaker = speakerFrom(services, row);
  const frames = speaker
    ? latestEvents(services, row, maximumLooked).flatMap((entry) => frameOf(entry) ?? [])
    : boundFrames(services);
  if (frames.length === 0) {
    const { length } = services.workbench.bindings;
    if (speaker) {
      const text = `No uplink of ${speaker.deviceId} is kept that a formatter could decode.`;
      void notify("information", text);
    } else if (length === 0) await offerBinding("No payload formatter is bound yet.");
    else void notify("information", "No uplink of a bound end device yet.");
    return undefined;
  }
  const answer = await askChoice<Frame>({
    title: speaker ? `${title} of ${speaker.deviceId}` : title,
    canGoBack: false,
    placeholder: "Choose a frame, the latest first",
    matchesEverywhere: true,
    keepsOrder: true,
    choices: frames.slice(0, maximumListed).map((frame) => ({
      label: frameName(frame),
      description: toHex(frame.bytes.subarray(0, 32)),
      value: frame,
    })),
  });
  return typeof answer === "string" ? undefined : answer.value;
}

function boundFrames({ workbench, model }: CommandServices): readonly Frame[] {
  const sources = new Set(workbench.bindings.map(({ source }) => source));
  const open = vscode.window.activeTextEditor?.document.uri.toString() ?? "";
  const wanted = sources.has(open) ? [open] : [...sources];
  return wanted
    .flatMap((source) => workbench.outcomesOf(source))
    .map(({ frame }) => frame.eventId)
    .sort((a, b) => b - a)
    .slice(0, maximumListed)
    .flatMap((id) => {
      const entry = model.events.get(id);
      return (entry && frameOf(entry)) ?? [];
    });
}

async function offerBinding(text: string): Promise<void> {
  const chosen = await notify("information", text, bind);
  if (chosen === bind) await vscode.commands.executeCommand("thethingsstack.formatter.bind");
}
