import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import fc from "fast-check";
import { lintFormatter } from "../../src/formatters/lint/lint";
import { lintGlobals } from "../../src/formatters/lint/lintGlobals";
import { lintModules } from "../../src/formatters/lint/lintModules";
import { lintPort } from "../../src/formatters/lint/lintPort";
import { lintResults } from "../../src/formatters/lint/lintResults";
import { runtimeFindings } from "../../src/formatters/lint/lintRuntime";
import { readScript, type LintFinding } from "../../src/formatters/lint/lintScript";
import { lintSize, maximumScript, sizeText } from "../../src/formatters/lint/lintSize";
import { matchBrackets, tokenize } from "../../src/formatters/script/tokens";

/** The marked pieces of the text, with the rule of each. */
function marks(source: string, findings: readonly LintFinding[]): string[] {
  return findings.map(({ rule, start, end }) => `${rule}: ${source.slice(start, end)}`);
}

const globals = (source: string) => marks(source, lintGlobals(readScript(source), "2025"));
const modules = (source: string) => marks(source, lintModules(readScript(source)));
const results = (source: string) => marks(source, lintResults(readScript(source), "2025"));
const ports = (source: string) => marks(source, lintPort(readScript(source)));
const inDecoder = (body: string) => results(`function decodeUplink(input) { ${body} }`);
const inEncoder = (body: string) => results(`function encodeDownlink(input) { ${body} }`);
const inNormalizer = (body: string, profile: "3.32" | "2025" = "2025") => {
  const source = `function normalizeUplink(input) { ${body} }`;
  return marks(source, lintResults(readScript(source), profile));
};

describe("The tokens of a formatter", () => {
  const texts = (source: string) => tokenize(source).map(({ text }) => text);

  it("leaves comments out and keeps strings, templates and regular expressions whole", () => {
    assert.deepEqual(texts(`a /* b */ = "c // d" + 'e\\'f'; // g`), [
      ...["a", "=", '"c // d"', "+", "'e\\'f'", ";"],
    ]);
    assert.deepEqual(texts("x = `a${ b + `c${d}e` }f`"), [
      ...["x", "=", "`a${", "b", "+", "`c${", "d", "}e`", "}f`"],
    ]);
    assert.deepEqual(texts('/[/"]+\\//g.test(s)'), ['/[/"]+\\//g', ".", "test", "(", "s", ")"]);
  });

  it("tells a division from a regular expression", () => {
    assert.deepEqual(texts("a / b / c"), ["a", "/", "b", "/", "c"]);
    assert.deepEqual(texts("(a) / b / c"), ["(", "a", ")", "/", "b", "/", "c"]);
    assert.deepEqual(texts("x++ / y / z"), ["x", "++", "/", "y", "/", "z"]);
    assert.deepEqual(texts("if (a) /b/.test(c)").at(4), "/b/");
    assert.deepEqual(texts("return /b/").at(1), "/b/");
    assert.deepEqual(texts("a = { b: 1 } / 2 / 3").at(7), "/");
    assert.deepEqual(texts("function f() {} /b/.test(c)").at(6), "/b/");
  });

  it("knows where a line ends between two tokens", () => {
    const ends = tokenize("a\nb /* \n */ c d").map(({ isAfterLineEnd }) => isAfterLineEnd);
    assert.deepEqual(ends, [false, true, true, false]);
  });

  it("finds the partner of each bracket, also across templates", () => {
    const tokens = tokenize("f([1, `a${ {b: 2} }c${d}`])");
    const partner = matchBrackets(tokens);
    tokens.forEach(({ text }, index) => {
      if (text === "(") assert.equal(tokens[partner[index] ?? -1]?.text, ")");
      if (text === "[") assert.equal(tokens[partner[index] ?? -1]?.text, "]");
      if (text === "`a${") assert.equal(tokens[partner[index] ?? -1]?.text, "}c${");
      if (text === "}c${") assert.equal(tokens[partner[index] ?? -1]?.text, "}`");
    });
    assert.deepEqual([...matchBrackets(tokenize(") } ( ]"))], [-1, -1, -1, -1]);
  });

  it("covers the text: no token overlaps another, and what lies between is no code", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (source) => {
        let end = 0;
        for (const token of tokenize(source)) {
          assert.ok(token.start >= end && token.end > token.start);
          assert.equal(source.slice(token.start, token.end), token.text);
          end = token.end;
        }
      }),
    );
  });
});

