/** One of a thing is one, wherever the extension counts. */
import assert from "node:assert/strict";
import { tallyText } from "../../src/commands/downlinks/sendToEach";
import { reportParts } from "../../src/views/formatters/reportText";
import { counted, moreOf } from "../../src/util/counted";

describe("Numbers with their noun", () => {
  it("are in the right number", () => {
    assert.deepEqual(
      [0, 1, 2, 1_000].map((count) => counted(count, "byte")),
      ["0 bytes", "1 byte", "2 bytes", "1000 bytes"],
    );
    assert.equal(counted(1, "byte does", "bytes do"), "1 byte does");
    assert.equal(counted(21, "byte does", "bytes do"), "21 bytes do");
    assert.deepEqual([0, 1, 2, 3].map(moreOf), ["", "", " There is 1 more.", " There are 2 more."]);
  });

  it("are in what became of a single downlink", () => {
    const one = { sent: 1, problems: new Map<string, number>(), untried: 0 };
    assert.equal(tallyText(one), "1 of 1 downlink reached the server.");
    assert.equal(
      tallyText({ ...one, sent: 0, untried: 1 }),
      "0 of 1 downlink reached the server. 1 was not tried.",
    );
  });

  it("are in the words above a formatter", () => {
    const report = {
      ...{ frames: 1, failed: 1, changed: 1, comparable: 1, drifting: 1, decodedByServer: 1 },
      ...{ problems: [], latest: undefined },
    };
    assert.deepEqual(
      reportParts(report).map(({ text }) => text.replace(/^\$\(\w+\)\u00a0/, "")),
      ["1 frame: 0 ok, 1 fails", "1 of 1 differs from before", "1 of 1 differs from the server"],
    );
  });
});
