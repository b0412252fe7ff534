import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import schema from "../../media/schemas/downlink.schema.json";
import { buildDownlink } from "../../src/stack/downlink";
import { checkDownlinkFile } from "../../src/stack/downlinkFile/downlinkFileCheck";
import { argumentProblem, fillDownlinkFile } from "../../src/stack/downlinkFile/downlinkFileFill";
import {
  plainValue,
  readJsonTree,
  type JsonNode,
} from "../../src/stack/downlinkFile/downlinkFileJson";
import { parameterTypes, parseArgument } from "../../src/stack/downlinkFile/downlinkFileParameters";
import {
  encodeValue,
  encodings,
  type ParameterValue,
} from "../../src/stack/downlinkFile/downlinkFilePlaceholders";
import { priorities } from "../../src/stack/messages";
import { canaryKey } from "../support/canary";

const minutes =
  '"parameters":{"minutes":{"type":"integer","minimum":0,"maximum":255,"default":15}}';

function fileOf(text: string) {
  const { file, problems } = checkDownlinkFile(text);
  assert.deepEqual(problems, []);
  return file ?? assert.fail("no file");
}

/** What is published for a file and its values: the payload in hex, or the fields. */
function sent(text: string, values: Record<string, ParameterValue> = {}) {
  const item = fillDownlinkFile(fileOf(text), new Map(Object.entries(values)));
  const built = buildDownlink({
    ...{ applicationUid: "app1@ttn", deviceId: "dev-1", downlinks: [item] },
  });
  if ("errors" in built) return assert.fail(JSON.stringify(built.errors));
  const [downlink] = built.downlinks;
  return downlink?.fields ?? Buffer.from(downlink?.bytes ?? []).toString("hex");
}

describe("A downlink file", () => {
  it("is sent as it is written", () => {
    assert.equal(sent('{"fPort":15,"hex":"BE EF"}'), "beef");
    assert.equal(sent('{"fPort":15,"hex":""}'), "");
    assert.equal(sent('{"fPort":15,"base64":"vu8="}'), "beef");
    assert.equal(sent('{"fPort":15,"text":"open"}'), "6f70656e");
    assert.deepEqual(sent('{"fPort":15,"fields":{"valve":"open"}}'), { valve: "open" });
  });

  it("carries its priority, confirmation and FPort", () => {
    const { fPort, priority, confirmed } = fileOf(
      '{"$schema":"x","description":"d","fPort":223,"hex":"01","priority":"HIGH","confirmed":true}',
    );
    assert.deepEqual([fPort, priority, confirmed], [223, "HIGH", true]);
    const plain = fileOf('{"fPort":1,"hex":"01"}');
    assert.deepEqual([plain.priority, plain.confirmed], ["NORMAL", false]);
  });

  it("fills hex with values of fixed width", () => {
    const text = `{"fPort":1,"hex":"01 \${minutes:u16be} ff\${minutes:u8}",${minutes}}`;
    assert.equal(sent(text, { minutes: 255 }), "0100ffffff");
  });

  it("fills text, and leaves $${ as ${", () => {
    const text = `{"fPort":1,"text":"for \${minutes} $\${minutes}",${minutes}}`;
    assert.equal(sent(text, { minutes: 7 }), Buffer.from("for 7 ${minutes}").toString("hex"));
  });

  it("fills fields: a whole text keeps the value's type, a part becomes text, names stay", () => {
    const text = `{"fPort":1,"fields":{"a":"\${minutes}","b":["in \${minutes} min"],"\${minutes}":1},${minutes}}`;
    assert.deepEqual(sent(text, { minutes: 7 }), { a: 7, b: ["in 7 min"], "${minutes}": 1 });
  });

  it("keeps a field named __proto__ a field", () => {
    const text = '{"fPort":1,"fields":{"__proto__":{"a":1},"b":2}}';
    const item = fillDownlinkFile(fileOf(text), new Map());
    assert.equal(item.payload, '{"__proto__":{"a":1},"b":2}');
  });
});

