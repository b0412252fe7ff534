import assert from "node:assert/strict";
import { Application, maximumEndDevices } from "../../src/model/application";
import { soilLab, soilLabKey } from "../support/fixtures";
import { cpuTime, isQuick } from "../support/cpuTime";

describe("Application", () => {
  it("is called by its label, or by its id", () => {
    assert.equal(new Application(soilLab).label, "soil-lab@ttn");
    assert.equal(new Application({ ...soilLab, label: "Soil" }).label, "Soil");
    assert.equal(new Application(soilLab).key, soilLabKey);
    assert.equal(new Application(soilLab, { isDemo: true }).isDemo, true);
  });

  it("makes an end device once", () => {
    const application = new Application(soilLab);
    const first = application.endDevice("probe-1", 5);
    assert.equal(first.isNew, true);
    assert.equal(first.device.firstSeenAt, 5);
    assert.deepEqual(application.endDevice("probe-1", 9), { device: first.device, isNew: false });
  });

  it("P12 keeps a device named constructor like any other", () => {
    const application = new Application(soilLab);
    assert.equal(application.endDevice("constructor", 1).isNew, true);
    assert.equal(application.endDevices.size, 1);
  });

  it("F05 keeps 10,000 end devices, tells how many it forgot, and never slows down, when ids never end", () => {
    const application = new Application(soilLab);
    const before = cpuTime();
    for (let index = 0; index < 100_000; index++) {
      application.endDevice(`probe-${index}`, index);
      if (index % 1_000 === 0) application.endDevice("faithful", index);
    }
    assert.ok(isQuick(before, 2_000));
    assert.equal(application.endDevices.size, maximumEndDevices);
    assert.equal(application.forgottenDevices, 100_001 - maximumEndDevices);
    assert.equal(application.endDevices.has("faithful"), true);
    assert.equal(application.endDevices.has("probe-99999"), true);
    assert.equal(application.endDevices.has("probe-1"), false);
  });

  it("counts the messages of about the last minute, even if the clock jumps", () => {
    const application = new Application(soilLab);
    for (let second = 0; second < 600; second++) application.countMessage(second * 1_000);
    const rate = application.messagesPerMinute(599_000);
    assert.ok(rate >= 60 && rate <= 70, `${rate}`);
    assert.equal(application.messagesPerMinute(599_000 + 75_000), 0);
    assert.equal(application.receivedCount, 600);
    assert.equal(application.lastMessageAt, 599_000);
    application.countMessage(1_000);
    assert.ok(application.messagesPerMinute(1_000) <= 2);
  });
});
