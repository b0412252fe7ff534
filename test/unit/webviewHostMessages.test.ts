import assert from "node:assert/strict";
import { isHostMessage } from "../../src/webview/downlink/hostMessages";

const state = {
  type: "state",
  post: 1,
  applications: [],
  targetNumber: 1,
  devices: [],
  moreDevices: 0,
  gateways: ["roof-gw-1"],
  queue: { ours: [{ correlationId: "c", title: "01", details: "FPort 1" }], more: 0, others: 2 },
  sent: [],
  moreSent: 0,
  sending: false,
  wait: "",
};
const preview = {
  type: "preview",
  post: 2,
  revision: 1,
  downlinks: [],
  problems: [],
  deviceWarning: "",
};

describe("webview: messages of the host", () => {
  it("accepts them as they come through JSON", () => {
    assert.equal(isHostMessage(state), true);
    assert.equal(isHostMessage({ ...state, target: { applicationKey: "k", deviceId: "d" } }), true);
    assert.equal(isHostMessage(preview), true);
    const limit = { bytes: 50, basis: "SF12 in EU868" };
    const downlink = { byteCount: 4, limit, texts: {}, shown: "", hints: [], warnings: [] };
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
    { ...state, post: undefined },
    { ...state, sent: [{}] },
    { ...state, gateways: [{ id: "roof-gw-1" }] },
    { ...state, queue: { ...state.queue, html: "<b>" } },
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
