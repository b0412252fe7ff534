import assert from "node:assert/strict";
import {
  another,
  blankDraft,
  DraftStore,
  idsIn,
  isBlank,
  withId,
  withPayload,
} from "../../src/webview/downlink/drafts";
import { draftOf, hexDownlink } from "../support/downlinkFakes";

const pump = { applicationKey: "key", deviceId: "pump-controller-3" };
const valve = { applicationKey: "key", deviceId: "valve-1" };

/** As VS Code keeps it: JSON. */
function memory(state?: unknown) {
  let text = state === undefined ? undefined : JSON.stringify(state);
  return {
    getState: (): unknown => (text === undefined ? undefined : JSON.parse(text)),
    setState: (next: unknown) => (text = JSON.stringify(next)),
    text: () => text ?? "",
  };
}

describe("webview: drafts", () => {
  it("keeps one per end device, over a reload", () => {
    const kept = memory();
    const store = new DraftStore(kept);
    store.save(pump, false, draftOf(hexDownlink("01")));
    store.save(valve, false, draftOf(hexDownlink("02")));
    const reloaded = new DraftStore(kept);
    assert.deepEqual(reloaded.target, valve);
    assert.equal(reloaded.load(pump, false).downlinks[0]?.texts.hex, "01");
    assert.equal(reloaded.load({ ...pump, deviceId: "new-one" }, false), blankDraft);
  });

  it("keeps one for ids typed by hand, and knows that it was typed", () => {
    const kept = memory();
    const store = new DraftStore(kept);
    store.save({ ...pump, deviceId: "p" }, true, draftOf(hexDownlink("03")));
    store.save(pump, true, draftOf(hexDownlink("03")));
    const reloaded = new DraftStore(kept);
    assert.equal(reloaded.wasTyped(pump), true);
    assert.equal(reloaded.wasTyped(valve), false);
    assert.equal(reloaded.load(pump, true).downlinks[0]?.texts.hex, "03");
    assert.equal(reloaded.load(pump, false), blankDraft);
  });

  it("knows which end device was chosen from the list, where it may be missing after a reload", () => {
    const kept = memory();
    const store = new DraftStore(kept);
    store.save(pump, false, draftOf(hexDownlink("01")));
    store.save(valve, false, blankDraft);
    // The page is there before the applications are.
    const early = new DraftStore(kept);
    early.save({ applicationKey: "", deviceId: "" }, false, blankDraft);
    const reloaded = new DraftStore(kept);
    assert.deepEqual(reloaded.target, valve);
    assert.equal(reloaded.wasChosen(valve), true);
    assert.equal(reloaded.wasChosen(pump), true);
    assert.equal(reloaded.wasChosen({ ...pump, deviceId: "new-one" }), false);
  });

  it("remembers that the bytes encoded here are to be sent", () => {
    const kept = memory();
    const draft = draftOf({ ...hexDownlink(), format: "fields", sendEncoded: true });
    new DraftStore(kept).save(pump, false, draft);
    assert.equal(new DraftStore(kept).load(pump, false).downlinks[0]?.sendEncoded, true);
  });

  it("forgets the oldest beyond twenty", () => {
    const kept = memory();
    const store = new DraftStore(kept);
    for (let index = 0; index < 30; index++) {
      const device = { ...pump, deviceId: `device-${index}` };
      store.save(device, false, draftOf(hexDownlink(String(10 + index))));
    }
    const reloaded = new DraftStore(kept);
    assert.equal(reloaded.load({ ...pump, deviceId: "device-9" }, false), blankDraft);
    assert.notEqual(reloaded.load({ ...pump, deviceId: "device-10" }, false), blankDraft);
  });

  const damaged: readonly unknown[] = [
    null,
    7,
    [],
    {},
    { version: "2" },
    { version: "1", target: pump, isTyped: false, drafts: [] },
    {
      version: "2",
      target: pump,
      isTyped: false,
      drafts: [{ key: "k", draft: { downlinks: [{}] } }],
    },
    { version: "2", target: { ...pump, deviceId: "x".repeat(1e6) }, isTyped: false, drafts: [] },
    { version: "2", target: pump, isTyped: false, drafts: [], apiKey: "NNSXS.X.Y" },
  ];
  for (const state of damaged) {
    it(`starts anew from ${JSON.stringify(state).slice(0, 60)}`, () => {
      const store = new DraftStore(memory(state));
      assert.equal(store.target, undefined);
      assert.equal(store.load(pump, false), blankDraft);
    });
  }

  it("W08 stores drafts and their target, nothing else", () => {
    const kept = memory();
    new DraftStore(kept).save(pump, false, draftOf({}));
    const keys = Object.keys(JSON.parse(kept.text()) as object);
    assert.deepEqual(keys, ["version", "target", "isTyped", "drafts"]);
  });

  it("adds a gateway to those typed and takes it out again", () => {
    assert.equal(withId("", "roof-gw-1", true), "roof-gw-1");
    assert.equal(withId(" barn-gw-2,\nroof-gw-1", "roof-gw-1", true), "barn-gw-2, roof-gw-1");
    assert.equal(withId("barn-gw-2, roof-gw-1", "barn-gw-2", false), "roof-gw-1");
    assert.deepEqual(idsIn(" a ,, b\nc "), ["a", "b", "c"]);
  });

  it("remembers in which format the bytes were typed", () => {
    const base64 = withPayload({ ...hexDownlink("BEEF"), format: "base64" }, "AQ==");
    assert.equal(base64.typedAs, "base64");
    assert.equal(base64.texts.hex, "BEEF");
    const fields = withPayload({ ...base64, format: "fields" }, "{}");
    assert.equal(fields.typedAs, "base64");
    assert.equal(isBlank(draftOf({})), true);
    assert.equal(isBlank({ downlinks: [fields] }), false);
  });

  it("starts another downlink with the settings of the last and no payload", () => {
    const options = { gateways: "roof-gw-1", absoluteTime: "2026-11-23T12:04:33Z" };
    const next = another({ ...hexDownlink(), ...options, priority: "HIGH", correlationIds: "a" });
    assert.equal(next.gateways, "roof-gw-1");
    assert.equal(next.absoluteTime, "");
    assert.equal(next.fPort, "15");
    assert.equal(next.priority, "HIGH");
    assert.equal(next.texts.hex, "");
    assert.equal(next.correlationIds, "");
  });
});
