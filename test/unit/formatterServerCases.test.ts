/** Answers recorded from the server's own packages, for two of its generations. Source: formatters research §1. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createFormatter } from "../../src/formatters/createFormatter";
import type { FormatterAnswer, FormatterError, JsonObject } from "../../src/formatters/formatter";

interface RecordedError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
}
type Recorded = { readonly error?: readonly RecordedError[]; readonly panic?: string } & Record<
  string,
  unknown
>;
interface Case {
  readonly id: string;
  readonly mode: "uplink" | "encode" | "decodeDownlink";
  readonly script: string;
  readonly bytes: readonly number[];
  readonly data: JsonObject;
  readonly fPort: number;
  readonly goja2023_noRecvTime: Recorded;
  readonly goja2024_recvTime: Recorded;
}

/** Cases that are answered otherwise on purpose, and why. One that begins to agree must leave this table. */
const exceptions: ReadonlyMap<string, string> = new Map([
  [
    "data-date-local",
    "the server keeps rubbish, or loses the uplink with it (formatters research §1.3); here it is an error",
  ],
  ["data-arraybuffer", "the server panics; here it is an error with a remark"],
  [
    "normalize-inf",
    "the server cannot write the uplink as JSON; here it is an error with a remark",
  ],
]);

/** When the recorded calls were received. */
const recvTime = 1_700_000_000_123;

function run(each: Case, profile: "3.32" | "3.33.1"): Promise<FormatterAnswer<object>> {
  const formatter = createFormatter(each.script, { profile });
  const { bytes, fPort, data } = each;
  const answer =
    each.mode === "uplink"
      ? formatter.decodeUplink({ bytes, fPort, recvTime })
      : each.mode === "encode"
        ? formatter.encodeDownlink({ data, fPort })
        : formatter.decodeDownlink({ bytes, fPort });
  return answer.finally(() => formatter.dispose());
}

/** The server's own errors of a chain; what its libraries say is worded by another engine. */
function chainOf(error: FormatterError | undefined): string[] {
  const chain = [];
  for (let link = error; link !== undefined; link = link.cause) chain.push(link);
  return chain
    .filter(({ name }) => name.startsWith("pkg/"))
    .map(({ name, code }) => `${name} ${code}`);
}

function agrees(answer: FormatterAnswer<object>, { error, ...recorded }: Recorded): boolean {
  // Through JSON: the recordings do not tell -0 from 0.
  if (error === undefined)
    return isEqual(JSON.parse(JSON.stringify(answer.result ?? null)), recorded);
  const expected = error
    .filter(({ name }) => name.startsWith("pkg/"))
    .map(({ name, code = "UNKNOWN" }) => `${name} ${code}`);
  const [first] = error;
  return (
    isEqual(chainOf(answer.error), expected) &&
    errorClass(answer.error?.message) === errorClass(first?.message)
  );
}

function errorClass(message = ""): string | undefined {
  return /^\w*Error\b/.exec(message)?.[0];
}

function isEqual(left: unknown, right: unknown): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

describe("Formatters against the server's recorded answers", function () {
  this.timeout(60_000);
  let cases: Case[];

  before(async () => {
    const text = await readFile("test/fixtures/formatters/server-edge-cases.jsonl", "utf8");
    cases = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Case);
  });

  for (const [profile, answers] of [
    ["3.32", "goja2023_noRecvTime"],
    ["3.33.1", "goja2024_recvTime"],
  ] as const) {
    it(`gives the results or the errors of ${profile}`, async () => {
      assert.equal(cases.length, 152);
      const different: string[] = [];
      for (const each of cases) {
        if (!agrees(await run(each, profile), each[answers])) different.push(each.id);
      }
      assert.deepEqual(different.sort(), [...exceptions.keys()].sort());
    });
  }

  it("says where a script threw and what it said", async () => {
    const thrown = cases.find(({ id }) => id === "throw-error");
    assert.ok(thrown);
    const { error } = await run(thrown, "3.33.1");
    assert.equal(error?.message, "Error: boom");
    assert.equal(error.place?.line, 1);
    assert.equal(thrown.script.slice(error.place.column - 1), '("boom")}');
  });
});
