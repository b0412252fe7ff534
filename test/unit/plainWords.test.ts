/** Text of others in VS Code's own places: read as VS Code reads it there, it holds no link, no icon and one line. Source: reliability A23, A25, P30. */
import assert from "node:assert/strict";
import { hiddenCharacters, plainLabel, plainWords } from "../../src/stack/visible";

/** As VS Code 1.100 and 1.139 find links in notifications, in prompts and in what input boxes say. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
/** As they find icons in lists, in input boxes and in the status bar; a backslash before one keeps it text. */
const icons = /(\\)?\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)/g;

/** What a list shows of a text, and how many icons it draws in it. */
function drawn(text: string): { readonly text: string; readonly icons: number } {
  let count = 0;
  const shown = text.replace(icons, (whole, escape: string | undefined) => {
    if (escape === undefined) count++;
    return escape === undefined ? "" : whole.slice(1);
  });
  return { text: shown, icons: count };
}

const hostile: readonly string[] = [
  "[Retry](command:workbench.action.quit)",
  "[Retry](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%22%7D)",
  "[a](COMMAND:x) [b](Https://evil.example.com) [c](file:///etc/passwd 'title')",
  '[a](https://evil.example.com "and a title")',
  "[[a](command:x)](command:y)",
  "](command:x) and [a](vscode://evil.extension/act)",
  "[a]\u200b(command:x)",
  "[a](\u0000command:x)",
  "[a\n](command:x)",
  "[a](command:\nx)",
  "$(trash) $(sync~spin) \\$(trash) \\\\$(trash) $$(trash)(trash)",
  "$(trash\u200b)",
  "\u202egnp.exe \u2066x\u2069 \r\n forged: line",
  "[\u202e](command:x)",
  "[x](command:y) ".repeat(500),
  "[".repeat(5_000) + "](command:x)",
];

const harmless: readonly string[] = [
  "soil [v2](copy).downlink.json",
  "open-valve (1).downlink.json",
  "codecs/[draft](old)/soil.js",
  "a[0](1) = {x: [1](2)}",
  "costs $(5 €) or $ (trash)",
  "Grüße, 温度 and 🌡️",
];

describe("Words of others in VS Code's own places", () => {
  for (const text of hostile) {
    it(`A23 A25 P30 are no link, icon or second line: ${JSON.stringify(text.slice(0, 60))}`, () => {
      for (const maximum of [20, 50, 200, 1_000]) {
        const words = plainWords(text, maximum);
        const label = plainLabel(text, maximum);
        for (const each of [words, label]) {
          assert.doesNotMatch(each, link);
          hiddenCharacters.lastIndex = 0;
          assert.ok(!hiddenCharacters.test(each), each);
          assert.ok(each.length <= maximum * 10 + 30, "bounded");
        }
        assert.deepEqual(drawn(label), { text: words, icons: 0 }, "a list shows the same");
      }
    });
  }

  it("are not torn where they are read together with words of ours", () => {
    for (const before of ["[Retry", "see [", "$", "\\"]) {
      for (const after of ["](command:x)", "(trash)", " file](https://evil.example.com)"]) {
        const words = plainLabel(`${before}${after}`);
        assert.doesNotMatch(words, link);
        assert.equal(drawn(words).icons, 0);
      }
    }
  });

  for (const text of harmless) {
    it(`keep names with brackets readable: ${text}`, () => {
      assert.equal(plainWords(text), text);
      assert.equal(drawn(plainLabel(text)).text, text);
    });
  }

  it("are read in no time, however many beginnings of links they have", () => {
    const began = performance.now();
    for (const text of ["[", "](", "$(", "](a", "$(a-", "\\$("]) plainLabel(text.repeat(500_000));
    assert.ok(performance.now() - began < 500);
  });
});
