/** How texts become arguments and literals. Real programs read them in test/broker/copyAs.test.ts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { cArray } from "../../src/stack/copyAs/cArray";
import { commandLine } from "../../src/stack/copyAs/commandLine";
import { cmdWord } from "../../src/stack/copyAs/commandPrompt";
import { asciiJson, visibleJson } from "../../src/stack/copyAs/jsonText";
import { powerShellWord } from "../../src/stack/copyAs/powerShell";
import { hiddenCharacters } from "../../src/stack/visible";

const anyText = fc.string({ unit: "binary" });

describe("powerShellWord", () => {
  for (const [text, word] of [
    ["--cafile", "--cafile"],
    ["8883", "8883"],
    ["a b", "'a b'"],
    ["v3/app@ttn/devices/+/up", "'v3/app@ttn/devices/+/up'"],
    ["@splat", "'@splat'"],
    ["#comment", "'#comment'"],
    ["$(Remove-Item x)`n", "'$(Remove-Item x)`n'"],
    ["it's", "'it''s'"],
    // PowerShell ends a text at these, too.
    ["\u2018\u2019\u201a\u201b", "'\u2018\u2018\u2019\u2019\u201a\u201a\u201b\u201b'"],
    ["a\nb", "('' + 'a' + [char]0xa + 'b')"],
    ["\u202e", "('' + [char]0x202e)"],
    ["\u{e0001}", "('' + [char]0xdb40 + [char]0xdc01)"],
    ["a\0b", "ab"],
    // 5.1 and 7 pass these on differently.
    ['say "hi"', undefined],
    ["", undefined],
    ["C:\\my certs\\", undefined],
  ] as const) {
    it(`writes ${JSON.stringify(text)} as ${word ?? "nothing"}`, () => {
      assert.equal(powerShellWord(text), word);
    });
  }

  it("can be read back by PowerShell's rules, whatever the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const word = powerShellWord(text);
        if (word !== undefined) assert.equal(readPowerShell(word), text.replaceAll("\0", ""));
      }),
    );
  });
});

/** A text in single quotes with doubled quotes in it, a sum of those and characters by number, or a bare word. */
function readPowerShell(word: string): string {
  if (/^[\w-]+$/.test(word)) return word;
  const tokens = word.replace(/^\((.*)\)$/su, "$1");
  const token =
    /(?: \+ )?(?:'((?:[^'\u2018-\u201b]|(['\u2018-\u201b])\2)*)'|\[char\]0x([0-9a-f]+))/suy;
  let text = "";
  while (token.lastIndex < tokens.length) {
    const [, quoted, , code] = token.exec(tokens) ?? assert.fail(`not PowerShell: ${word}`);
    text +=
      code === undefined
        ? (quoted ?? "").replace(/(['\u2018-\u201b])\1/g, "$1")
        : String.fromCharCode(parseInt(code, 16));
  }
  return text;
}

describe("cmdWord", () => {
  for (const [text, word] of [
    ["soil-lab@ttn", "soil-lab@ttn"],
    ["a b", '"a b"'],
    ["", '""'],
    ["a & del x | more > y < z ^ (c)", '"a & del x | more > y < z ^ (c)"'],
    ["C:\\my certs\\ca.pem", '"C:\\my certs\\ca.pem"'],
    // No form holds at the prompt and in a batch file alike.
    ["%PATH%", undefined],
    ["!PATH!", undefined],
    ['"', undefined],
    ["C:\\", undefined],
    ["a\nb", undefined],
  ] as const) {
    it(`writes ${JSON.stringify(text)} as ${word ?? "nothing"}`, () => {
      assert.equal(cmdWord(text), word);
    });
  }

  it("leaves nothing outside its quotes that cmd acts on, whatever the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const word = cmdWord(text);
        if (word === undefined) return;
        assert.match(word, /^(?:[\w@+:./-]+|"[^"%!\r\n]*")$/);
        assert.equal(word.replaceAll('"', ""), text);
      }),
    );
  });
});

describe("A command line", () => {
  it("leaves out a command that the shell cannot express", () => {
    const of = (word: string) => ({ program: "mosquitto_sub", words: ["-t", word] });
    assert.equal(commandLine(of("50 %"), "cmd"), undefined);
    assert.equal(commandLine(of('a"b'), "powershell"), undefined);
    assert.equal(commandLine(of('50 % a"b'), "bash"), "mosquitto_sub -t '50 % a\"b'");
  });

  it("leaves out a line that is too long for cmd", () => {
    const long = { program: "mosquitto_sub", words: ["-t", "a".repeat(8_000)] };
    assert.equal(commandLine(long, "cmd"), undefined);
    assert.equal(commandLine(long, "bash")?.length, 8_017);
  });
});

describe("JSON for terminals and shells", () => {
  it("stays the same value and shows nothing hidden, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const json = visibleJson(value);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
        assert.equal(json.search(hiddenCharacters), -1);
      }),
    );
  });

  it("holds nothing that cmd or PowerShell act on, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const json = asciiJson(visibleJson(value));
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
        assert.match(json, /^[\w .:/+=\-{}[\],"\\]*$/);
        assert.doesNotMatch(json, /\\[^u]/); // no escaped quote, which cmd would take for the end
      }),
    );
  });
});

describe("cArray", () => {
  it("says its length and its bytes, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = cArray(bytes);
        assert.equal(text === undefined, bytes.length === 0);
        if (text === undefined) return;
        const shape = /^const uint8_t payload\[(\d+)\] = \{\s((?:\s*0x[0-9A-F]{2},?)+)\s\};$/;
        assert.match(text, shape);
        const [, length, list = ""] = shape.exec(text) ?? [];
        assert.equal(Number(length), bytes.length);
        assert.deepEqual((list.match(/0x../g) ?? []).map(Number), [...bytes]);
        const longest = Math.max(...text.split("\n").map((line) => line.length));
        assert.ok(longest <= 100);
      }),
    );
  });
});
