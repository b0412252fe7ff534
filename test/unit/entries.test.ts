import assert from "node:assert/strict";
import fc from "fast-check";
import { findEntries } from "../../src/formatters/script/entries";

const names = (source: string) => findEntries(source).map(({ name }) => name);

describe("entries", () => {
  it("finds declarations, assigned functions and the older names, with their lines", () => {
    const source = [
      "'use strict'; // decodeUplink = 1",
      "function decodeUplink(input) { return { data: {} }; }",
      "const encodeDownlink = (input) => ({ bytes: [], fPort: 1 });",
      "var a = 1, decodeDownlink = function () {};",
      "Decoder = function (bytes, port) {};",
      "async function normalizeUplink() {}",
    ].join("\n");
    assert.deepEqual(
      findEntries(source).map(({ name, line, offset }) => [
        name,
        line,
        source.slice(offset, offset + name.length),
      ]),
      [
        ["decodeUplink", 2, "decodeUplink"],
        ["encodeDownlink", 3, "encodeDownlink"],
        ["decodeDownlink", 4, "decodeDownlink"],
        ["Decoder", 5, "Decoder"],
        ["normalizeUplink", 6, "normalizeUplink"],
      ],
    );
  });

  it("finds what a script sets on the global object or takes out of another one", () => {
    for (const source of [
      "globalThis.decodeUplink = function (input) {};",
      "this.decodeUplink = (input) => ({});",
      "(function () { globalThis.decodeUplink = run; })();",
      "globalThis['decodeUplink'] = run;",
      'this["decodeUplink"] = run;',
      "const { decodeUplink } = codec;",
      "var { decode: decodeUplink, ...rest } = { ...codec, a: 1 };",
      "let [, decodeUplink = run] = list;",
      "let a = 1, { inner: { decodeUplink } } = codec;",
      "({ decodeUplink } = codec);",
      "[decodeUplink] = list;",
      "let decodeUplink; (() => { run(); })();",
      "Object.assign(globalThis, { decodeUplink, other });",
      "Object.assign(this, { decodeUplink(input) {} });",
      "Object.defineProperty(globalThis, 'decodeUplink', { value: run });",
    ]) {
      assert.deepEqual(names(source), ["decodeUplink"], source);
      const [entry] = findEntries(source);
      assert.ok(entry && source.startsWith("decodeUplink", entry.offset), source);
    }
  });

  it("passes over what is nested, named in text, compared or a property", () => {
    for (const source of [
      "function outer() { function decodeUplink() {} }",
      "/* function decodeUplink() {} */",
      '"function decodeUplink() {}"',
      "`function decodeUplink() {} ${ function decodeUplink() {} } function decodeUplink() {}`",
      "module.exports.decodeUplink = run;",
      "exports = { decodeUplink: 1 };",
      "const { decodeUplink: run } = codec;",
      "const run = { decodeUplink };",
      "const { a = decodeUplink } = codec;",
      "function f() { this.decodeUplink = 1; }",
      "codec.this.decodeUplink = 1; self.globalThis.decodeUplink = 1;",
      "globalThis.decodeUplink(1); globalThis['decodeUplink'](1);",
      "Object.assign(codec, { decodeUplink });",
      "run({ decodeUplink });",
      "'decodeUplink' = 1;",
      "if (decodeUplink == 1) go();",
      "decodeUplink(1); x = decodeUplink;",
      "var decodeUplinks = 1; function myDecodeUplink() {}",
      "it(/[{]function decodeUplink/.test(x))",
    ]) {
      assert.deepEqual(names(source), [], source);
    }
  });

  it("is not misled by braces in regular expressions, templates and strings", () => {
    for (const before of [
      "var a = /[{(]/;",
      "var a = x.replace(/\\{/g, '{');",
      "var a = 4 / 2 / 1;",
      "var a = `{${ { b: `}${1}` }.b }(`;",
      "var a = '\\'{';",
      "a = b[1] / 2; // {",
      "/* { */",
    ]) {
      assert.deepEqual(names(`${before}\nfunction decodeUplink() {}`), ["decodeUplink"], before);
    }
  });

  it("gives the last of two with one name", () => {
    const source = "function decodeUplink() {}\nfunction decodeUplink() { return 1; }";
    assert.deepEqual(
      findEntries(source).map(({ line }) => line),
      [2],
    );
  });

  it("never throws and never takes long, whatever the text", () => {
    const piece = fc.constantFrom(
      ...[
        "decodeUplink",
        "function ",
        "{",
        "}",
        "`",
        "${",
        "/",
        "*",
        "'",
        '"',
        "\\",
        "\n",
        "=",
        " ",
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        for (const { name, offset, line } of findEntries(pieces.join(""))) {
          assert.ok(pieces.join("").startsWith(name, offset));
          assert.ok(line >= 1);
        }
      }),
    );
    for (const noise of ["/", "/*", "/[", "`${", "'\\"]) {
      const start = performance.now();
      findEntries(`${noise.repeat(200_000 / noise.length)}\nfunction decodeUplink() {}`);
      assert.ok(performance.now() - start < 3_000, noise);
    }
  });
});
