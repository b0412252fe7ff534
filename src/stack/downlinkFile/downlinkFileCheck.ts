/** Everything that is wrong with a downlink file, each at its place. What may be sent is decided by the same rules as a send. */
import { buildDownlink, parsePayload } from "../downlink";
import { readDownlinkFile, type DownlinkFile, type ReadFile } from "./downlinkFile";
import { fillDownlinkFile } from "./downlinkFileFill";
import { readJsonTree, type JsonNode, type TextSpan } from "./downlinkFileJson";
import { sampleValues, type Fail } from "./downlinkFileParameters";
import { encodeValue, encodings, piecesOf, type Piece } from "./downlinkFilePlaceholders";
import { looksLikeApiKey } from "../identifiers";
import { redactKeys } from "../redact";
import { visible } from "../visible";

export interface FileProblem extends TextSpan {
  readonly message: string;
  /** The editor tells the same, from the schema. */
  readonly isInSchema: boolean;
}

export interface CheckedFile {
  /** Set when nothing is wrong. */
  readonly file: DownlinkFile | undefined;
  /** Empty for a text that is no JSON and holds no key: there the editor's own message is enough. */
  readonly problems: readonly FileProblem[];
}

const maximumText = 64 * 1024;
const maximumProblems = 100;

export function checkDownlinkFile(text: string): CheckedFile {
  const problems: FileProblem[] = [];
  const fail: Fail = ({ start, end }, message, isInSchema = false) => {
    if (problems.length >= maximumProblems) return;
    problems.push({ start, end, message: visible(message, 300), isInSchema });
  };
  if (text.length > maximumText) {
    fail({ start: 0, end: 1 }, `Longer than ${maximumText / 1024} kB.`);
    return { file: undefined, problems };
  }
  const root = readJsonTree(text);
  if (!root) {
    if (holdsKey(text)) fail({ start: 0, end: text.length }, keyProblem);
    return { file: undefined, problems };
  }
  findKeys(root, fail);
  const read = readDownlinkFile(root, fail);
  if (read) checkPlaceholders(read, fail);
  if (read) {
    const isSound = (node: JsonNode | undefined) =>
      !node || !problems.some(({ start, end }) => start >= node.start && end <= node.end);
    checkAsSent(read, isSound, fail);
  }
  return { file: problems.length === 0 ? read?.file : undefined, problems };
}

const keyProblem =
  "This looks like an API key. Take it out, and revoke it where it was shared: keys belong in the keyring.";

function holdsKey(text: string): boolean {
  return looksLikeApiKey(text) || redactKeys(text) !== text;
}

function findKeys(node: JsonNode, fail: Fail): void {
  if (node.kind === "array") node.items.forEach((item) => findKeys(item, fail));
  else if (node.kind === "object") {
    for (const { name, nameSpan, value } of node.members) {
      if (holdsKey(name)) fail(nameSpan, keyProblem);
      findKeys(value, fail);
    }
  } else if (typeof node.value === "string" && holdsKey(node.value)) fail(node, keyProblem);
}

/** Names and encodings of placeholders, hex digits between them, and parameters that nothing uses. */
function checkPlaceholders({ file, nodes, payloadNode }: ReadFile, fail: Fail): void {
  const used = new Set<string>();
  const parameters = nodes.get("parameters");
  const named = parameters?.kind === "object" ? parameters.members : [];
  for (const node of textsIn(payloadNode)) {
    const place = (at: number, length: number) => spanIn(node, at, length);
    for (const piece of file.payloadFormat === "base64" ? [] : piecesOf(node.value)) {
      if (piece.kind === "placeholder") {
        used.add(piece.name);
        // What is wrong with a parameter that is there was said at its definition.
        const isWrong =
          !file.parameters.has(piece.name) && named.some(({ name }) => name === piece.name);
        const problem = isWrong ? undefined : placeholderProblem(file, piece);
        if (problem !== undefined) fail(place(piece.at, piece.length), problem);
      } else if (file.payloadFormat === "hex") checkHex(piece.text, piece.at, place, fail);
      else if (piece.text.includes("${") && !node.value.includes("$${")) {
        fail(node, "A placeholder without its }. Write $${ for the characters ${.");
      }
    }
    if (file.payloadFormat === "base64") checkBase64(node.value, place, fail);
  }
  for (const { name, nameSpan } of named) {
    if (!used.has(name)) fail(nameSpan, `No placeholder in the payload uses ${name}.`);
  }
}