describe("The size of a formatter", () => {
  it("is counted in bytes of UTF-8 and marks what is too much", () => {
    assert.deepEqual(lintSize("x".repeat(maximumScript)), []);
    const [finding] = lintSize("é".repeat(maximumScript / 2) + "zz");
    assert.ok(finding);
    assert.equal(finding.rule, "size");
    assert.deepEqual([finding.start, finding.end], [maximumScript / 2, maximumScript / 2 + 2]);
    assert.match(finding.message, /^40962 bytes/);
    assert.equal(sizeText(12_595), "12.3 of 40 KiB");
  });
});

describe("Names that the server lacks", () => {
  it("are found where they are used", () => {
    assert.deepEqual(globals("function f() { console.log(1); return atob(x) + Buffer.from(y); }"), [
      ...["missing-global: console", "missing-global: atob", "missing-global: Buffer"],
    ]);
    assert.deepEqual(globals("module.exports = { decodeUplink };"), ["missing-global: module"]);
    assert.deepEqual(globals("var fs = require('fs');"), ["missing-global: require"]);
    assert.deepEqual(globals("`${console.log(1)}`"), ["missing-global: console"]);
    assert.deepEqual(globals("new Intl.DateTimeFormat(); global.x = localStorage.a;"), [
      ...["missing-global: Intl", "missing-global: global", "missing-global: localStorage"],
    ]);
    assert.deepEqual(globals("new WeakRef(x); new AbortController(); new Blob([b]);"), [
      ...["missing-global: WeakRef", "missing-global: AbortController", "missing-global: Blob"],
    ]);
    const [grouped] = lintFormatter("function decodeUplink() { Object.groupBy(a, b); }", "2025");
    assert.match(grouped?.message ?? "", /no Object\.groupBy/);
    assert.deepEqual(globals("Object.keys(a); x.groupBy(a); const { location } = fix;"), []);
    const rules = (profile: "3.32" | "2025") =>
      lintFormatter("function decodeUplink() { return BigInt(5); }", profile).map(
        ({ rule }) => rule,
      );
    assert.deepEqual([rules("3.32"), rules("2025")], [["missing-global"], []]);
  });

  it("are no problem behind typeof, within try, as a member, as a key, in text, or declared", () => {
    for (const source of [
      'if (typeof module !== "undefined") module.exports = { decodeUplink };',
      "var t = typeof atob === 'function' ? atob(x) : own(x);",
      "try { console.log(1); } catch (e) {}",
      "input.console.log(this.process); a?.process",
      "var o = { process: 1, console() { return 2; }, 'module': 3 };",
      "// console.log\n'console' + `process` + /atob/.source",
      "function atob(text) { return text; } atob('x');",
      "var Buffer = []; Buffer.push(1);",
      "function f(process) { return process; }",
      "list.map((document) => document.x)",
      "x.forEach(self => self.y)",
      "atob = function () {}; atob();",
    ]) {
      assert.deepEqual(globals(source), [], source);
    }
  });

  it("are found again outside of try and beside a member of the same name", () => {
    assert.deepEqual(globals("try { a(); } catch (e) { console.log(e); } x.console;"), [
      "missing-global: console",
    ]);
    assert.deepEqual(globals("try { console.log(1); } finally {}"), ["missing-global: console"]);
  });
});

describe("Syntax of modules and pages", () => {
  it("is found where the server would stop", () => {
    assert.deepEqual(modules("#!/usr/bin/node\n"), ["module-syntax: #!"]);
    assert.deepEqual(modules("import { a } from './a.js';"), ["module-syntax: import"]);
    assert.deepEqual(modules("const a = await import('./a.js');"), ["module-syntax: import"]);
    assert.deepEqual(modules("export function decodeUplink() {}"), ["module-syntax: export"]);
    assert.deepEqual(modules("export { decodeUplink };"), ["module-syntax: export"]);
    assert.deepEqual(modules("<!-- old\nvar a;"), ["module-syntax: <!--"]);
  });

  it("is not found in text, comments, members and keys", () => {
    for (const source of [
      "// import x from 'y'\n'export default'",
      "a.import.export = { import: 1, export: 2 };",
      "a < !b",
      "'<!--' + /<!--/.source",
    ]) {
      assert.deepEqual(modules(source), [], source);
    }
  });
});

