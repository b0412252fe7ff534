import assert from "node:assert/strict";
import { Model } from "../../src/model/model";
import type { ApplicationSettings } from "../../src/stack/applicationSettings";
import { applicationKey } from "../../src/stack/applicationSettings";
import { allEvents, everyEvent } from "../../src/views/log/eventSelection";
import type * as StatusBarModule from "../../src/views/statusBar";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";
import { soilLab } from "../support/fixtures";
import { ManualClock } from "../support/manualClock";

describe("The status bar item", () => {
  let module: typeof StatusBarModule;

  before(async () => {
    installFakeVscode();
    module = await import("../../src/views/statusBar");
  });

  beforeEach(() => resetFakeVscode());

  /** The text of the item with this application, connected or not. */
  function textWith(settings: ApplicationSettings, isConnected: boolean): string {
    const model = new Model({ maximumMessages: 100, maximumBytes: 1 << 20 });
    model.setApplications([settings]);
    if (isConnected) {
      model.setConnection(applicationKey(settings), { phase: "connected", since: 0 });
    }
    const bar = new module.StatusBar(model, new ManualClock());
    const { text } = fakeVscode.statusItem;
    bar.dispose();
    return text;
  }

  it("marks a connected production application", () => {
    const production = { ...soilLab, production: true };
    assert.equal(textWith(production, true), "$(radio-tower) TTS 1/1 · 0/min · PRODUCTION");
    assert.equal(textWith(production, false), "$(radio-tower) TTS 0/1 · 0/min");
    assert.equal(textWith(soilLab, true), "$(radio-tower) TTS 1/1 · 0/min");
  });

  it("D4 marks an event channel that leaves something out", () => {
    const model = new Model({ maximumMessages: 100, maximumBytes: 1 << 20 });
    model.setApplications([soilLab]);
    const muted = [{ applicationKey: applicationKey(soilLab), deviceId: "probe-1" }];
    const selection = { ...everyEvent, muted };
    new module.StatusBar(model, new ManualClock(), { ...allEvents, selection }).dispose();
    assert.equal(fakeVscode.statusItem.text, "$(radio-tower) TTS 0/1 · 0/min · events filtered");
  });

  it("marks a readable connection beside it", () => {
    const readable = { ...soilLab, security: "plaintext", production: true } as const;
    assert.match(textWith(readable, true), /· PLAINTEXT · PRODUCTION$/);
  });
});
