import assert from "node:assert/strict";
import { isHostMessage } from "../../src/webview/hostMessages";

const state = {
  type: "state",
  applications: [],
  targetNumber: 1,
  devices: [],
  moreDevices: 0,
  sent: [],
  moreSent: 0,
  sending: false,
};
const preview = { type: "preview", revision: 1, downlinks: [], problems: [], deviceWarning: "" };

describe("webview: messages of the host", () => {
  it("accepts them as they come through JSON", () => {
    assert.equal(isHostMessage(state), true);
    assert.equal(isHostMessage({ ...state, target: { applicationKey: "k", deviceId: "d" } }), true);
    assert.equal(isHostMessage(preview), true);
    const downlink = { texts: {}, shown: "", hints: [] };
    assert.equal(isHostMessage({ ...preview, downlinks: [downlink] }), true);
  });

  const strange: readonly unknown[] = [
    undefined,
    null,
    "state",
    [],
    {},
    { type: "state" },
    { ...state, type: "reset" },
    { ...state, sent: [{}] },
    { ...state, sending: "no" },
    { ...state, html: "<b>" },
    { ...preview, problems: [{ item: 0, field: "evil", message: "" }] },
    { ...preview, publish: { topic: "t" } },
  ];
  for (const message of strange) {
    it(`ignores ${JSON.stringify(message ?? "undefined").slice(0, 60)}`, () => {
      assert.equal(isHostMessage(message), false);
    });
  }
});