describe("What entry functions return", () => {
  it("must not come later", () => {
    assert.deepEqual(results("async function decodeUplink(i) { return { data: {} }; }"), [
      "async-entry: decodeUplink",
    ]);
    assert.deepEqual(results("const decodeUplink = async (i) => ({ data: {} });"), [
      "async-entry: decodeUplink",
    ]);
    assert.deepEqual(results("function* encodeDownlink(i) { yield 1; }"), [
      "async-entry: encodeDownlink",
    ]);
    assert.deepEqual(inDecoder("return Promise.resolve({ data: {} });"), [
      "result-shape: Promise.resolve({ data: {} })",
    ]);
    assert.deepEqual(inDecoder("return new Promise(f);"), ["result-shape: new Promise(f)"]);
    assert.deepEqual(
      results("async function helper() {} function decodeUplink(i) { return { data: {} }; }"),
      [],
    );
  });

  it("must be an object", () => {
    assert.deepEqual(inDecoder("return 'text';"), ["result-shape: 'text'"]);
    assert.deepEqual(inDecoder("if (x) return; return { data: {} };"), ["result-shape: return"]);
    assert.deepEqual(inDecoder("return null"), ["result-shape: null"]);
    assert.deepEqual(inDecoder("return [1, 2];"), ["result-shape: [1, 2]"]);
    assert.deepEqual(results("var decodeUplink = (i) => 5;"), ["result-shape: 5"]);
    assert.deepEqual(
      results("function Decoder(b, p) { return [1]; } function Encoder(d, p) { return [1]; }"),
      [],
    );
  });

  it("is not looked for in functions within", () => {
    assert.deepEqual(
      inDecoder(
        "var f = function () { return 1; }; var o = { m() { return 2; } }; list.map((x) => { return 3; }); function g() { return 4 } return { data: {} };",
      ),
      [],
    );
    assert.deepEqual(inDecoder("if (a) { return 1; } return { data: {} };"), ["result-shape: 1"]);
    assert.deepEqual(inDecoder("return value\n}\nfunction other() { return 5;"), []);
  });

  it("has lists of errors and warnings, and data that is an object", () => {
    assert.deepEqual(inDecoder("return { errors: 'bad' };"), ["result-shape: 'bad'"]);
    assert.deepEqual(inDecoder("return { warnings: `bad`, data: 1 };"), [
      ...["result-shape: `bad`", "result-shape: 1"],
    ]);
    assert.deepEqual(
      inDecoder("var result = { data: {} }; result.errors = 'bad'; return result;"),
      ["result-shape: 'bad'"],
    );
    assert.deepEqual(inDecoder("return { errors: ['bad'], data: { errors: 'text' } };"), []);
    assert.deepEqual(inDecoder("return { errors: list, data };"), []);
    assert.deepEqual(inDecoder("var other = {}; other.errors = 'x'; return { data: other };"), []);
  });

  it("has bytes that are bytes, on a port of applications", () => {
    assert.deepEqual(inEncoder("return { bytes: '0102', fPort: 224 };"), [
      ...["result-shape: '0102'", "port-range: 224"],
    ]);
    assert.deepEqual(inEncoder("return { bytes: [1, 256, -1, 1.5, 255, x, y + 1], fPort: 1 };"), [
      ...["byte-range: 256", "byte-range: -1", "byte-range: 1.5"],
    ]);
    assert.deepEqual(results("function Encoder(d, p) { return '01'; }"), ["result-shape: '01'"]);
    assert.deepEqual(inEncoder("return { bytes: [], fPort: input.fPort };"), []);
    const source = "function encodeDownlink(i) { return { bytes: [-1, 300, 1.9] }; }";
    assert.deepEqual(
      lintResults(readScript(source), "2025").map(({ message }) => message),
      [255, 44, 1].map((sent) => `Not a byte: the server sends ${sent}.`),
    );
  });

  it("has no Date in a field", () => {
    assert.deepEqual(inDecoder("return { data: { time: new Date(), at: input.recvTime } };"), [
      ...["date-result: new Date()", "date-result: input.recvTime"],
    ]);
    assert.deepEqual(inDecoder("var d = {}; d.time = new Date(5);\nreturn { data: d };"), [
      "date-result: new Date(5)",
    ]);
    assert.deepEqual(
      inDecoder(
        "var t = new Date(); return { data: { time: new Date().toISOString(), y: t.getTime(), z: input.recvTime.getTime() } };",
      ),
      [],
    );
  });
});

