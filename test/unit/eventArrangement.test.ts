import assert from "node:assert/strict";
import type { Memento } from "vscode";
import { EventArrangement } from "../../src/storage/eventArrangement";
import {
  eventMark,
  everyEvent,
  maximumMuted,
  selectionText,
  withMuted,
} from "../../src/views/log/eventSelection";
import { soilLabKey } from "../support/fixtures";

/** What a window keeps over a reload. */
class Memory {
  readonly values = new Map<string, unknown>();
  readonly get = ((key: string) => this.values.get(key)) as Memento["get"];
  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.parse(JSON.stringify(value)));
    return Promise.resolve();
  }
}

const device = { applicationKey: soilLabKey, deviceId: "probe-1" };

describe("the arrangement of the events", () => {
  it("D6 survives a reload", () => {
    const memory = new Memory();
    const before = new EventArrangement(memory);
    before.write({ muted: [device], focus: device });
    before.write({ eventFilter: "is:trouble" });
    before.used("kind:up");
    before.used("is:trouble");
    before.used("kind:up");
    assert.deepEqual(new EventArrangement(memory).read(), {
      ...{ eventFilter: "is:trouble" },
      ...{ focus: device, muted: [device], recentFilters: ["kind:up", "is:trouble"] },
    });
  });

  it("D6 keeps a few recent filters, and nothing of another shape", () => {
    const memory = new Memory();
    const arrangement = new EventArrangement(memory);
    for (let index = 0; index < 50; index++) arrangement.used(`device:d-${index}`);
    assert.equal(arrangement.read().recentFilters.length, 8);
    for (const junk of [
      null,
      7,
      "x",
      [],
      { muted: [1, {}, device, { deviceId: 1 }], focus: "x" },
      { eventFilter: "x".repeat(501), recentFilters: { length: 3 } },
    ]) {
      memory.values.set("eventArrangement", junk);
      const { eventFilter, focus, muted, recentFilters } = arrangement.read();
      assert.deepEqual([eventFilter, focus], ["", undefined]);
      assert.ok(muted.every((each) => each.deviceId === "probe-1"));
      assert.deepEqual(recentFilters, []);
    }
  });
});

describe("what the event channel leaves out", () => {
  it("D4 mutes and unmutes, each by itself", () => {
    const muted = withMuted(withMuted(everyEvent, device, true), device, true);
    assert.deepEqual(muted.muted, [device]);
    assert.equal(eventMark(muted, device), "events muted");
    assert.equal(eventMark(muted, { ...device, deviceId: "probe-2" }), undefined);
    assert.deepEqual(withMuted(muted, device, false).muted, []);
    assert.equal(eventMark({ ...muted, focus: device }, device), "only its events shown");
    let many = everyEvent;
    for (let index = 0; index < 300; index++)
      many = withMuted(many, { ...device, deviceId: `probe-${index}` }, true);
    assert.equal(many.muted.length, maximumMuted);
  });

  it("D4 says in words what is left out", () => {
    const muted = withMuted({ ...everyEvent, focus: device }, device, true);
    assert.equal(selectionText(muted), "only probe-1, without probe-1");
    assert.equal(selectionText(everyEvent), undefined);
  });
});
