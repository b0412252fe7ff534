/** A test of a payload formatter: what goes in, what must come out, and where it is written. */
import type { JsonObject, JsonValue } from "../formatter";

export type TestKind = "decodeUplink" | "encodeDownlink" | "decodeDownlink";

/** Tests that are read of one file. */
export const maximumCases = 2_000;

export interface CaseInput {
  readonly fPort: number;
  /** Of the two that decode. */
  readonly bytes?: readonly number[];
  /** Milliseconds since 1970. */
  readonly recvTime?: number;
  /** Of encodeDownlink. */
  readonly data?: JsonObject;
}

/** Either errors that must come, or a result; a part that is undefined is not compared. */
export interface ExpectedOutput {
  readonly errors: readonly string[];
  readonly data?: JsonObject;
  readonly normalized?: readonly JsonValue[] | undefined;
  readonly bytes?: readonly number[];
  readonly fPort?: number;
  readonly warnings?: readonly string[] | undefined;
}

export interface TestCase {
  readonly kind: TestKind;
  readonly name: string;
  /** File name of the formatter beside the test file; undefined: of the binding. */
  readonly formatter: string | undefined;
  /** Counted from 1. */
  readonly line: number;
  readonly input: CaseInput;
  readonly output: ExpectedOutput;
}

/** How a file of tests is written. */
export type TestFormat = "json" | "yaml";

export interface TestProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

export interface TestFile {
  readonly cases: readonly TestCase[];
  readonly problems: readonly TestProblem[];
}