describe("The FPort of an encoder", () => {
  const inBody = (body: string) => ports(`function encodeDownlink(input) { ${body} }`);

  it("is an object on the server, which matches no number", () => {
    const mark = "port-object: input.fPort";
    assert.deepEqual(inBody("if (input.fPort === 7) return a;"), [mark]);
    assert.deepEqual(inBody("return input.fPort !== 7 || 8 === input.fPort ? a : b"), [mark, mark]);
    assert.deepEqual(inBody("switch (input.fPort) { case 1: return a; }"), [mark]);
    assert.deepEqual(inBody("if ([1, 2].includes(input.fPort)) return a;"), [mark]);
    assert.deepEqual(inBody("var ok = input?.fPort === 7\nvar b"), ["port-object: input?.fPort"]);
    const [finding] = lintPort(
      readScript("const encodeDownlink = (m) => ({ bytes: m.fPort === 2 ? [1] : [] })"),
    );
    assert.equal(finding?.severity, "warning");
    assert.match(finding.message, /is a Number object: .* Use Number\(m\.fPort\)\.$/);
  });

  it("is found by the names that the function gives it", () => {
    for (const [source, name] of [
      ["function encodeDownlink(msg) { return msg.fPort === 7; }", "msg.fPort"],
      ["var encodeDownlink = i => { switch (i.fPort) {} }", "i.fPort"],
      ["var encodeDownlink = i => i.fPort === 7 ? a : b", "i.fPort"],
      ["var encodeDownlink = async function f(i) { return i.fPort === 7 }", "i.fPort"],
      ["function encodeDownlink({ fPort }) { return fPort === 7; }", "fPort"],
      ["const encodeDownlink = ({ data, fPort: p }) => p === 7 ? a : b;", "p"],
      ["function encodeDownlink(i) { const { data, fPort } = i; return fPort === 7; }", "fPort"],
      ["function encodeDownlink(i) { var port = i.fPort; switch (port) {} }", "port"],
      ["function encodeDownlink(i) { var port = i.fPort\nreturn port === 7 }", "port"],
      ["function Encoder(obj, port) { if (port === 7) return [1]; }", "port"],
    ] as const) {
      assert.deepEqual(ports(source), [`port-object: ${name}`], source);
    }
  });

  it("is no problem with ==, in arithmetic, as a number, or in other functions", () => {
    for (const body of [
      "if (input.fPort == 7 || input.fPort != 8 || input.fPort > 9) return a;",
      "return Number(input.fPort) === 7 || +input.fPort === 7 || 7 === input.fPort + 0;",
      "return input.fPort.valueOf() === 7 || 7 === input.fPort.valueOf() || x - input.fPort === 7;",
      "switch (Number(input.fPort)) {} switch (input.fPort | 0) {}",
      "var port = Number(input.fPort); switch (port) {} return port === 7;",
      "var port = input.fPort * 1; return port === 7;",
      "input.fPort = Number(input.fPort); return input.fPort === 7;",
      "if (input.fPort === undefined || null === input.fPort) return a;",
      "if (typeof input.fPort === 'object') return a;",
      "return { bytes: [table[input.fPort]], fPort: input.fPort };",
      "return input.data.fPort === 7 || other.fPort === 7 || fPort === 7;",
      "// input.fPort === 7\nreturn 'input.fPort === 7';",
      "var { fPort } = input.data; return fPort === 7;",
      "let { fPort } = input; fPort = Number(fPort); return fPort === 7;",
    ]) {
      assert.deepEqual(inBody(body), [], body);
    }
    for (const source of [
      "function decodeUplink(input) { return input.fPort === 7; }",
      "function decodeDownlink({ fPort }) { switch (fPort) {} }",
      "function Decoder(bytes, port) { return port === 7; }",
      "function Encoder(port) { return port === 7; }",
      "function encodeDownlink() { return fPort === 7; }",
      "function encodeDownlink",
    ]) {
      assert.deepEqual(ports(source), [], source);
    }
  });
});

