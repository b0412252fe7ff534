/** Where the sandbox's engine would differ from the server's: each expectation is what the server's own engine answered. */
import assert from "node:assert/strict";
import { createFormatter } from "../../src/formatters/createFormatter";
import type { Formatter, FormatterAnswer, ServerProfile } from "../../src/formatters/formatter";

const input = { bytes: [7, 2, 3], fPort: 5 };
const used: Formatter[] = [];

function formatter(source: string, profile: ServerProfile = "2025"): Formatter {
  const made = createFormatter(source, { profile });
  used.push(made);
  return made;
}

const payload = ({ result, error }: FormatterAnswer<{ decoded_payload: unknown }>) =>
  result === undefined ? error.message : result.decoded_payload;

/** The value of an expression in a decoder. */
async function valueOf(expression: string, profile?: ServerProfile): Promise<unknown> {
  const source = `function decodeUplink(input) { return {data: {r: (${expression})}} }`;
  const found = payload(await formatter(source, profile).decodeUplink(input));
  return typeof found === "string" ? found : (found as { r: unknown }).r;
}

describe("The formatters' engine", function () {
  this.timeout(30_000);

  afterEach(() => {
    for (const each of used.splice(0)) each.dispose();
  });

  const values: readonly (readonly [expression: string, expected: unknown, ServerProfile?])[] = [
    // Only "less" counts in an order, and the algorithm is that of Go.
    ["[3,1,10].sort((a, b) => a > b)", [3, 1, 10]],
    ["[3,1,10].toSorted((a, b) => a > b)", [3, 1, 10]],
    ["Array.from(new Uint8Array([3,1,10]).sort((a, b) => a > b))", [3, 1, 10]],
    ["[5,undefined,1,,3].sort((a, b) => b - a)", [5, 3, 1, null, null]],
    ["[5,1,4,2].sort((a, b) => a < b ? -1 : 1).join()", "1,2,4,5"],
    ["Array.from({length: 50}, (_, i) => i * 7 % 50).sort((a, b) => a - b)[49]", 49],
    [
      "Array.from({length: 30}, (_, i) => i * 7 % 30).sort((a, b) => b % 3 - a % 3 || 1).join()",
      "14,5,26,17,8,29,20,11,2,23,7,28,19,10,1,22,13,4,25,16,0,21,12,3,24,15,6,27,18,9",
    ],
    // Named groups are in patterns and nowhere else, numbered after the others.
    ["/(?<n>a)/.exec('a').groups + ''", "undefined"],
    ["JSON.stringify(/(?<n>a)(b)/.exec('ab'))", '["ab","b","a"]'],
    ["'ab'.replace(/(?<n>a)/, '[$<n>]')", "[$<n>]b"],
    ["'ab'.replace(/(?<n>a)(b)/, function () { return [].join.call(arguments) })", "ab,b,a,0,ab"],
    ["[...'ab'.matchAll(/(?<n>a)/g)][0].groups + ''", "undefined"],
    // By the root collation.
    ["'a'.localeCompare('B')", -1],
    ["'\xe4'.localeCompare('z')", -1],
    ["['b','a','C','\xe4','A','_','1'].sort((x, y) => x.localeCompare(y)).join('')", "_1aA\xe4bC"],
    ["'r\xe9sum\xe9'.localeCompare('resumes')", -1],
    ["Math.hypot(1, 2, 3)", 3.741657386773941],
    ["(() => { try { nowhere } catch (e) { return e.message } })()", "nowhere is not defined"],
    ["null.foo", "TypeError: Cannot read property 'foo' of undefined"],
    ["new BigInt64Array(2)", [0, 0]],
    ["/(a)/.exec('a')[1] + (typeof import === 'x')", /^SyntaxError/],
    // The date parser of 3.32.
    ["[Date.parse('2020-1-1'), +new Date('2020/01/02')].join()", "NaN,NaN", "3.32"],
    ["Date.parse('1/2/2020 3:04 PM') + ''", "NaN", "3.32"],
    ["Date.parse('2020-02-30') + ''", "NaN", "3.32"],
    ["new Date('2020-01-01T10:00:00+02:00').toISOString()", "2020-01-01T08:00:00.000Z", "3.32"],
    ["Date.parse('Wed, 01 Jan 2020 00:00:00 GMT')", 1577836800000, "3.32"],
    ["Date.parse(new Date(1e12).toString())", 1e12, "3.32"],
    ["new Date(2020, 1, 2) instanceof Date && new Date(5).constructor === Date", true, "3.32"],
  ];
  for (const [expression, expected, profile] of values) {
    it(`answers ${expression} as the server${profile ? ` of ${profile}` : ""}`, async () => {
      const value = await valueOf(expression, profile);
      if (expected instanceof RegExp) assert.match(String(value), expected);
      else assert.deepEqual(value, expected);
    });
  }

  const scripts: readonly (readonly [source: string, expected: unknown])[] = [
    ["var NaN = 1; function decodeUplink() { return {data: {m: String(NaN)}} }", { m: "NaN" }],
    ["var n = 3; function decodeUplink() { return {data: {a: this.n}} }", { a: 3 }],
    ["var n = 3; function decodeUplink() { globalThis.n++; return {data: {n}} }", { n: 4 }],
    [
      "let n = 3; function decodeUplink() { return {data: {a: typeof this.n}} }",
      { a: "undefined" },
    ],
    [
      '"use strict"; var t = typeof this; function decodeUplink() { return {data: {t}} }',
      { t: "object" },
    ],
    [
      "var t = typeof arguments; function decodeUplink() { return {data: {t}} }",
      { t: "undefined" },
    ],
    [
      "if (true) { function f() {} } f(); function decodeUplink() {}",
      "ReferenceError: f is not defined",
    ],
    [
      "switch (1) { case 1: function f() {} } function decodeUplink() { return {data: {t: typeof f}} }",
      { t: "undefined" },
    ],
    [
      "{ var t = f(); function f() { return 5 } } function decodeUplink() { return {data: {t}} }",
      { t: 5 },
    ],
    [
      "let main = 5; function decodeUplink() {}",
      "SyntaxError: Identifier 'main' has already been declared",
    ],
    [
      "function decodeUplink() { return import('x').catch(() => 0) }",
      "SyntaxError: SyntaxError: import() is not known to this server",
    ],
    ["function decodeUplink() { return {data: arguments} }", "invalid output"],
    ["function decodeUplink() { return {data: {}, warnings: ['a',,]} }", "invalid output"],
  ];
  for (const [source, expected] of scripts) {
    it(`runs ${source} as the server, each time`, async () => {
      const each = formatter(source);
      const answers = [await each.decodeUplink(input), await each.decodeUplink(input)];
      assert.deepEqual(answers.map(payload), [expected, expected]);
    });
  }

  it("gives an encoder fields that it sees anew at each look", async () => {
    const data = { n: 5, nested: { a: 1, none: {} }, list: [1, 2] };
    const bytes = async (expression: string) => {
      const source = `function encodeDownlink(i) { var d = i.data; return {bytes: ${expression}} }`;
      const { result, error } = await formatter(source).encodeDownlink({ data, fPort: 1 });
      return result?.frm_payload ?? error?.message.slice(0, 9);
    };
    assert.deepEqual(await bytes("[d.list === d.list, d.nested === d.nested]"), [0, 0]);
    assert.deepEqual(await bytes("(d.list.push(4), d.list)"), [1, 2]);
    assert.deepEqual(await bytes("(d.list[0] = 9, d.list)"), [9, 2]);
    assert.deepEqual(await bytes("(d.nested.a = 7, [d.nested.a, d.nested.none === null])"), [7, 1]);
    assert.deepEqual(await bytes("Object.freeze(d)"), "TypeError");
  });

  it("takes the whole buffer behind a view as bytes", async () => {
    const source =
      "function encodeDownlink() { return {bytes: new DataView(new Uint8Array([1, 2, 3]).buffer, 1)} }";
    const { result } = await formatter(source).encodeDownlink({ data: {}, fPort: 1 });
    assert.deepEqual(result?.frm_payload, [1, 2, 3]);
  });

  it("finds a cycle at once", async () => {
    const source = "function decodeUplink() { var o = {a: 1}; o.self = [o]; return {data: o} }";
    const { error, milliseconds } = await formatter(source).decodeUplink(input);
    assert.equal(error?.cause?.name, "pkg/goproto:stack_depth_exceeded");
    assert.ok(milliseconds < 50, `${milliseconds} ms`);
  });

  const ordinary: readonly (readonly [string, string])[] = [
    [
      "an undeclared variable",
      "function decodeUplink(i) { v = i.bytes[0]; return {data: {v: v}} }",
    ],
    [
      "this in a method",
      "var o = {n: 0, f: function (x) { return this.n + x }}; function decodeUplink(i) { return {data: {v: o.f(i.bytes[0])}} }",
    ],
    [
      "a longer prototype",
      "String.prototype.twice = function () { return this + this }; function decodeUplink(i) { return {data: {v: +String(i.bytes[0]).twice()[0]}} }",
    ],
    [
      "words of the global scope",
      "// decode this\nfunction decodeUplink(i) { return {data: {v: Object.prototype.hasOwnProperty.call(i, 'x') ? 0 : i.bytes[0]}} }",
    ],
  ];
  for (const [what, source] of ordinary) {
    it(`decodes 1,000 frames with ${what} in one realm`, async () => {
      const each = formatter(source);
      await each.decodeUplink(input);
      const start = process.cpuUsage();
      const answers = await each.decodeUplinks(Array<typeof input>(1000).fill(input));
      const { user, system } = process.cpuUsage(start);
      assert.ok(answers.every((answer) => (payload(answer) as { v: unknown }).v === 7));
      // A realm for each would take more than 10 s.
      assert.ok(user + system < 3e6, `${(user + system) / 1e6} s`);
    });
  }

  it("leaves no state of a prototype in a batch in which a call never ends", async () => {
    const source =
      "function decodeUplink(i) { Array.prototype.n = (Array.prototype.n || 0) + 1; if (i.fPort === 9) for (;;); return {data: {n: [].n}} }";
    const ports = [1, 2, 9, 3, 4];
    const answers = await formatter(source).decodeUplinks(
      ports.map((fPort) => ({ bytes: [], fPort })),
    );
    const n = { n: 1 };
    assert.deepEqual(answers.map(payload), [n, n, "script timeout", n, n]);
  });

  it("says of frames that it did not run that it did not", async () => {
    const source =
      "function decodeUplink(i) { if (i.fPort % 2 === 1) Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1); return {data: {p: i.fPort}} }";
    const ports = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const answers = await formatter(source).decodeUplinks(
      ports.map((fPort) => ({ bytes: [], fPort })),
    );
    const stuck = "script timeout";
    const run = answers.slice(0, 6);
    assert.deepEqual(run.map(payload), [{ p: 0 }, stuck, { p: 2 }, stuck, { p: 4 }, stuck]);
    assert.ok(run.every(({ remarks }) => remarks === undefined));
    for (const { remarks } of answers.slice(6)) assert.match(remarks?.join() ?? "", /^Not run: /);
  });

  it("ends a script that does not get compiled", async () => {
    const started = performance.now();
    const block = `${"{".repeat(19_000)}${"}".repeat(19_000)}`;
    const source = `${block}${block}${block}${block}function decodeUplink() {}`;
    const { error } = await formatter(source).decodeUplink(input);
    assert.equal(error?.message, "script timeout");
    assert.ok(performance.now() - started < 5_000);
  });
});
