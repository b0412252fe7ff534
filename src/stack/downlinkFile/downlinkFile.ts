/**
 * A downlink in a file of the workspace, `*.downlink.json`: data that can be reviewed, with parameters that are asked for on
 * sending. Reads its fields and tells which are wrong; whether their values can be sent is for downlinkFileCheck.ts.
 */
import type { PayloadFormat } from "../downlink";
import { plainValue, type JsonMember, type JsonNode } from "./downlinkFileJson";
import { readParameters, type Fail, type Parameter } from "./downlinkFileParameters";
import type { JsonValue } from "../messages";
import { asDownlinkFile, readPush } from "../pastedPush";

export interface DownlinkFile {
  readonly description: string | undefined;
  readonly fPort: number;
  readonly payloadFormat: PayloadFormat;
  /** A text, or the object of `fields`. */
  readonly payload: JsonValue;
  readonly priority: string;
  readonly confirmed: boolean;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** The file and where its fields stand. */
export interface ReadFile {
  readonly file: DownlinkFile;
  readonly nodes: ReadonlyMap<string, JsonNode>;
  readonly payloadNode: JsonNode;
}

const payloadNames = [
  "hex",
  "base64",
  "text",
  "fields",
] as const satisfies readonly PayloadFormat[];
const otherNames = new Set([
  "$schema",
  "description",
  "fPort",
  "priority",
  "confirmed",
  "parameters",
]);

/** Undefined when there is no payload to speak of; `fail` was told why. */
export function readDownlinkFile(root: JsonNode, fail: Fail): ReadFile | undefined {
  if (root.kind !== "object") {
    fail(root, "A downlink is an object: { … }.", true);
    return undefined;
  }
  const [push] = readPush(plainValue(root)) ?? [];
  if (push) {
    const begin = { start: root.start, end: root.start + 1 };
    fail(
      begin,
      `This is a push as the server takes it. As a downlink file: ${asDownlinkFile(push)}`,
    );
    return undefined;
  }
  const nodes = fieldsOf(root.members, fail);
  const begin = { start: root.start, end: root.start + 1 };
  if (!nodes.has("fPort")) fail(begin, "It has an fPort, 1 to 223.");
  const formats = payloadNames.filter((name) => nodes.has(name));
  const [payloadFormat, second] = formats;
  const payloadNode = payloadFormat && nodes.get(payloadFormat);
  if (!payloadNode) {
    fail(begin, "It has a payload: hex, base64, text or fields.");
    return undefined;
  }
  const secondNode = second && nodes.get(second);
  if (secondNode) fail(secondNode, `One payload is enough: ${payloadFormat} is there already.`);
  const isObject = payloadNode.kind === "object";
  const isText = payloadNode.kind === "scalar" && typeof payloadNode.value === "string";
  const parametersNode = nodes.get("parameters");
  const file = {
    description: textOf(nodes.get("description"), fail),
    fPort: numberOf(nodes.get("fPort"), fail) ?? 1,
    payloadFormat,
    payload: plainValue(payloadNode),
    priority: textOf(nodes.get("priority"), fail) ?? "NORMAL",
    confirmed: booleanOf(nodes.get("confirmed"), fail) ?? false,
    parameters: parametersNode
      ? readParameters(parametersNode, fail)
      : new Map<string, Parameter>(),
  };
  if (payloadFormat === "fields" ? isObject : isText) return { file, nodes, payloadNode };
  fail(payloadNode, payloadFormat === "fields" ? "An object: { … }." : "A string.", true);
  return undefined;
}

function fieldsOf(members: readonly JsonMember[], fail: Fail): ReadonlyMap<string, JsonNode> {
  const nodes = new Map<string, JsonNode>();
  for (const { name, nameSpan, value } of members) {
    const isKnown = otherNames.has(name) || payloadNames.some((each) => each === name);
    if (!isKnown) fail(nameSpan, `A downlink has no field ${JSON.stringify(name)}.`);
    if (nodes.has(name)) fail(nameSpan, "It is there twice.");
    nodes.set(name, value);
  }
  return nodes;
}

function textOf(node: JsonNode | undefined, fail: Fail): string | undefined {
  if (node?.kind === "scalar" && typeof node.value === "string") return node.value;
  if (node) fail(node, "A string.", true);
  return undefined;
}

function numberOf(node: JsonNode | undefined, fail: Fail): number | undefined {
  if (node?.kind === "scalar" && typeof node.value === "number") return node.value;
  if (node) fail(node, "A number.", true);
  return undefined;
}

function booleanOf(node: JsonNode | undefined, fail: Fail): boolean | undefined {
  if (node?.kind === "scalar" && typeof node.value === "boolean") return node.value;
  if (node) fail(node, "True or false.", true);
  return undefined;
}