describe("Problems of a downlink file", () => {
  /** The place of a problem is written between « and ». */
  const cases: readonly (readonly [marked: string, message: RegExp])[] = [
    ['«{»"hex":"01"}', /has an fPort/],
    ['«{»"fPort":1}', /has a payload/],
    ['{"fPort":«0»,"hex":"01"}', /FPort 0 belongs to the network/],
    ['{"fPort":«224»,"hex":"01"}', /reserved/],
    ['{"fPort":«1.5»,"hex":"01"}', /whole number/],
    ['{"fPort":«"15"»,"hex":"01"}', /^A number\.$/],
    ['{"fPort":1,"hex":"01 «x»2"}', /^Not a hex digit\.$/],
    ['{"fPort":1,"hex":"01 «2»"}', /^Half a byte: write two digits/],
    ['{"fPort":1,"hex":«"\\u0031x"»}', /hex digit|Half a byte/],
    ['{"fPort":1,"base64":"vu8«!»"}', /^Not a base64 character\.$/],
    ['{"fPort":1,"base64":"vu8«=»x"}', /base64/i],
    ['{"fPort":1,"hex":"01","text":«"x"»}', /One payload is enough: hex/],
    ['{"fPort":1,"hex":"01",«"prioritty"»:"HIGH"}', /no field "prioritty"/],
    ['{"fPort":1,"hex":"01",«"device"»:"pump-1"}', /no field "device"/],
    ['{"fPort":1,"hex":"01","priority":«"high"»}', /One of LOWEST/],
    ['{"fPort":1,"hex":"01",«"fPort"»:2}', /twice/],
    ['{"fPort":1,"hex":"01","confirmed":«1»}', /True or false/],
    ['{"fPort":1,"fields":«[]»}', /An object/],
    ['{"fPort":1,"hex":«1»}', /A string/],
    ["«[]»", /A downlink is an object/],
    [`{"fPort":1,"hex":«"${"00".repeat(243)}"»}`, /at most 242/],
    // Parameters
    ['{"fPort":1,"hex":"«${hours:u8}»"}', /no parameter "hours"/],
    [`{"fPort":1,"hex":"01 «\${minutes}»",${minutes}}`, /how the value is encoded/],
    [`{"fPort":1,"hex":"«\${minutes:u9}»",${minutes}}`, /how the value is encoded/],
    [
      `{"fPort":1,"hex":"«\${minutes:i8}»",${minutes}}`,
      /i8 holds whole numbers from -128 to 127, not 255/,
    ],
    [`{"fPort":1,"hex":"«\${minutes:text}»",${minutes}}`, /text takes a string/],
    [
      `{"fPort":1,"hex":"0«1»0 \${minutes:u8}",${minutes}}`.replace("0«1»0", "01 «0»"),
      /Half a byte/,
    ],
    [`{"fPort":1,"text":"«\${minutes:u8}»",${minutes}}`, /Only hex has encodings/],
    [`{"fPort":1,"text":«"\${minutes"»,"parameters":{}}`, /without its \}/],
    ['{"fPort":1,"hex":"01","parameters":{«"a"»:{"type":"boolean"}}}', /No placeholder .* uses a/],
    ['{"fPort":1,"text":"${a}","parameters":{"a":«{}»}}', /Says its type/],
    ['{"fPort":1,"text":"${a}","parameters":{"a":{"type":«"float"»}}}', /Says its type/],
    [
      '{"fPort":1,"text":"${a}","parameters":{"a":{"type":"string",«"encode"»:1}}}',
      /no field "encode"/,
    ],
    [
      '{"fPort":1,"text":"${a}","parameters":{"a":{"type":"string","minimum":«1»}}}',
      /string has no minimum/,
    ],
    [
      '{"fPort":1,"text":"${a}","parameters":{"a":{"type":"number","minimum":«2»,"maximum":1}}}',
      /larger than/,
    ],
    [
      '{"fPort":1,"text":"${a}","parameters":{"a":{"type":"integer","maximum":9,"default":«10»}}}',
      /At most 9/,
    ],
    [
      '{"fPort":1,"text":"${a}","parameters":{"a":{"type":"integer","enum":[1,«2.5»]}}}',
      /whole number/,
    ],
    ['{"fPort":1,"text":"${a}","parameters":{"a":{"type":"string","enum":«[]»}}}', /A list/],
    [
      '{"fPort":1,"text":"${a}","parameters":{"a":{"type":"string","enum":["x"],"default":«"y"»}}}',
      /One of x/,
    ],
    ['{"fPort":1,"text":"${a b}","parameters":{«"a b"»:{"type":"string"}}}', /name is a letter/],
  ];
  for (const [marked, message] of cases) {
    it(`are found at their place: ${marked.slice(0, 90)}`, () => {
      const start = marked.indexOf("«");
      const end = marked.indexOf("»") - 1;
      const { file, problems } = checkDownlinkFile(marked.replace(/[«»]/g, ""));
      assert.equal(file, undefined);
      const [first] = problems;
      assert.match(first?.message ?? "", message);
      assert.deepEqual([first?.start, first?.end], [start, end]);
      assert.equal(problems.length, 1, JSON.stringify(problems));
    });
  }

  it("X01 an API key is one wherever it stands, and is not repeated", () => {
    const inHex = Buffer.from(canaryKey).toString("hex");
    for (const text of [
      `{"fPort":1,"text":"${canaryKey}"}`,
      `{"fPort":1,"hex":"${inHex}"}`,
      `{"fPort":1,"base64":"${Buffer.from(canaryKey).toString("base64")}"}`,
      `{"fPort":1,"fields":{"a":[{"b":"${canaryKey}"}]}}`,
      `{"fPort":1,"fields":{"${canaryKey}":1}}`,
      `{"fPort":1,"hex":"01","apiKey":"${canaryKey}"}`,
      `{"fPort":1,"hex":"01","description":"NNSXS.ABC"}`,
      `{"fPort":1,"hex":"01" ${canaryKey}`,
    ]) {
      const { file, problems } = checkDownlinkFile(text);
      assert.equal(file, undefined);
      assert.ok(problems.some(({ message }) => message.startsWith("This looks like an API key")));
      for (const { message } of problems) assert.ok(!message.includes(canaryKey));
    }
  });

  it("are found side by side", () => {
    const text = '{"fPort":0,"hex":"x","prioritty":1,"priority":"high"}';
    const { problems } = checkDownlinkFile(text);
    const shown = problems.map(({ start, end }) => text.slice(start, end)).sort();
    assert.deepEqual(shown, ['"high"', '"prioritty"', "0", "x"]);
  });

  it("leave a text that is no JSON to the editor", () => {
    assert.deepEqual(checkDownlinkFile('{"fPort":'), { file: undefined, problems: [] });
  });

  it("never throw and always lie in the text, whatever it is", () => {
    const names = fc.constantFrom(
      "fPort",
      "hex",
      "text",
      "fields",
      "parameters",
      "priority",
      "type",
      "enum",
      "a",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(1, "${a}", "${a:u8}", "01", "integer", null, true, -1e300),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(names, tie("value"), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          value.map((each) => JSON.stringify(each)),
        ),
        (text) => {
          for (const { start, end } of checkDownlinkFile(text).problems) {
            assert.ok(start >= 0 && start < end && end <= Math.max(text.length, 1));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("are found in a hostile file in no time", () => {
    const start = performance.now();
    for (const text of [
      "[".repeat(60_000),
      `{"fPort":1,"text":"${"${".repeat(20_000)}"}`,
      `{"fPort":1,"fields":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
      `{"fPort":1,"hex":"01",${Array.from({ length: 5_000 }, (_, at) => `"x${at}":1`).join()}}`,
      " ".repeat(1_000_000),
    ]) {
      const { file, problems } = checkDownlinkFile(text);
      assert.equal(file, undefined);
      assert.ok(problems.length <= 100);
    }
    assert.ok(performance.now() - start < 1_000);
  });
});

describe("A JSON tree", () => {
  it("has the value of JSON.parse, and each part at its place, whatever the text", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const tree = readJsonTree(text) ?? assert.fail(text);
        assert.deepEqual(plainValue(tree), JSON.parse(text));
        checkPlaces(tree, text);
      }),
    );
  });

  it("is none for what is no JSON, or nested too deeply", () => {
    assert.equal(readJsonTree("{"), undefined);
    assert.equal(readJsonTree(`${"[".repeat(50)}${"]".repeat(50)}`), undefined);
  });
});

function checkPlaces(node: JsonNode, text: string): void {
  assert.deepEqual(JSON.parse(text.slice(node.start, node.end)), plainValue(node));
  if (node.kind === "array") for (const item of node.items) checkPlaces(item, text);
  if (node.kind !== "object") return;
  for (const { name, nameSpan, value } of node.members) {
    assert.equal(JSON.parse(text.slice(nameSpan.start, nameSpan.end)), name);
    checkPlaces(value, text);
  }
}

describe("The encodings of parameters", () => {
  for (const [value, encoding, hex] of [
    [255, "u8", "FF"],
    [-1, "i8", "FF"],
    [true, "u8", "01"],
    [258, "u16be", "0102"],
    [258, "u16le", "0201"],
    [-2, "i16le", "FEFF"],
    [66051, "u24be", "010203"],
    [-1, "i24be", "FFFFFF"],
    [4294967295, "u32be", "FFFFFFFF"],
    [-2147483648, "i32le", "00000080"],
    [1.5, "f32be", "3FC00000"],
    [1.5, "f32le", "0000C03F"],
    ["é", "text", "C3A9"],
  ] as const) {
    it(`write ${value} as ${encoding} ${hex}`, () => {
      assert.deepEqual(encodeValue(value, encoding), { hex });
    });
  }

  for (const [value, encoding] of [
    [256, "u8"],
    [-1, "u8"],
    [-129, "i8"],
    [0.5, "u16be"],
    [2 ** 32, "u32le"],
    ["7", "u8"],
    [7, "text"],
    [1e39, "f32be"],
  ] as const) {
    it(`refuse ${value} as ${encoding}`, () => {
      assert.ok("problem" in encodeValue(value, encoding));
    });
  }

  it("hold each number in its range, and give it back", () => {
    const whole = encodings.filter((name) => /^[ui]\d/.test(name));
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.integer(), (encoding, number) => {
        const encoded = encodeValue(number, encoding);
        if ("problem" in encoded) return;
        const bytes = Buffer.from(encoded.hex, "hex");
        if (encoding.endsWith("le")) bytes.reverse();
        const size = bytes.length;
        const back = encoding.startsWith("u")
          ? bytes.readUIntBE(0, size)
          : bytes.readIntBE(0, size);
        assert.equal(back, number);
      }),
    );
  });
});

describe("A value typed for a parameter", () => {
  const { parameters } = fileOf(
    `{"fPort":1,"text":"\${n}\${x}\${s}","parameters":{"n":{"type":"integer","minimum":0,"maximum":9},"x":{"type":"number"},"s":{"type":"string"}}}`,
  );
  const parse = (name: string, text: string) =>
    parseArgument(parameters.get(name) ?? assert.fail(name), text);
  it("is taken as its type", () => {
    assert.deepEqual(parse("n", "7"), { value: 7 });
    assert.deepEqual(parse("x", "-.5e1"), { value: -5 });
    assert.deepEqual(parse("s", "7"), { value: "7" });
    assert.deepEqual(parse("s", ""), { value: "" });
  });
  for (const [name, text, problem] of [
    ["n", "", "A whole number."],
    ["n", "1.5", "A whole number."],
    ["n", "0x10", "A whole number."],
    ["n", "10", "At most 9."],
    ["n", "-1", "At least 0."],
    ["x", "Infinity", "A number."],
    ["x", "1e999", "A number."],
  ] as const) {
    it(`is refused: ${JSON.stringify(text)} for ${name}`, () => {
      assert.deepEqual(parse(name, text), { problem });
    });
  }

  it("is refused when it does not fit its place in hex", () => {
    const file = fileOf('{"fPort":1,"hex":"${n:u8}","parameters":{"n":{"type":"integer"}}}');
    assert.equal(argumentProblem(file, "n", 255), undefined);
    assert.match(argumentProblem(file, "n", 256) ?? "", /u8 holds whole numbers from 0 to 255/);
  });
});

describe("The schema of downlink files", () => {
  it("knows the same fields, types, priorities and encodings as the check", () => {
    const { properties } = schema;
    assert.deepEqual(properties.priority.enum, [...priorities]);
    const parameter = properties.parameters.additionalProperties.properties;
    assert.deepEqual(parameter.type.enum, [...parameterTypes]);
    for (const name of Object.keys(properties)) {
      const { problems } = checkDownlinkFile(`{"${name}":1}`);
      assert.ok(!problems.some(({ message }) => message.includes("no field")), name);
    }
    for (const name of Object.keys(parameter)) {
      const { problems } = checkDownlinkFile(`{"parameters":{"a":{"${name}":1}}}`);
      assert.ok(!problems.some(({ message }) => message.includes("no field")), name);
    }
    const said = properties.hex.description;
    for (const name of encodings) assert.ok(said.includes(name.replace(/[bl]e$/, "")), name);
  });

  it("describes every field for the hover", () => {
    const parameter = schema.properties.parameters.additionalProperties.properties;
    const { $schema, ...fields } = schema.properties;
    assert.equal($schema.type, "string");
    for (const [name, field] of Object.entries({ ...fields, ...parameter })) {
      assert.ok(field.description.length > 10, name);
    }
  });

  it("comes with the package", () => {
    assert.match(readFileSync(".vscodeignore", "utf8"), /^!media\/schemas\/\*\.json$/m);
  });
});