function placeholderProblem(
  { parameters, payloadFormat }: DownlinkFile,
  { name, encoding }: Extract<Piece, { kind: "placeholder" }>,
): string | undefined {
  const parameter = parameters.get(name);
  if (!parameter) return `There is no parameter ${JSON.stringify(name)}.`;
  if (payloadFormat !== "hex") {
    return encoding === undefined
      ? undefined
      : "Only hex has encodings: leave out what follows the colon.";
  }
  if (encoding === undefined || !encodings.includes(encoding)) {
    return `In hex it says how the value is encoded, such as \${${name}:u8}: ${encodings.join(", ")}.`;
  }
  for (const value of sampleValues(parameter)) {
    const encoded = encodeValue(value, encoding);
    if ("problem" in encoded) return encoded.problem;
  }
  return undefined;
}

type Place = (at: number, length: number) => TextSpan;

function checkHex(text: string, from: number, place: Place, fail: Fail): void {
  const parsed = parsePayload("hex", text);
  if ("problem" in parsed) failAt(parsed.problem, text, from, place, fail);
}

function checkBase64(text: string, place: Place, fail: Fail): void {
  const parsed = parsePayload("base64", text);
  if ("problem" in parsed) failAt(parsed.problem, text, 0, place, fail);
}

/** A problem that names a character is shown at that character. */
function failAt(problem: string, text: string, from: number, place: Place, fail: Fail): void {
  const [named, number] = / at character (\d+)/.exec(problem) ?? [];
  if (named === undefined) fail(place(from, text.length), problem);
  else fail(place(from + Number(number) - 1, 1), problem.replace(named, ""));
}

/** With a value for each parameter it must pass all that a send is checked for. What was said already is not said again. */
function checkAsSent(
  { file, nodes, payloadNode }: ReadFile,
  isSound: (node: JsonNode | undefined) => boolean,
  fail: Fail,
): void {
  const values = [...file.parameters.values()].map(
    (parameter) => [parameter.name, sampleValues(parameter)[0] ?? 0] as const,
  );
  const built = buildDownlink({
    ...{ applicationUid: "application", deviceId: "end-device" },
    downlinks: [fillDownlinkFile(file, new Map(values))],
  });
  const isPayloadSound = isSound(payloadNode) && isSound(nodes.get("parameters"));
  for (const { field, message } of "errors" in built ? built.errors : []) {
    const node = field === "payload" ? payloadNode : nodes.get(field);
    const isNew = field === "payload" ? isPayloadSound : isSound(node);
    if (isNew) fail(node ?? payloadNode, message, field === "priority");
  }
}

type TextNode = JsonNode & { readonly value: string };

function textsIn(node: JsonNode): readonly TextNode[] {
  if (node.kind === "array") return node.items.flatMap(textsIn);
  if (node.kind === "object") return node.members.flatMap(({ value }) => textsIn(value));
  return typeof node.value === "string" ? [{ ...node, value: node.value }] : [];
}

/** Characters of a text in the file; the whole text when escapes make the place uncertain. */
function spanIn({ start, end, value }: TextNode, at: number, length: number): TextSpan {
  if (end - start - 2 !== value.length) return { start, end };
  return {
    start: start + 1 + at,
    end: start + 1 + Math.min(at + Math.max(length, 1), value.length),
  };
}
