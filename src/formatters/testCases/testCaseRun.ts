/** Runs one test of a payload formatter and says what came out otherwise. */
import { visible } from "../../stack/visible";
import { alignedTo, differences } from "../workbench/differences";
import type {
  DecodedDownlink,
  DecodedUplink,
  EncodedDownlink,
  Formatter,
  FormatterAnswer,
  FormatterError,
  JsonValue,
} from "../formatter";
import type { ExpectedOutput, TestCase } from "./testCase";

/** Expected and actual as JSON, with the fields in the same order. */
export interface TestFailure {
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
  /** In the formatter's file, counted from 1, where the server's error says so. */
  readonly place?: FormatterError["place"];
}

export interface TestOutcome {
  readonly milliseconds: number;
  /** Of the sandbox. */
  readonly remarks: readonly string[];
  readonly failure?: TestFailure;
}

/** Differences that the message names; the diff beside it shows all. */
const maximumTold = 3;

type AnyAnswer = FormatterAnswer<DecodedUplink | DecodedDownlink | EncodedDownlink>;

export async function runTestCase(formatter: Formatter, test: TestCase): Promise<TestOutcome> {
  const { fPort, bytes = [], data = {}, recvTime } = test.input;
  const answer: AnyAnswer =
    test.kind === "encodeDownlink"
      ? await formatter.encodeDownlink({ data, fPort })
      : await formatter[test.kind]({ bytes, fPort, recvTime });
  const failure = compare(test.output, answer);
  const { milliseconds, remarks = [] } = answer;
  return failure ? { milliseconds, remarks, failure } : { milliseconds, remarks };
}

function compare(expected: ExpectedOutput, answer: AnyAnswer): TestFailure | undefined {
  if (answer.error) return compareError(expected, answer.error);
  const actual = actualOf(answer.result);
  if (expected.errors.length > 0) {
    return failure("It must fail, but it did not.", { errors: expected.errors }, actual);
  }
  const wanted: Record<string, JsonValue> = {};
  const got: Record<string, JsonValue> = {};
  for (const part of ["data", "normalized", "bytes", "fPort", "warnings"] as const) {
    const value = expected[part];
    if (value === undefined) continue;
    wanted[part] = value;
    got[part] = actual[part] ?? null;
  }
  const found = differences(wanted, got, maximumTold + 1);
  if (found.length === 0) return undefined;
  const told = found.slice(0, maximumTold).map(({ path, a, b }) => {
    return `${visible(path, 80)} is ${short(b)}, not ${short(a)}`;
  });
  const more = found.length > maximumTold ? ", and more" : "";
  return failure(`${told.join("; ")}${more}.`, wanted, got);
}

/** Errors that the formatter reports must be those expected; one that it throws or the server finds is always a failure. */
function compareError(expected: ExpectedOutput, error: FormatterError): TestFailure | undefined {
  const isReported = error.name.endsWith(":output_errors");
  const messages = innermost(error);
  if (isReported && expected.errors.length > 0 && messages === expected.errors.join(", "))
    return undefined;
  const wanted =
    expected.errors.length > 0
      ? { errors: expected.errors }
      : { data: expected.data ?? null, bytes: expected.bytes ?? null };
  const shown = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== null));
  const found = failure(`It failed: ${error.message}`, shown, { errors: [messages] });
  const place = placeOf(error);
  return place ? { ...found, place } : found;
}

function placeOf(error: FormatterError): FormatterError["place"] {
  return error.place ?? (error.cause && placeOf(error.cause));
}

/** The message that the formatter itself gave. */
function innermost(error: FormatterError): string {
  return error.cause ? innermost(error.cause) : error.message;
}

function actualOf(
  result: DecodedUplink | DecodedDownlink | EncodedDownlink,
): Record<string, JsonValue> {
  if ("frm_payload" in result) {
    return { bytes: result.frm_payload, fPort: result.f_port, warnings: result.warnings ?? [] };
  }
  const data = { data: result.decoded_payload };
  if (!("decoded_payload_warnings" in result || "normalized_payload" in result)) {
    const { warnings = [] } = result as DecodedDownlink;
    return { ...data, warnings };
  }
  const { decoded_payload_warnings: warnings = [], normalized_payload: normalized } = result;
  return { ...data, warnings, ...(normalized && { normalized }) };
}

function short(value: JsonValue | undefined): string {
  return value === undefined ? "missing" : visible(JSON.stringify(value), 60);
}

function failure(message: string, expected: JsonValue, actual: JsonValue): TestFailure {
  const aligned = alignedTo(expected, actual) ?? null;
  return { message, expected: json(expected), actual: json(aligned) };
}

function json(value: JsonValue): string {
  return JSON.stringify(value, undefined, 2);
}
