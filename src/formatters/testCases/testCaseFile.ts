/** Writes tests: a captured frame with what was decoded of it, as one more entry of a `.formatter-tests.json` file. */
import { toHex } from "../../stack/framePayload";
import type { DecodedUplink, DecodeInput, JsonObject } from "../formatter";
import { maximumCases } from "./testCase";

export const testFileEnding = ".formatter-tests.json";

/** `codecs/soil.js` -> `codecs/soil.formatter-tests.json`. */
export function testFileFor(formatterPath: string): string {
  return formatterPath.replace(/\.[^./]+$/, "") + testFileEnding;
}

export interface CapturedTest {
  readonly name: string;
  readonly input: DecodeInput & { readonly bytes: Uint8Array };
  readonly result: DecodedUplink;
}

/** The file's new text; a problem where the old one is not ours to add to. `formatter` is the file name beside it. */
export function withTest(
  text: string | undefined,
  formatter: string,
  test: CapturedTest,
): { readonly text: string } | { readonly problem: string } {
  const file = text === undefined || text.trim() === "" ? { formatter, tests: [] } : readFile(text);
  if (!file) return { problem: 'The test file is no JSON object with a list "tests".' };
  if (file.tests.length >= maximumCases)
    return { problem: `The test file has ${maximumCases} tests already.` };
  const tests = [...file.tests, entryOf(test)];
  return { text: `${JSON.stringify({ ...file, tests }, undefined, 2)}\n` };
}

function readFile(text: string): { readonly tests: readonly unknown[] } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("tests" in value)) return undefined;
    return Array.isArray(value.tests)
      ? { ...value, tests: value.tests as readonly unknown[] }
      : undefined;
  } catch {
    return undefined;
  }
}

function entryOf({ name, input, result }: CapturedTest): JsonObject {
  const { recvTime } = input;
  const warnings = result.decoded_payload_warnings ?? [];
  return {
    name,
    type: "decodeUplink",
    input: {
      bytes: toHex(input.bytes),
      fPort: input.fPort,
      ...(recvTime !== undefined && { recvTime: new Date(recvTime).toISOString() }),
    },
    output: { data: result.decoded_payload, ...(warnings.length > 0 && { warnings }) },
    ...(result.normalized_payload && { normalizedOutput: { data: result.normalized_payload } }),
  };
}
