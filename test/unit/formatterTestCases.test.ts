import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import fc from "fast-check";
import type { Formatter, FormatterAnswer, JsonObject } from "../../src/formatters/formatter";
import { maximumCases, type TestCase } from "../../src/formatters/testCases/testCase";
import { testFileFor, withTest } from "../../src/formatters/testCases/testCaseFile";
import {
  formatterAmong,
  formatterNamed,
  isForeign,
} from "../../src/formatters/testCases/testFormatter";
import { runTestCase } from "../../src/formatters/testCases/testCaseRun";
import { parseTestFile as parse } from "../../src/formatters/testCases/testCases";

/** By its look, as the Test Explorer does by the name. */
function parseTestFile(text: string) {
  return parse(text, /^\s*[{[]/.test(text) ? "json" : "yaml");
}

const ownFile = `{
\t"formatter": "soil.js",
\t"tests": [
\t\t{
\t\t\t"name": "warm",
\t\t\t"type": "decodeUplink",
\t\t\t"input": { "bytes": "03 67 00E1", "fPort": 2, "recvTime": "2026-01-31T12:00:00Z" },
\t\t\t"output": { "data": { "temperature": 22.5 }, "warnings": [] },
\t\t\t"normalizedOutput": { "data": { "air": { "temperature": 22.5 } } }
\t\t},
\t\t{ "type": "encodeDownlink", "input": { "data": { "on": true } }, "output": { "bytes": [1], "fPort": 9 } },
\t\t{ "type": "decodeDownlink", "input": { "bytes": [1], "fPort": 9 }, "output": { "errors": ["no"] } }
\t]
}
`;

const repositoryFile = `# as in the device repository
uplinkDecoder:
  fileName: em300.js
  examples:
    - description: Temperature &amp; humidity
      input:
        fPort: 85
        bytes: [0x01, 0x75, 100]
      output:
        data: { battery: 100 }
        warnings: []
        errors: []
      normalizedOutput:
        data:
          - air:
              temperature: 20
    - description: too short
      input: { fPort: 85, bytes: [1] }
      output:
        errors:
          - too short
downlinkEncoder:
  fileName: em300-encoder.js
  examples:
    - description: reboot
      input:
        data: { reboot: true }
      output:
        bytes: [255, 16, 255]
        fPort: 85
downlinkDecoder:
  fileName: em300-encoder.js
  examples:
    - description: reboot back
      input: { fPort: 85, bytes: [255, 16, 255] }
      output:
        data: { reboot: true }
`;

describe("Files of formatter tests", () => {
  it("are our own JSON, with the line of each test", () => {
    const { cases, problems } = parseTestFile(ownFile);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      cases.map(({ name, line, kind, formatter }) => [name, line, kind, formatter]),
      [
        ["warm", 4, "decodeUplink", "soil.js"],
        ["test 2", 11, "encodeDownlink", "soil.js"],
        ["test 3", 12, "decodeDownlink", "soil.js"],
      ],
    );
    assert.deepEqual(cases[0]?.input, {
      ...{ fPort: 2, bytes: [3, 0x67, 0, 0xe1], recvTime: Date.UTC(2026, 0, 31, 12) },
    });
    assert.deepEqual(cases[0].output.normalized, [{ air: { temperature: 22.5 } }]);
    assert.deepEqual(cases[1]?.output, { errors: [], bytes: [1], fPort: 9, warnings: undefined });
    assert.deepEqual(cases[2]?.output, { errors: ["no"] });
  });

  it("are codec files of the device repository", () => {
    const { cases, problems } = parseTestFile(repositoryFile);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      cases.map(({ name, line, kind, formatter }) => [name, line, kind, formatter]),
      [
        ["Temperature &amp; humidity", 5, "decodeUplink", "em300.js"],
        ["too short", 17, "decodeUplink", "em300.js"],
        ["reboot", 25, "encodeDownlink", "em300-encoder.js"],
        ["reboot back", 34, "decodeDownlink", "em300-encoder.js"],
      ],
    );
    assert.deepEqual(cases[0]?.input.bytes, [1, 0x75, 100]);
  });

  it("may list examples of all types", () => {
    const { cases, problems } = parseTestFile(`
fileName: a.js
examples:
  - { type: uplink, input: { fPort: 1, bytes: [1] }, output: { data: {} } }
  - { type: downlink-encode, input: { data: {} }, output: { bytes: [] } }
  - { type: downlink, input: { bytes: [1], fPort: 2 }, output: { data: {} } }
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      cases.map(({ kind, formatter }) => [kind, formatter]),
      ["decodeUplink", "encodeDownlink", "decodeDownlink"].map((kind) => [kind, "a.js"]),
    );
  });

  it("may be lists of other tools, with or without the type", () => {
    const thingPark = `[
  { "type": "uplink", "description": "warm", "input": { "bytes": [1], "fPort": 15, "recvTime": "2020-08-02T20:00:00.000+05:00" }, "output": { "data": { "t": 1 }, "warnings": [] } },
  { "type": "downlink-encode", "input": { "data": { "on": true } }, "output": { "bytes": [1], "fPort": 2 } },
  { "type": "downlink-decode", "input": { "bytes": [1], "fPort": 2 }, "output": { "data": { "on": true } } }
]`;
    const chirpStack = `[{ "name": "a", "input": { "fPort": 1, "bytes": [1] }, "expected": { "data": { "t": 1 } } },
  { "name": "b", "input": { "fPort": 1, "data": {} }, "expected": { "bytes": [] } }]`;
    for (const [text, kinds] of [
      [thingPark, ["decodeUplink", "encodeDownlink", "decodeDownlink"]],
      [chirpStack, ["decodeUplink", "encodeDownlink"]],
    ] as const) {
      const { cases, problems } = parseTestFile(text);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        cases.map(({ kind }) => kind),
        kinds,
      );
      assert.deepEqual(cases[0]?.output.data, { t: 1 });
    }
  });

  it("are for the formatter in their name, or the one beside them that has the function", () => {
    assert.equal(formatterNamed("soil.formatter-tests.json"), "soil.js");
    assert.equal(formatterNamed("soil.examples.json"), "soil.js");
    assert.equal(formatterNamed("test_decode_soil.json"), "soil.js");
    assert.equal(formatterNamed("examples.json"), undefined);
    for (const name of ["examples.json", "a.examples.json", "test_encode_a.json"])
      assert.ok(isForeign(name), name);
    for (const name of ["a.formatter-tests.json", "package.json", "my_examples.json"])
      assert.ok(!isForeign(name), name);
    const decoder = { name: "a.js", text: "function decodeUplink() {}" };
    const encoder = { name: "b.js", text: "globalThis.encodeDownlink = run;" };
    const tool = { name: "tool.js", text: "run();" };
    const index = { ...decoder, name: "index.js" };
    assert.equal(formatterAmong([decoder, encoder, tool], "decodeUplink"), "a.js");
    assert.equal(formatterAmong([decoder, encoder, tool], "encodeDownlink"), "b.js");
    assert.equal(formatterAmong([decoder, encoder, tool], "decodeDownlink"), undefined);
    assert.equal(formatterAmong([decoder, index], "decodeUplink"), "index.js");
    assert.equal(
      formatterAmong([decoder, { ...decoder, name: "c.js" }], "decodeUplink"),
      undefined,
    );
  });

  it("say in which line what is wrong, and keep the other tests", () => {
    const { cases, problems } = parseTestFile(`{ "tests": [
      { "type": "uplink", "input": { "bytes": "0g" }, "output": { "data": {} } },
      { "type": "uplink", "input": { "bytes": [256] }, "output": { "data": {} } },
      { "type": "nonsense", "input": { "bytes": [] }, "output": { "data": {} } },
      { "type": "uplink", "input": { "bytes": [], "fPort": 256 }, "output": { "data": {} } },
      { "type": "uplink", "input": { "bytes": [], "recvTime": "soon" }, "output": { "data": {} } },
      { "type": "uplink", "input": { "bytes": [] } },
      { "type": "uplink", "input": { "bytes": [] }, "output": { "errors": "x" } },
      { "type": "uplink", "input": { "bytes": [] }, "output": {} },
      { "type": "encodeDownlink", "input": { "bytes": [] }, "output": { "bytes": [] } },
      7,
      { "type": "uplink", "input": { "bytes": [] }, "output": { "data": {} } }
    ] }`);
    assert.equal(cases.length, 1);
    assert.deepEqual(problems, [
      { line: 2, text: '"input.bytes": Not a hex digit at character 2.' },
      {
        line: 3,
        text: '"input.bytes": must be hex in quotes, or a list of numbers from 0 to 255.',
      },
      { line: 4, text: '"type" must be decodeUplink, encodeDownlink or decodeDownlink.' },
      { line: 5, text: '"fPort" must be a whole number from 0 to 255.' },
      { line: 6, text: '"input.recvTime" must be a time: 2026-01-31T12:00:00Z.' },
      { line: 7, text: '"output" must be an object.' },
      { line: 8, text: '"errors" and "warnings" must be lists of texts.' },
      { line: 9, text: '"output.data" must be an object, or "output.errors" a list.' },
      { line: 10, text: '"input.data" must be an object.' },
      { line: 11, text: "A test must be an object." },
    ]);
  });

  it("that are broken have problems with lines and no tests", () => {
    for (const [text, line] of [
      ['{ "tests": [\n{ ]', 2],
      ["5", 1],
      ["", 1],
      ["a: 1\na: 2", 2],
      ["- - - -\n:", 2],
      ['{ "tests": 5 }', 1],
    ] as const) {
      const { cases, problems } = parseTestFile(text);
      assert.deepEqual([cases.length, problems[0]?.line], [0, line], text);
    }
  });

  it("cannot hang, crash or reach prototypes", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let at = 0; at < 12; at++) {
      const [from, to] = ["abcdefghijklm"[at], "abcdefghijklm"[at + 1]];
      bomb.push(`${to}: &${to} [${Array<string>(9).fill(`*${from}`).join()}]`);
    }
    const hostile = [
      [
        ...bomb,
        "tests:",
        "- { type: uplink, input: { bytes: [1], x: *m }, output: { data: {} } }",
      ].join("\n"),
      "[".repeat(500_000),
      "{a: ".repeat(100_000),
      "- ".repeat(100_000),
      "? ".repeat(100_000),
      Array.from({ length: 3_000 }, (_, at) => `${" ".repeat(at)}a:`)
        .join("\n")
        .slice(0, 1_000_000),
      `{ "tests": [${"1,".repeat(200_000)}1] }`,
      "tests: !!js/function 'function () {}'",
      "x".repeat(2_000_000),
      "&a ".repeat(10_000),
      "tests: [!<tag:yaml.org,2002:binary> AAAA]",
    ];
    for (const text of hostile) {
      const start = performance.now();
      const { cases } = parseTestFile(text);
      const elapsed = performance.now() - start;
      assert.equal(cases.length, 0, text.slice(0, 20));
      assert.ok(elapsed < 4_000, `${text.slice(0, 20)} took ${elapsed.toFixed(0)} ms`);
    }
    const { cases } = parseTestFile(
      '{ "tests": [{ "type": "uplink", "input": { "bytes": [] }, "output": { "data": { "__proto__": { "x": 1 } } } }] }',
    );
    assert.deepEqual(Object.keys(cases[0]?.output.data ?? {}), ["__proto__"]);
    assert.equal(({} as { x?: unknown }).x, undefined);
  }).timeout(60_000);

  it("are read up to a number of tests", () => {
    const test = '{ "type": "uplink", "input": { "bytes": [] }, "output": { "data": {} } }';
    const { cases, problems } = parseTestFile(
      `{ "tests": [\n${Array<string>(maximumCases + 5)
        .fill(test)
        .join(",\n")}] }`,
    );
    assert.equal(cases.length, maximumCases);
    assert.deepEqual(problems, [
      { line: maximumCases + 2, text: "Only the first 2000 tests are read." },
    ]);
  }).timeout(20_000);

  it("never make the reader throw", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 200 }),
        (text) => void parseTestFile(text),
      ),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseTestFile(text);
        parseTestFile(`{ "tests": [${text}] }`);
        parseTestFile(`uplinkDecoder: { examples: [{ input: ${text}, output: ${text} }] }`);
      }),
    );
  });
});

describe("A test's outcome", () => {
  const [warm, on, refused] = parseTestFile(ownFile).cases;
  assert.ok(warm && on && refused);
  const run = (test: TestCase, answer: object) => {
    const give = () => Promise.resolve({ milliseconds: 3, ...answer } as FormatterAnswer<never>);
    const formatter = {
      ...{ decodeUplink: give, encodeDownlink: give, decodeDownlink: give },
      ...{ decodeUplinks: () => Promise.resolve([]), dispose: () => undefined },
    } satisfies Formatter;
    return runTestCase(formatter, test);
  };
  const decoded = (data: JsonObject, normalized?: readonly JsonObject[]) => ({
    result: { decoded_payload: data, ...(normalized && { normalized_payload: normalized }) },
  });

  it("is good when all that is written comes out, up to the last digit", async () => {
    const air = [{ air: { temperature: 22.5 } }];
    assert.deepEqual(await run(warm, decoded({ temperature: 22.500000000000004 }, air)), {
      milliseconds: 3,
      remarks: [],
    });
    const { failure } = await run(warm, decoded({ temperature: 22.5001 }, air));
    assert.equal(failure?.message, "data.temperature is 22.5001, not 22.5.");
    const expected = JSON.parse(failure.expected) as { data: unknown };
    const actual = JSON.parse(failure.actual) as { data: unknown };
    assert.deepEqual(
      [expected.data, actual.data],
      [{ temperature: 22.5 }, { temperature: 22.5001 }],
    );
    const missing = await run(warm, decoded({ temperature: 22.5 }));
    assert.match(missing.failure?.message ?? "", /^normalized is null, not \[\{"air":/);
    const warned = {
      result: {
        decoded_payload: { temperature: 22.5 },
        normalized_payload: air,
        decoded_payload_warnings: ["w"],
      },
    };
    assert.equal((await run(warm, warned)).failure?.message, 'warnings[0] is "w", not missing.');
  });

  it("compares bytes and the port of an encoder", async () => {
    assert.equal((await run(on, { result: { f_port: 9, frm_payload: [1] } })).failure, undefined);
    const { failure } = await run(on, { result: { f_port: 8, frm_payload: [1, 2] } });
    assert.equal(failure?.message, "bytes[1] is 2, not missing; fPort is 8, not 9.");
  });

  it("wants the errors that are written, as the formatter reports them", async () => {
    const error = (name: string, message: string) => ({
      error: { name, code: "ABORTED", message },
    });
    const reported = "pkg/messageprocessors/javascript:output_errors";
    assert.equal((await run(refused, error(reported, "no"))).failure, undefined);
    assert.equal(
      (await run(refused, error(reported, "other"))).failure?.message,
      "It failed: other",
    );
    assert.match(
      (await run(refused, error("pkg/scripting/javascript:script", "no"))).failure?.message ?? "",
      /It failed/,
    );
    assert.match((await run(refused, decoded({ a: 1 }))).failure?.message ?? "", /^It must fail/);
    const thrown = {
      error: { ...error("x:script", "Error: boom").error, place: { line: 3, column: 5 } },
    };
    assert.deepEqual((await run(warm, thrown)).failure?.place, { line: 3, column: 5 });
  });
});

describe("A captured frame as a test", () => {
  const captured = {
    name: "soil-1 #7",
    input: { bytes: Uint8Array.of(3, 0x67), fPort: 2, recvTime: Date.UTC(2026, 0, 1) },
    result: { decoded_payload: { temperature: 22.5 }, decoded_payload_warnings: ["low"] },
  };

  it("goes into the file beside the formatter, which then reads it back", () => {
    assert.equal(testFileFor("codecs/soil.v2.js"), "codecs/soil.v2.formatter-tests.json");
    const first = withTest(undefined, "soil.js", captured);
    assert.ok("text" in first);
    const second = withTest(first.text, "soil.js", { ...captured, name: "again" });
    assert.ok("text" in second);
    const { cases, problems } = parseTestFile(second.text);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      cases.map(({ name, formatter }) => [name, formatter]),
      [
        ["soil-1 #7", "soil.js"],
        ["again", "soil.js"],
      ],
    );
    assert.deepEqual(cases[0]?.input, {
      bytes: [3, 0x67],
      fPort: 2,
      recvTime: Date.UTC(2026, 0, 1),
    });
    assert.deepEqual(cases[0].output.warnings, ["low"]);
  });

  it("leaves a file alone that it cannot read", () => {
    for (const text of ["{", "[]", '{ "tests": 5 }', "tests: []"]) {
      assert.ok("problem" in withTest(text, "soil.js", captured), text);
    }
    const kept = withTest(
      '{ "formatter": "other.js", "note": 1, "tests": [] }',
      "soil.js",
      captured,
    );
    assert.ok("text" in kept);
    assert.match(kept.text, /^\{\n {2}"formatter": "other.js",\n {2}"note": 1,/);
  });

  it("skips uplinks on FPort 0, which the server never decodes, and says so", () => {
    const test = (type: string) =>
      `{ "type": "${type}", "input": { "bytes": "01", "fPort": 0 }, "output": { "data": {} } }`;
    const { cases, problems } = parseTestFile(
      `{ "tests": [\n${test("decodeUplink")},\n${test("decodeDownlink")}\n] }`,
    );
    assert.deepEqual(problems, [
      { line: 2, text: '"fPort" is 0: the server never decodes such an uplink.' },
    ]);
    assert.deepEqual(
      cases.map(({ kind }) => kind),
      ["decodeDownlink"],
    );
  });
});
