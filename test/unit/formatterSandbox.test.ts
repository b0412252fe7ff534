/** Hostile and careless formatters: contained, ended in time, and without a trace in the next call. */
import assert from "node:assert/strict";
import { createFormatter } from "../../src/formatters/createFormatter";
import type { Formatter, FormatterAnswer } from "../../src/formatters/formatter";

const input = { bytes: [1, 2, 3], fPort: 5 };
const timeout = "pkg/scripting/javascript:script_timeout";
const used: Formatter[] = [];

function formatter(source: string, profile?: "3.32" | "3.33.1" | "2025"): Formatter {
  const made = createFormatter(source, profile === undefined ? {} : { profile });
  used.push(made);
  return made;
}

/** A decoder with this body. */
const decoder = (body: string) => formatter(`function decodeUplink(input) { ${body} }`);
const payload = ({ result, error }: FormatterAnswer<{ decoded_payload: unknown }>) =>
  result === undefined ? error : result.decoded_payload;

describe("The formatters' sandbox", function () {
  this.timeout(30_000);

  afterEach(() => {
    for (const each of used.splice(0)) each.dispose();
  });

  const endless: readonly (readonly [string, string])[] = [
    ["an endless loop", "while (true) {}"],
    [
      "a loop that catches",
      "for (;;) { try { while (true) {} } catch (e) {} finally { continue; } }",
    ],
    [
      "a catastrophic regular expression",
      "/^(a+)+$/.test('a'.repeat(50) + 'b'); return {data: {}}",
    ],
    [
      "a search through a huge array-like",
      "Array.prototype.includes.call({length: 2 ** 53 - 1}, 1)",
    ],
    ["a huge join", "Array.prototype.join.call({length: 2 ** 32})"],
    ["a sorting of a huge array-like", "Array.prototype.sort.call({length: 2 ** 53 - 1})"],
    ["runaway recursion", "(function f() { return f() + 1; })()"],
    [
      "promises without end",
      "(function f() { return Promise.resolve().then(f); })(); return {data: {}}",
    ],
    ["an endless iterable of errors", "return {errors: (function* () { for (;;) yield 1; })()}"],
    ["a huge array-like of errors", "return {errors: {length: 2 ** 53 - 1}}"],
    ["a huge array as data", "return {data: {a: new Array(4294967295)}}"],
    [
      "strings that fill the memory",
      "var s = 'x'.repeat(1e6), a = []; for (;;) a.push(s + a.length);",
    ],
    ["arrays that fill the memory", "var a = []; for (;;) a.push(new Array(100000).fill(1));"],
  ];
  for (const [what, body] of endless) {
    it(`ends ${what} as the server does, and goes on`, async () => {
      const other = decoder("return {data: {sum: input.bytes[0] + input.bytes[1]}}");
      const hostile = decoder(body);
      const [bad, good] = await Promise.all([
        hostile.decodeUplink(input),
        other.decodeUplink(input),
      ]);
      assert.equal(bad.error?.name, timeout);
      assert.equal(bad.error.code, "DEADLINE_EXCEEDED");
      assert.deepEqual(payload(good), { sum: 3 });
      assert.deepEqual(payload(await other.decodeUplink(input)), { sum: 3 });
    });
  }

  it("ends an endless getter chain by its depth or its time", async () => {
    const { error } = await decoder(
      "function f() { return {get a() { return f(); }}; } return {data: f()}",
    ).decodeUplink(input);
    const names = [error?.name, error?.cause?.name].join(" ");
    assert.match(names, /stack_depth_exceeded$|^pkg\/scripting\/javascript:script_timeout/);
  });

  it("answers each input of a batch in which one gets stuck", async () => {
    const mixed = decoder(
      "if (input.fPort === 9) Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1);" +
        "return {data: {port: input.fPort}}",
    );
    const ports = [1, 2, 9, 3];
    const answers = await mixed.decodeUplinks(ports.map((fPort) => ({ bytes: [], fPort })));
    assert.deepEqual(
      answers.map((answer) => answer.error?.name ?? payload(answer)),
      [{ port: 1 }, { port: 2 }, timeout, { port: 3 }],
    );
  });

  const poisons: readonly (readonly [string, string])[] = [
    [
      "a setter on Array.prototype",
      "Object.defineProperty(Array.prototype, 0, {set() { throw 1 }, configurable: true})",
    ],
    [
      "a setter on Object.prototype",
      "Object.defineProperty(Object.prototype, 'kind', {set() {}, get() { return 'x' }})",
    ],
    ["Array iteration", "Array.prototype[Symbol.iterator] = function () { throw new Error('no') }"],
    [
      "Array.prototype.push and join",
      "Array.prototype.push = Array.prototype.join = () => { throw 1 }",
    ],
    ["JSON", "JSON.stringify = JSON.parse = () => 'null'"],
    ["Object.keys and Reflect", "Object.keys = Reflect.ownKeys = Reflect.apply = () => []"],
    ["Function.prototype.call", "Function.prototype.call = Function.prototype.apply = () => 7"],
    ["toJSON", "Object.prototype.toJSON = String.prototype.toJSON = () => 'no'"],
    ["String.prototype.slice", "String.prototype.slice = () => 'no'"],
  ];
  for (const [what, code] of poisons) {
    it(`reads the result with ${what} poisoned, and the next call finds it whole`, async () => {
      const poisoned = decoder(
        `if (input.fPort === 5) { ${code} } return {data: {a: [1, {b: "c"}], keys: Object.keys({x: 1}).length}}`,
      );
      const [bad, good] = [
        await poisoned.decodeUplink(input),
        await poisoned.decodeUplink({ bytes: [], fPort: 6 }),
      ];
      const { a } = payload(bad) as { a: unknown };
      assert.deepEqual(a, [1, { b: "c" }]);
      assert.deepEqual(payload(good), { a: [1, { b: "c" }], keys: 1 });
    });
  }

  it("has nothing of the host in reach", async () => {
    const names =
      "process require module exports console Buffer global setTimeout fetch WebAssembly Worker performance std os scriptArgs print";
    const search = decoder(
      `var found = "${names}".split(" ").filter(function (name) { return typeof (0, eval)("typeof " + name) === "string" && (0, eval)("typeof " + name) !== "undefined"; });` +
        "var made = []; try { made.push(typeof Function('return process')()); } catch (e) { made.push(e.name); }" +
        "return {data: {found: found, made: made, ctor: typeof this.constructor.constructor('return this')().process}}",
    );
    assert.deepEqual(payload(await search.decodeUplink(input)), {
      found: [],
      made: ["ReferenceError"],
      ctor: "undefined",
    });
    const importing = decoder(
      "return import('node:fs').then(function (fs) { return {data: {fs: typeof fs}} })",
    );
    assert.notDeepEqual(payload(await importing.decodeUplink(input)), { fs: "object" });
  });

  const stateful: readonly (readonly [string, string])[] = [
    ["a variable of the script", "var n = 0; function decodeUplink() { return {data: {n: ++n}} }"],
    [
      "an undeclared variable",
      "function decodeUplink() { n = typeof n === 'undefined' ? 1 : n + 1; return {data: {n: n}} }",
    ],
    [
      "a property of globalThis",
      "function decodeUplink() { globalThis.n = (globalThis.n || 0) + 1; return {data: {n: globalThis.n}} }",
    ],
    [
      "a built-in's property",
      "function decodeUplink() { Math.n = (Math.n || 0) + 1; return {data: {n: Math.n}} }",
    ],
    [
      "a built-in reached by a detour",
      "function decodeUplink() { var p = [].constructor; p.n = (p.n || 0) + 1; return {data: {n: p.n}} }",
    ],
    [
      "a prototype",
      "function decodeUplink() { Array.prototype.n = (Array.prototype.n || 0) + 1; return {data: {n: [].n}} }",
    ],
    [
      "a replaced built-in",
      "function decodeUplink() { var n = parseInt('4') === 4 ? 1 : 2; parseInt = function () { return 5 }; return {data: {n: n}} }",
    ],
  ];
  for (const [what, source] of stateful) {
    it(`keeps no state in ${what}`, async () => {
      const each = formatter(source);
      const first = [await each.decodeUplink(input), await each.decodeUplink(input)];
      const batch = await each.decodeUplinks([input, input, input]);
      assert.deepEqual([...first, ...batch].map(payload), Array(5).fill({ n: 1 }));
    });
  }

  it("takes a script as the server's wrapper does, not as a function's body", async () => {
    const { error } = await formatter("return 1; function decodeUplink() {}").decodeUplink(input);
    assert.match(error?.message ?? "", /^SyntaxError/);
    const escaped = await formatter(
      "}); (function () { function decodeUplink() { return {} }",
    ).decodeUplink(input);
    assert.match(escaped.error?.message ?? "", /^SyntaxError/);
  });

  it("finds the place of an error in the file", async () => {
    const source = "// a\nfunction decodeUplink(input) {\n  return {data: {a: input.b.c}}\n}";
    const { error } = await formatter(source).decodeUplink(input);
    assert.equal(error?.place?.line, 3);
    assert.equal(error.message, "TypeError: Cannot read property 'c' of undefined");
    const broken = await formatter("var a = 1;\nvar b = ;").decodeUplink(input);
    assert.equal(broken.error?.place?.line, 2);
    const unfinished = await formatter("function decodeUplink() {\n  return 1;\n").decodeUplink(
      input,
    );
    assert.deepEqual(unfinished.error?.place, { line: 3, column: 1 });
  });

  it("runs a script as the chosen server would", async () => {
    const time = "function decodeUplink(i) { return {data: {t: typeof i.recvTime}} }";
    assert.deepEqual(payload(await formatter(time, "3.32").decodeUplink(input)), {
      t: "undefined",
    });
    assert.deepEqual(payload(await formatter(time, "3.33.1").decodeUplink(input)), { t: "object" });
    const assignment = "function decodeUplink(i) { var a; a ??= 1; return {data: {a: a}} }";
    const old = await formatter(assignment, "3.33.1").decodeUplink(input);
    assert.match(old.error?.message ?? "", /^SyntaxError: .*logical assignment/);
    assert.deepEqual(payload(await formatter(assignment, "2025").decodeUplink(input)), { a: 1 });
    const battery = "function decodeUplink() { return {data: {battery: 3.6}} }";
    const { result } = await formatter(battery, "2025").decodeUplink(input);
    assert.deepEqual(result?.normalized_payload, [{ battery: 3.6 }]);
    const before = await formatter(battery, "3.33.1").decodeUplink(input);
    assert.equal(before.result?.normalized_payload, undefined);
  });

  it("gives an encoder its FPort as the object that the server makes of it", async () => {
    const encoder = formatter(
      "function encodeDownlink(i) { return {bytes: [i.fPort === 7 ? 1 : 2, i.fPort == 7 ? 3 : 4, i.fPort]} }",
    );
    const { result } = await encoder.encodeDownlink({ data: {}, fPort: 7 });
    assert.deepEqual(result, { f_port: 7, frm_payload: [2, 3, 7] });
  });

  it("refuses HTML comments and newer syntax, but not their look in texts", async () => {
    for (const code of ["var a; <!-- b", "var a;\n--> b", "async function* g() {}", "/a/v"]) {
      const { error } = await formatter(`${code}\nfunction decodeUplink() {}`).decodeUplink(input);
      assert.match(error?.message ?? "", /^SyntaxError/, code);
    }
    const text = "function decodeUplink() { return {data: {a: '<!-- ??= 1n', b: 3 /* --> */}} }";
    assert.deepEqual(payload(await formatter(text, "3.32").decodeUplink(input)), {
      a: "<!-- ??= 1n",
      b: 3,
    });
  });

  it("remarks on results that the server keeps as rubbish", async () => {
    const answer = await decoder("return {data: {at: 5n}}").decodeUplink(input);
    assert.match(answer.remarks?.join() ?? "", /^\.at is a BigInt\. The server stores/);
  });

  it("fails on results that can cost the whole message on the server", async () => {
    for (const [value, path] of [
      ["{at: new Date(0)}", ".at"],
      ["{list: [1, {at: input.recvTime}]}", ".list[1].at"],
      ["new Map([['at', new Date(NaN)]])", ".at"],
    ] as const) {
      const { error } = await decoder(`return {data: ${value}}`).decodeUplink(input);
      assert.equal(error?.code, "DATA_LOSS", value);
      assert.match(error.message, /the whole uplink may be lost/);
      assert.ok(error.message.startsWith(`${path} is a Date`), error.message);
    }
    for (const value of ["new ArrayBuffer(2)", "Promise.resolve(1)", "NaN"]) {
      const { error } = await decoder(`return {data: {a: ${value}}}`).decodeUplink(input);
      assert.ok(error, value);
    }
    const down = formatter("function decodeDownlink() { return {data: {at: new Date(0)}} }");
    assert.equal((await down.decodeDownlink(input)).error?.code, "DATA_LOSS");
    // What is only used, or thrown away with errors, costs nothing.
    const used = await decoder("return {data: {at: new Date(0).toISOString()}}").decodeUplink(
      input,
    );
    assert.ok(used.result);
  });

  it("makes numbers of integers beyond 64 bits as the server does", async () => {
    for (const [code, value] of [
      ["Number(2n ** 63n)", -(2 ** 63)],
      ["Number(2n ** 63n - 1n)", 2 ** 63],
      ["Number(18446744073709551615n)", -1],
      ["Number(2n ** 64n)", 0],
      ["Number(-(2n ** 63n))", -(2 ** 63)],
      ["Number(-(2n ** 63n) - 1n)", 2 ** 63],
      ["new Number(2n ** 64n + 5n).valueOf()", 5],
      ["Number(BigInt.asUintN(64, -1n))", -1],
      ["Number(BigInt.asUintN(64, -1n) >> 60n)", 15],
      ["Number(BigInt.asUintN(8, -1n)) + Number(BigInt.asUintN(8, 257n))", 256],
      ["Number(new DataView(new Uint8Array(8).fill(255).buffer).getBigUint64(0))", -1],
      ["Number(123n) + Number('7') + Number()", 130],
      ["[1n, 2n].map(Number).reduce((a, b) => a + b)", 3],
    ] as const) {
      assert.deepEqual(payload(await decoder(`return {data: {a: ${code}}}`).decodeUplink(input)), {
        a: value,
      });
    }
    const same = "(5).constructor === Number && 5 instanceof Number === false && 1n !== undefined";
    assert.deepEqual(payload(await decoder(`return {data: {a: ${same}}}`).decodeUplink(input)), {
      a: true,
    });
  });

  it("runs functions that a script sets on the global object or takes out of another", async () => {
    const run = "function run(i) { return {data: {a: i.bytes[0]}} }\n";
    for (const code of [
      "globalThis.decodeUplink = run;",
      "this.decodeUplink = run;",
      "const { decodeUplink } = { ...{ decodeUplink: run } };",
      "Object.assign(globalThis, { decodeUplink: run });",
    ]) {
      const found = formatter(run + code);
      for (const bytes of [[1], [2]])
        assert.deepEqual(payload(await found.decodeUplink({ bytes, fPort: 1 })), { a: bytes[0] });
    }
  });
});
