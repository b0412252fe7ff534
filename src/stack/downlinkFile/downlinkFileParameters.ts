/** The parameters of a downlink file: what each may be, and whether what was typed is that. */
import { plainValue, type JsonNode, type TextSpan } from "./downlinkFileJson";
import type { ParameterValue } from "./downlinkFilePlaceholders";

export const parameterTypes = ["integer", "number", "boolean", "string"] as const;
export type ParameterType = (typeof parameterTypes)[number];

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** The only values there are. */
  readonly choices: readonly ParameterValue[] | undefined;
  readonly initial: ParameterValue | undefined;
}

/** Tells a problem at its place. `isInSchema`: the editor tells the same, from the schema. */
export type Fail = (span: TextSpan, message: string, isInSchema?: boolean) => void;

const namePattern = /^[A-Za-z_]\w{0,39}$/;
const maximumParameters = 20;

export function readParameters(node: JsonNode, fail: Fail): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  if (node.kind !== "object") {
    fail(node, "An object with a parameter in each field.", true);
    return parameters;
  }
  if (node.members.length > maximumParameters)
    fail(node, `At most ${maximumParameters} parameters.`);
  for (const { name, nameSpan, value } of node.members) {
    if (!namePattern.test(name)) {
      fail(nameSpan, "A parameter's name is a letter, then letters, digits and _, 40 at most.");
    }
    const parameter = readParameter(name, value, fail);
    if (parameter) parameters.set(name, parameter);
  }
  return parameters;
}

function readParameter(name: string, node: JsonNode, fail: Fail): Parameter | undefined {
  if (node.kind !== "object") {
    fail(node, "An object that says at least the type.", true);
    return undefined;
  }
  const known = new Map<string, JsonNode>();
  for (const { name: field, nameSpan, value } of node.members) {
    if (!fields.has(field)) fail(nameSpan, `A parameter has no field ${JSON.stringify(field)}.`);
    known.set(field, value);
  }
  const scalar = (field: string) => {
    const found = known.get(field);
    return found?.kind === "scalar" ? found.value : undefined;
  };
  const typeName = scalar("type");
  const type = parameterTypes.find((each) => each === typeName);
  if (type === undefined) {
    const isMissing = !known.has("type");
    fail(known.get("type") ?? node, `Says its type: ${parameterTypes.join(", ")}.`, !isMissing);
    return undefined;
  }
  const description = scalar("description");
  const bound = (field: string) => {
    const value = scalar(field);
    const at = known.get(field);
    if (at && typeof value !== "number") fail(at, "A number.", true);
    if (at && type !== "integer" && type !== "number") fail(at, `A ${type} has no ${field}.`);
    return typeof value === "number" ? value : undefined;
  };
  const base = {
    ...{ name, type, minimum: bound("minimum"), maximum: bound("maximum") },
    description: typeof description === "string" ? description : undefined,
  };
  if (base.minimum !== undefined && base.maximum !== undefined && base.minimum > base.maximum) {
    fail(known.get("minimum") ?? node, "The minimum is larger than the maximum.");
  }
  const allowed = { ...base, choices: undefined, initial: undefined };
  const choices = readChoices(known.get("enum"), allowed, fail);
  const initial = readValue(known.get("default"), { ...allowed, choices }, fail);
  return { ...base, choices, initial };
}

const fields = new Set(["description", "type", "minimum", "maximum", "enum", "default"]);

function readChoices(node: JsonNode | undefined, parameter: Parameter, fail: Fail) {
  if (!node) return undefined;
  if (node.kind !== "array" || node.items.length === 0) {
    fail(node, "A list of the values that may be chosen.", true);
    return undefined;
  }
  return node.items
    .map((item) => readValue(item, parameter, fail))
    .filter((value) => value !== undefined);
}

function readValue(node: JsonNode | undefined, parameter: Parameter, fail: Fail) {
  if (!node) return undefined;
  const value = plainValue(node);
  const problem = valueProblem(parameter, value);
  if (problem !== undefined) fail(node, problem);
  return typeof value === "object" || problem !== undefined ? undefined : value;
}

/** What is wrong with a value for this parameter, in words, or nothing. */
function valueProblem(parameter: Parameter, value: unknown): string | undefined {
  const { type, minimum, maximum, choices } = parameter;
  if (type === "boolean" && typeof value !== "boolean") return "True or false.";
  if (type === "string" && (typeof value !== "string" || !value.isWellFormed())) return "A string.";
  if (type === "integer" && !Number.isSafeInteger(value)) return "A whole number.";
  if (type === "number" && !Number.isFinite(value)) return "A number.";
  if (typeof value === "number" && minimum !== undefined && value < minimum)
    return `At least ${minimum}.`;
  if (typeof value === "number" && maximum !== undefined && value > maximum)
    return `At most ${maximum}.`;
  if (choices && !choices.some((each) => each === value)) return `One of ${choices.join(", ")}.`;
  return undefined;
}

/** What was typed for a parameter as its value, or what is wrong with it. */
export function parseArgument(
  parameter: Parameter,
  text: string,
): { readonly value: ParameterValue } | { readonly problem: string } {
  const { type } = parameter;
  const isNumber = type === "integer" || type === "number";
  const isWritten = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  const value = isNumber
    ? isWritten
      ? Number(text)
      : undefined
    : type === "boolean"
      ? text === "true"
      : text;
  const problem = valueProblem(parameter, value);
  if (problem !== undefined || value === undefined) return { problem: problem ?? "A number." };
  return { value };
}

/** Values to try the payload with: all that a parameter names, or one that it allows. */
export function sampleValues({
  type,
  minimum,
  maximum,
  choices,
  initial,
}: Parameter): readonly ParameterValue[] {
  if (choices) return choices;
  if (type === "boolean") return [false, true];
  const named = [initial, minimum, maximum].filter((value) => value !== undefined);
  if (named.length > 0) return named;
  return [type === "string" ? "" : 0];
}
