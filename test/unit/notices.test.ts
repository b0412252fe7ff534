/** What is handed to VS Code for its own places, whatever the words hold. Source: reliability A23, A25, P30. */
import assert from "node:assert/strict";
import type * as Notices from "../../src/views/notices";
import type * as QuickInput from "../../src/commands/quickInput";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";

const nasty = "a\nforged: [Quit](command:workbench.action.quit) $(trash) \u202egnp";
const plain = "a\\u{a}forged: [Quit] (command:workbench.action.quit) $(trash) \\u{202e}gnp";
const label = plain.replace("$(", "\\$(");

describe("Notices and questions", () => {
  let notices: typeof Notices;
  let quickInput: typeof QuickInput;

  before(async () => {
    installFakeVscode();
    notices = await import("../../src/views/notices");
    quickInput = await import("../../src/commands/quickInput");
  });

  beforeEach(resetFakeVscode);

  for (const severity of ["information", "warning", "error"] as const) {
    it(`A25 say text of others as text: ${severity}`, async () => {
      fakeVscode.answer = (_, [first]) => first;
      assert.equal(await notices.notify(severity, `${nasty}.`, "Do It"), "Do It");
      assert.deepEqual(fakeVscode.messages, [`${plain}.`]);
    });
  }

  it("keep notifications as short as VS Code does, and say how long they were", async () => {
    await notices.notify("error", "x".repeat(5_000));
    const [message = ""] = fakeVscode.messages;
    assert.ok(message.length < 1_000);
    assert.ok(message.endsWith("… (5000 characters)"));
  });

  it("A25 ask with lines of our own only", async () => {
    fakeVscode.answer = (_, buttons) => buttons[1];
    const asked = { question: nasty, lines: ["One.", "", nasty], yes: "Do It", no: "Leave It" };
    assert.equal(await notices.askModal(asked), true);
    assert.deepEqual(fakeVscode.messages, [plain]);
    assert.deepEqual(fakeVscode.details, [`One.\n\n${plain}`]);
  });

  it("have one way out of a question, which Escape takes too", async () => {
    const asked = { question: "Do it?", lines: [], yes: "Do It", no: "Leave It" };
    let offered: readonly string[] = [];
    fakeVscode.answer = (_, buttons) => (offered = buttons)[0];
    assert.equal(await notices.askModal(asked), false);
    assert.deepEqual(offered, ["Leave It", "Do It"]);
    assert.deepEqual(fakeVscode.wayOut, ["Leave It"]);
    fakeVscode.answer = () => undefined;
    assert.equal(await notices.askModal(asked), false);
  });

  it("A23 keep the icon that is ours in the status line, and no other", () => {
    notices.sayBriefly(`Sent ${nasty}`, 5, "arrow-down");
    assert.deepEqual(fakeVscode.statusMessages, [`$(arrow-down) Sent ${label}`]);
  });

  it("A23 A25 show progress without links and icons", async () => {
    await notices.showProgress(nasty, ({ report }) => {
      report(nasty, 10);
      return Promise.resolve();
    });
    const shown = plain.replace("$(", "$ (");
    assert.deepEqual(fakeVscode.progress, [shown, { message: shown, increment: 10 }]);
  });

  it("A23 A25 ask in lists and boxes without links and icons", async () => {
    fakeVscode.picked.push([label]);
    const value = { some: "value" };
    const answer = await quickInput.askChoice({
      ...{ title: nasty, placeholder: nasty, canGoBack: false },
      choices: [{ label: nasty, description: nasty, detail: nasty, value }],
      active: value,
    });
    assert.deepEqual(answer, { value });
    const list = fakeVscode.lastBox;
    assert.equal(list.title, plain);
    assert.equal(list.placeholder, plain);
    assert.deepEqual(list.items, [{ label, description: label, detail: label, value }]);
    assert.deepEqual(list.activeItems, list.items);
    for (const kind of ["error", "warning", "hint"] as const) {
      await quickInput.askText({
        ...{ title: nasty, placeholder: nasty, prompt: nasty, value: "x", canGoBack: false },
        check: () => ({ [kind]: nasty }) as unknown as QuickInput.Feedback,
      });
      const { prompt, placeholder, validationMessage } = fakeVscode.lastBox;
      assert.deepEqual([prompt, placeholder], [label, plain]);
      assert.equal((validationMessage as { readonly message: string }).message, label);
    }
  });
});