describe("Normalized payloads", () => {
  it("have only fields that the server knows, by its version", () => {
    assert.deepEqual(
      inNormalizer("return { data: { air: { temperature: t, foo: 1 }, bar: 2 } };"),
      [...["normalized-field: foo", "normalized-field: bar"]],
    );
    assert.deepEqual(inNormalizer("return { data: { battery: 3 } };"), []);
    assert.deepEqual(inNormalizer("return { data: { battery: 3 } };", "3.32"), [
      "normalized-field: battery",
    ]);
    assert.deepEqual(
      inNormalizer(
        "var data = {}; data.air = { humidity: 1 }; data.soil.ph = 7; return { data: data };",
      ),
      [...["normalized-field: humidity", "normalized-field: ph"]],
    );
    assert.deepEqual(
      inNormalizer("return { data: [{ wind: { speed: 1 } }, { wind: { gust: 1 } }] };"),
      ["normalized-field: gust"],
    );
  });

  it("stay within their ranges and types", () => {
    assert.deepEqual(
      inNormalizer(
        "return { data: { wind: { direction: 360 }, soil: { moisture: -1, pH: 14 }, air: { temperature: '20' } } };",
      ),
      [
        "normalized-field: direction",
        "normalized-field: moisture",
        "normalized-field: temperature",
      ],
    );
    assert.deepEqual(
      inNormalizer("return { data: { air: { temperature: null, pressure: undefined } } };"),
      [...["normalized-field: temperature", "normalized-field: pressure"]],
    );
    assert.deepEqual(
      inNormalizer(
        "return { data: { time: new Date().toISOString(), air: { location: 'indoor' }, water: { leak: true } } };",
      ),
      [],
    );
    assert.deepEqual(inNormalizer("return { data: { time: 5, air: 20 } };"), [
      ...["normalized-field: time", "normalized-field: air"],
    ]);
    assert.deepEqual(
      inNormalizer("return { data: { air: { temperature: input.data.t, ...more, [key]: 1 } } };"),
      [],
    );
  });
});

describe("What a run tells", () => {
  it("is its remarks, and that it is slow", () => {
    assert.deepEqual(runtimeFindings({ result: 1, milliseconds: 9 }), []);
    const findings = runtimeFindings({ result: 1, milliseconds: 25, remarks: ["a Date"] });
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["warning", "warning"],
    );
    assert.equal(findings[0]?.message, "a Date");
    assert.match(findings[1]?.message ?? "", /^25 ms here: it may time out on the server/);
  });
});

/** All rules that need nothing but tokens. */
function lintAll(source: string): void {
  const script = readScript(source);
  lintSize(source);
  lintModules(script);
  lintGlobals(script, "2025");
  lintResults(script, "3.32");
  lintPort(script);
}

describe("Hostile texts", () => {
  const pieces = fc.constantFrom(
    ..."function decodeUplink encodeDownlink normalizeUplink async return new Date Promise console typeof try catch { } ( ) [ ] => = : , ; . ` ${ / \" ' \\ \n 256 data errors bytes".split(
      " ",
    ),
    " ",
  );

  it("never make the rules throw", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 80 }), fc.constantFrom("", " "), (parts, glue) =>
        lintAll(parts.join(glue)),
      ),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), lintAll));
  });

  it("take time in proportion to their length", () => {
    const unit = [
      ..."{ ( [ ` ` ${ / /[ ' \" /* // } ) ] ,".split(" "),
      ...[
        "return ",
        "return x;",
        "a.b=",
        "decodeUplink=x=>",
        "decodeUplink=",
        "function ",
        "console,",
        "(console,",
        "try{}catch{}",
      ],
      ...[
        "f(function(){",
        "new Date(",
        "x:new Date(",
        ".x=new Date(",
        "\\",
        "'\\",
        "x.errors=",
        "function decodeUplink(){",
        "input.fPort===",
        "var{fPort}=input;",
        "data:{",
        "<!--",
        "import ",
      ],
    ];
    for (const piece of unit) {
      for (const [head, tail] of [
        ["", ""],
        ["function decodeUplink(input){", "return x}"],
        ["function normalizeUplink(input){return {data:{", "}}}"],
        ["function encodeDownlink(input){", "}"],
      ] as const) {
        const time = (characters: number) => {
          const source = head + piece.repeat(characters / piece.length) + tail;
          const start = performance.now();
          lintAll(source);
          return performance.now() - start;
        };
        time(8_000);
        const elapsed = time(64 * 1024);
        assert.ok(elapsed < 1_000, `${head}${piece}… took ${elapsed.toFixed(0)} ms`);
      }
    }
  }).timeout(60_000);
});
