/** Reads one test of a file from plain JSON, or says what is wrong with it. */
import { parseHex } from "../../stack/framePayload";
import type { JsonObject, JsonValue } from "../formatter";
import type { CaseInput, ExpectedOutput, TestCase, TestKind } from "./testCase";

/** Words for what is tested: our own, and those of the device repository. */
const kinds: ReadonlyMap<string, TestKind> = new Map([
  ["uplink", "decodeUplink"],
  ["decodeUplink", "decodeUplink"],
  ["downlink-encode", "encodeDownlink"],
  ["encodeDownlink", "encodeDownlink"],
  ["downlink-decode", "decodeDownlink"],
  ["decodeDownlink", "decodeDownlink"],
]);

type ReadTest = Pick<TestCase, "kind" | "input" | "output"> & { readonly name: string | undefined };

/** @param given what is tested, where the list that it stands in says so */
export function readTest(
  test: JsonValue | undefined,
  given: TestKind | undefined,
): ReadTest | Problem {
  if (!isObject(test)) return { problem: "A test must be an object." };
  const { input } = test;
  if (!isObject(input)) return { problem: '"input" must be an object.' };
  const kind = given ?? kindOf(test.type, input);
  if (!kind) return { problem: '"type" must be decodeUplink, encodeDownlink or decodeDownlink.' };
  const read = readInput(kind, input);
  if ("problem" in read) return read;
  const output = readOutput(kind, test);
  if ("problem" in output) return output;
  const name = [test.name, test.description].find(
    (each) => typeof each === "string" && each !== "",
  );
  return { kind, name: typeof name === "string" ? name : undefined, input: read, output };
}

interface Problem {
  readonly problem: string;
}

function kindOf(type: JsonValue | undefined, input: JsonObject): TestKind | undefined {
  if (type === "downlink") return input.data === undefined ? "decodeDownlink" : "encodeDownlink";
  // Lists of other tools may leave it out.
  if (type === undefined) return input.data === undefined ? "decodeUplink" : "encodeDownlink";
  return typeof type === "string" ? kinds.get(type) : undefined;
}

function readInput(kind: TestKind, input: JsonObject): CaseInput | Problem {
  const { fPort = 1, data } = input;
  if (typeof fPort !== "number" || !Number.isInteger(fPort) || fPort < 0 || fPort > 255) {
    return { problem: '"fPort" must be a whole number from 0 to 255.' };
  }
  if (kind === "decodeUplink" && fPort === 0) {
    return { problem: '"fPort" is 0: the server never decodes such an uplink.' };
  }
  if (kind === "encodeDownlink") {
    return isObject(data) ? { fPort, data } : { problem: '"input.data" must be an object.' };
  }
  const bytes = readBytes(input.bytes);
  if ("problem" in bytes) return { problem: `"input.bytes": ${bytes.problem}` };
  if (input.recvTime === undefined) return { fPort, bytes: bytes.bytes };
  const recvTime = typeof input.recvTime === "string" ? Date.parse(input.recvTime) : NaN;
  if (Number.isNaN(recvTime))
    return { problem: '"input.recvTime" must be a time: 2026-01-31T12:00:00Z.' };
  return { fPort, bytes: bytes.bytes, recvTime };
}

function readBytes(value: JsonValue | undefined): { readonly bytes: readonly number[] } | Problem {
  if (typeof value === "string") {
    const parsed = parseHex(value);
    return "problem" in parsed ? parsed : { bytes: [...parsed.bytes] };
  }
  const isByte = (each: unknown) =>
    typeof each === "number" && Number.isInteger(each) && each >= 0 && each <= 255;
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : undefined;
  if (!list?.every(isByte))
    return { problem: "must be hex in quotes, or a list of numbers from 0 to 255." };
  return { bytes: list as readonly number[] };
}

function readOutput(kind: TestKind, test: JsonObject): ExpectedOutput | Problem {
  const { output = test.expected, normalizedOutput } = test;
  if (!isObject(output)) return { problem: '"output" must be an object.' };
  const lists = { errors: texts(output.errors), warnings: texts(output.warnings) };
  if (lists.errors === "bad" || lists.warnings === "bad") {
    return { problem: '"errors" and "warnings" must be lists of texts.' };
  }
  const { errors = [], warnings } = lists;
  if (errors.length > 0) return { errors };
  if (kind === "encodeDownlink") {
    const bytes = readBytes(output.bytes);
    if ("problem" in bytes) return { problem: `"output.bytes": ${bytes.problem}` };
    const { fPort } = output;
    return {
      errors: [],
      bytes: bytes.bytes,
      warnings,
      ...(typeof fPort === "number" && { fPort }),
    };
  }
  if (!isObject(output.data))
    return { problem: '"output.data" must be an object, or "output.errors" a list.' };
  return { errors: [], data: output.data, warnings, normalized: normalizedOf(normalizedOutput) };
}

function normalizedOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  const data = isObject(value) ? value.data : undefined;
  if (data === undefined) return undefined;
  return Array.isArray(data) ? (data as readonly JsonValue[]) : [data];
}

function texts(value: JsonValue | undefined): readonly string[] | undefined | "bad" {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return Array.isArray(value) && list.every((each) => typeof each === "string") ? list : "bad";
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
