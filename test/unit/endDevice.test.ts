import assert from "node:assert/strict";
import { EndDevice } from "../../src/model/endDevice";
import { decode } from "../../src/stack/decode";
import type { Message, Undecodable } from "../../src/stack/messages";
import { decodeAs, goldenNamed, soilLabDevice, upTopic, uplinkBody } from "../support/fixtures";

const minute = 60_000;
const t0 = Date.parse("2026-02-23T09:00:00Z");

function goldenMessage(name: string): Message | Undecodable {
  const { topic, bytes } = goldenNamed(name);
  return decode(topic, bytes);
}

/** An end device to which these messages came, one each minute unless told. */
function deviceAfter(messages: readonly (Message | Undecodable)[], step = minute): EndDevice {
  const device = new EndDevice(soilLabDevice, t0);
  messages.forEach((message, index) => device.apply(message, index + 1, t0 + index * step));
  return device;
}

const plainUplink = (fields: object = {}, envelope: object = {}) =>
  decodeAs("uplink", upTopic(), uplinkBody(fields, envelope));

describe("EndDevice: what an uplink tells", () => {
  it("knows the device after one uplink", () => {
    const device = deviceAfter([goldenMessage("up-decoded")]);
    assert.equal(device.devEui, "70B3D57ED0051234");
    assert.equal(device.joinEui, "0000000000000000");
    assert.equal(device.devAddr, "260B4A7C");
    assert.equal(device.lastHeardAt, t0);
    assert.equal(device.batteryPercentage, 90.118576);
    assert.deepEqual(device.lastUplink, {
      at: t0,
      eventId: 1,
      fPort: 2,
      fCnt: 114,
      order: undefined,
      framePayload: Uint8Array.from([0x0c, 0xe4, 0x01, 0xf4, 0x09, 0x42]),
      values: "battery_mv=3300 illuminance_lux=500 temperature_c=23.7",
      reception: { gatewayCount: 1, gatewayId: "roof-gw-1", rssi: -92, snr: 7.5 },
      dataRate: { modulation: "LoRa", spreadingFactor: 9, bandwidth: 125_000 },
      frequency: 868_300_000,
    });
  });

  it("P27 is not heard by radio when the message is simulated or a normalized copy", () => {
    const device = deviceAfter([
      plainUplink({ f_port: 1 }, { simulated: true }),
      goldenMessage("up-normalized"),
    ]);
    assert.equal(device.lastHeardAt, undefined);
    assert.equal(device.usualInterval, undefined);
    assert.equal(device.messageCount, 2);
    const join = decodeAs("join", upTopic(soilLabDevice, "join"), {
      simulated: true,
      join_accept: {},
    });
    assert.equal(deviceAfter([join]).lastHeardAt, undefined);
  });

  it("keeps what it knew when a later message tells less", () => {
    const device = deviceAfter([goldenMessage("up-decoded"), plainUplink({})]);
    assert.equal(device.devEui, "70B3D57ED0051234");
    assert.equal(device.batteryPercentage, 90.118576);
  });

  it("P25 counts what is undecodable and updates when it was last seen", () => {
    const device = deviceAfter([
      decode(upTopic(), Uint8Array.of(1)),
      decode(upTopic(), Uint8Array.of(1)),
    ]);
    assert.equal(device.undecodableCount, 2);
    assert.equal(device.messageCount, 2);
    assert.equal(device.lastEventAt, t0 + minute);
    assert.equal(device.lastHeardAt, undefined);
  });

  it("keeps the ids of its ten latest events, newest first", () => {
    const device = deviceAfter(Array.from({ length: 15 }, () => plainUplink({})));
    assert.deepEqual(device.recentEvents, [15, 14, 13, 12, 11, 10, 9, 8, 7, 6]);
  });

  it("P17 keeps the last good position when the next is out of range", () => {
    const bad = decodeAs("locationSolved", upTopic(), {
      location_solved: { location: { latitude: 91, longitude: 5 } },
    });
    const device = deviceAfter([goldenMessage("location-solved"), bad]);
    assert.equal(device.location?.latitude, 51.98731);
  });
});

