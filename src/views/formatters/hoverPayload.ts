/** Hovering over hex or base64: what the bytes may mean, and what the bound formatter makes of them. */
import * as vscode from "vscode";
import { byteReadings, readingLines } from "../../formatters/bytes/byteReadings";
import { listAround, payloadAt, type PayloadPlace } from "../../formatters/bytes/byteReadingsPlace";
import { matchUplink } from "../../formatters/workbench/bindings";
import type { DecodeInput } from "../../formatters/formatter";
import { frameOf } from "../../formatters/workbench/frame";
import type { FrameRunner } from "../../formatters/workbench/frameRunner";
import { errorText } from "../../formatters/workbench/report";
import type { BoundFile, Workbench } from "../../formatters/workbench/workbench";
import type { Model } from "../../model/model";
import { visible } from "../../stack/visible";
import { eventLanguage } from "../log/eventChannel";
import { eventLinkIn } from "../log/eventLine";
import { eventIdOf } from "../log/messageDocuments";
import { pretty } from "../log/messageJson";
import { counted } from "../../util/counted";

const languages = [
  ...["json", "jsonc", "javascript", "typescript", "javascriptreact", "typescriptreact"],
  eventLanguage,
];
const setting = "thethingsstack.hover.enabled";
const maximumResult = 4 * 1024;

export interface HoverServices {
  readonly model: Model;
  readonly workbench: Workbench;
  readonly runner: FrameRunner;
}

/** Everything is shown as blocks of code: nothing in them is read as markdown. */
export function registerHoverPayload(services: HoverServices): vscode.Disposable {
  return vscode.languages.registerHoverProvider(languages, {
    provideHover: (document, position, token) => hover(services, document, position, token),
  });
}

async function hover(
  services: HoverServices,
  document: vscode.TextDocument,
  position: vscode.Position,
  token: vscode.CancellationToken,
): Promise<vscode.Hover | undefined> {
  if (vscode.workspace.getConfiguration().get<unknown>(setting) === false) return undefined;
  const line = document.lineAt(position.line);
  const isEvents = document.languageId === eventLanguage;
  const place =
    payloadAt(line.text, position.character, isEvents ? "events" : "quoted") ??
    (isEvents ? undefined : placeInList(document, position));
  if (!place) return undefined;
  const count = counted(place.bytes.length, "byte");
  const blocks = [block(`${count}\n${readingLines(byteReadings(place.bytes))}`)];
  const decoded = await decodedText(services, document, line.text, place);
  if (token.isCancellationRequested) return undefined;
  if (decoded) blocks.push(block(decoded.title), block(decoded.text, "json"));
  const range = new vscode.Range(position.line, place.start, position.line, place.end);
  return new vscode.Hover(blocks, range);
}

/** Of a list of several lines the line under the mouse is marked. */
function placeInList(
  document: vscode.TextDocument,
  { line, character }: vscode.Position,
): PayloadPlace | undefined {
  const textOf = (at: number) =>
    at >= 0 && at < document.lineCount ? document.lineAt(at).text : undefined;
  const bytes = listAround(textOf, line, character);
  return bytes && { bytes, start: 0, end: textOf(line)?.length ?? 0 };
}

/** A line of ours never begins with the marks that end a block. */
function block(value: string, language = "plaintext") {
  return { language, value };
}

interface Bound {
  readonly binding: BoundFile;
  readonly input: DecodeInput;
}

async function decodedText(
  services: HoverServices,
  document: vscode.TextDocument,
  line: string,
  place: PayloadPlace,
): Promise<{ readonly title: string; readonly text: string } | undefined> {
  const bound = ofEvent(services, document, line, place) ?? ofFile(services, document, place);
  if (!bound) return undefined;
  const { binding, input } = bound;
  const [answer] = (await services.runner.decode(binding, [input])) ?? [];
  if (!answer) return undefined;
  const title = `decoded with ${visible(binding.file, 200)} on FPort ${input.fPort}`;
  if (answer.error) return { title, text: `fails: ${errorText(answer.error)}` };
  return { title, text: visibleJson(answer.result.decoded_payload) };
}

/** In the event channel and in documents of messages it is known whose frame it is. */
function ofEvent(
  { model, workbench }: HoverServices,
  document: vscode.TextDocument,
  line: string,
  { bytes }: PayloadPlace,
): Bound | undefined {
  const isEvents = document.languageId === eventLanguage;
  const id = isEvents ? Number(eventLinkIn.exec(line)?.[2]) : eventIdOf(document.uri);
  const entry = id === undefined ? undefined : model.events.get(id);
  const frame = entry && frameOf(entry);
  if (!frame || Buffer.compare(frame.bytes, bytes) !== 0) return undefined;
  const { application, deviceId, fPort, recvTime } = frame;
  const binding = matchUplink(workbench.bindings, application, deviceId, fPort);
  return binding && { binding, input: { bytes, fPort, recvTime } };
}

/** In a bound formatter's own text: as the latest frame came, or as the binding says. */
function ofFile(
  { workbench }: HoverServices,
  document: vscode.TextDocument,
  { bytes }: PayloadPlace,
): Bound | undefined {
  const source = document.uri.toString();
  const binding = workbench.bindings.find((each) => each.source === source);
  if (!binding) return undefined;
  const latest = workbench.report(source)?.latest?.frame;
  return { binding, input: { bytes, fPort: latest?.fPort ?? binding.fPorts?.[0] ?? 1 } };
}

function visibleJson(value: unknown): string {
  const text = pretty(value);
  return text.length > maximumResult ? `${text.slice(0, maximumResult)}\n…` : text;
}