describe("EndDevice: the order of frames", () => {
  const ordersOf = (...frames: readonly (readonly [fCnt: number, session: string])[]) => {
    const device = new EndDevice(soilLabDevice, t0);
    return frames.map(([f_cnt, session_key_id], index) => {
      device.apply(plainUplink({ f_cnt, session_key_id }), index, t0 + index * minute);
      return device.lastUplink?.order;
    });
  };
  const inSession = (...counts: readonly number[]) =>
    ordersOf(...counts.map((fCnt) => [fCnt, "AQ=="] as const));

  it("M15 marks an uplink as late when one with a higher FCnt came before it", () => {
    assert.deepEqual(inSession(5, 4, 6), [undefined, "late", undefined]);
    assert.deepEqual(inSession(30, 14, 13, 31), [undefined, "late", "reset", undefined]);
    assert.deepEqual(inSession(5, 5, 900, 901), [undefined, undefined, undefined, undefined]);
  });

  it("M15 marks an uplink when the device counts anew by itself, not after a join", () => {
    assert.deepEqual(ordersOf([5, "AQ=="], [0, "Ag=="], [1, "Ag=="]), [
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual(ordersOf([5, "AQ=="], [4, "Ag=="]), [undefined, undefined]);
    assert.deepEqual(ordersOf([5, "AQ=="], [6, "Ag=="]), [undefined, undefined]);
    assert.deepEqual(inSession(5, 0, 1, 2), [undefined, "reset", undefined, undefined]);
    assert.deepEqual(inSession(5_000, 3, 4), [undefined, "reset", undefined]);
  });

  it("M15 was heard last when a message last arrived, whatever its FCnt", () => {
    const device = deviceAfter([plainUplink({ f_cnt: 5 }), plainUplink({ f_cnt: 4 })]);
    assert.equal(device.lastHeardAt, t0 + minute);
    assert.equal(device.lastUplink?.fCnt, 4);
  });

  it("M15 P27 does not count simulated uplinks", () => {
    const device = deviceAfter([
      plainUplink({ f_cnt: 50 }),
      plainUplink({ f_cnt: 0 }, { simulated: true }),
    ]);
    assert.equal(device.lastUplink?.order, undefined);
    device.apply(plainUplink({ f_cnt: 49 }), 3, t0 + 3 * minute);
    assert.equal(device.lastUplink?.order, "late");
  });
});

describe("EndDevice: rhythm", () => {
  it("knows its interval after three uplinks, as the median of the latest", () => {
    const device = new EndDevice(soilLabDevice, t0);
    [0, 10, 20, 90, 100].forEach((at, index) => {
      assert.equal(device.usualInterval, index < 3 ? undefined : 10 * minute);
      device.apply(plainUplink({}), index, t0 + at * minute);
    });
    assert.equal(device.usualInterval, 10 * minute);
  });

  it("is overdue when it was quiet for more than three intervals", () => {
    const device = deviceAfter([plainUplink(), plainUplink(), plainUplink()]);
    const last = t0 + 2 * minute;
    assert.equal(device.isOverdue(last + 3 * minute), false);
    assert.equal(device.isOverdue(last + 3 * minute + 1), true);
    assert.equal(deviceAfter([plainUplink(), plainUplink()]).isOverdue(last + 999 * minute), false);
  });

  it("is not overdue when the times between its uplinks say nothing", () => {
    const device = new EndDevice(soilLabDevice, t0);
    [0, 1, 40, 42, 120].forEach((at, index) =>
      device.apply(plainUplink({ f_cnt: index }), index, t0 + at * minute),
    );
    assert.equal(device.speaksRegularly, false);
    assert.equal(device.isOverdue(t0 + 9_999 * minute), false);
  });

  it("is not overdue when it has spoken in one burst only", () => {
    const device = deviceAfter([plainUplink(), plainUplink(), plainUplink()], 100);
    assert.equal(device.usualInterval, undefined);
    assert.equal(device.isOverdue(t0 + 9_000), false);
    assert.equal(device.isOverdue(t0 + 20_000), false, "a burst says nothing about the next one");
  });

  it("counts joins of the last ten minutes", () => {
    const join = decodeAs("join", upTopic(soilLabDevice, "join"), { join_accept: {} });
    const device = deviceAfter([join, join, join, join]);
    assert.equal(device.recentJoins(t0 + 3 * minute), 4);
    assert.equal(device.recentJoins(t0 + 11 * minute), 2);
    assert.equal(device.recentJoins(t0 + 60 * minute), 0);
  });
});

describe("EndDevice: downlinks that wait", () => {
  const named = (names: readonly string[]) => deviceAfter(names.map(goldenMessage)).pendingCount;

  it("waits from queued until the device answered when it is confirmed", () => {
    assert.equal(named(["down-queued"]), 1);
    assert.equal(named(["down-queued", "down-sent"]), 1);
    assert.equal(named(["down-queued", "down-sent", "down-nack"]), 1);
    assert.equal(named(["down-queued", "down-sent", "down-nack", "down-sent", "down-ack"]), 0);
  });

  it("P29 invents nothing when it never heard of the downlink", () => {
    for (const name of ["down-sent", "down-ack", "down-nack", "down-failed"])
      assert.equal(named([name]), 0);
  });

  const queued = (id: string, confirmed = false) =>
    decodeAs("downlinkQueued", upTopic(), {
      downlink_queued: { confirmed, correlation_ids: [`as:downlink:${id}`, "x"] },
    });

  it("forgets downlinks whose queue the server calls invalid", () => {
    const invalidated = decodeAs(
      "downlinkQueueInvalidated",
      upTopic(undefined, "down/invalidated"),
      { downlink_queue_invalidated: { downlinks: [{ correlation_ids: ["as:downlink:A"] }] } },
    );
    assert.equal(deviceAfter([queued("A"), queued("B"), invalidated]).pendingCount, 1);
  });

  it("waits until sent when it is unconfirmed, and until failed", () => {
    const sent = decodeAs("downlinkSent", upTopic(), {
      downlink_sent: { correlation_ids: ["as:downlink:A", "gs:tx_ack:B", "x"] },
    });
    assert.equal(deviceAfter([queued("A"), queued("B"), sent]).pendingCount, 1);
    const failed = decodeAs("downlinkFailed", upTopic(), {
      downlink_failed: { downlink: { correlation_ids: ["as:downlink:B"] } },
    });
    const device = deviceAfter([queued("A"), queued("B"), failed]);
    assert.deepEqual(
      device.pendingDownlinks.map(({ details }) => details.correlationIds[0]),
      ["as:downlink:A"],
    );
    assert.deepEqual(device.lastFailure, {
      at: t0 + 2 * minute,
      text: "the server gave no reason",
    });
  });

  it("remembers a hundred at most", () => {
    const device = deviceAfter(Array.from({ length: 150 }, (_, index) => queued(`${index}`)));
    assert.equal(device.pendingCount, 100);
    assert.equal(device.pendingDownlinks[0]?.details.correlationIds[0], "as:downlink:50");
  });

  it("loses what waits when its queue is emptied, but not what a gateway has got", () => {
    const sent = decodeAs("downlinkSent", upTopic(), {
      downlink_sent: { confirmed: true, correlation_ids: ["as:downlink:B", "x"] },
    });
    const nack = decodeAs("downlinkNack", upTopic(), {
      downlink_nack: { confirmed: true, correlation_ids: ["as:downlink:B", "x"] },
    });
    const device = deviceAfter([queued("A"), queued("B", true), sent]);
    device.queueEmptied();
    assert.deepEqual(
      device.pendingDownlinks.map(({ details }) => details.correlationIds[0]),
      ["as:downlink:B"],
    );
    device.apply(nack, 4, t0 + 4 * minute);
    device.queueEmptied();
    assert.equal(device.pendingCount, 0);
  });
});
