import assert from "node:assert/strict";
import { payloadLimit } from "../../src/stack/payloadLimit";
import { addressableGateways } from "../../src/stack/rxGateways";
import type { DataRate } from "../../src/stack/messages";

const lora = (spreadingFactor: number, bandwidth = 125_000): DataRate => ({
  modulation: "LoRa",
  spreadingFactor,
  bandwidth,
});
const europe = 868_100_000;

describe("The limit of a payload", () => {
  const european: readonly (readonly [spreadingFactor: number, bytes: number])[] = [
    [12, 51],
    [11, 51],
    [10, 51],
    [9, 115],
    [8, 242],
    [7, 242],
  ];
  for (const [spreadingFactor, bytes] of european) {
    it(`is ${bytes} bytes after an uplink at SF${spreadingFactor} in Europe`, () => {
      const limit = payloadLimit(lora(spreadingFactor), europe);
      assert.deepEqual(limit, { bytes, dataRate: `SF${spreadingFactor}` });
    });
  }

  it("is known for FSK, and for US915 where no other band is", () => {
    assert.equal(payloadLimit({ modulation: "FSK", bitRate: 50_000 }, 868_800_000)?.bytes, 242);
    assert.equal(payloadLimit(lora(10), 903_900_000)?.bytes, 242);
  });

  it("is not guessed for other bands, or without data rate or frequency", () => {
    assert.equal(payloadLimit(lora(10), 923_200_000), undefined);
    assert.equal(payloadLimit(lora(10), 470_300_000), undefined);
    assert.equal(payloadLimit({ modulation: "LR-FHSS", channelWidth: 137_000 }, europe), undefined);
    assert.equal(payloadLimit(lora(10), undefined), undefined);
    assert.equal(payloadLimit(undefined, europe), undefined);
  });
});

describe("The gateways that heard an uplink", () => {
  const body = (...antennas: readonly unknown[]) =>
    Buffer.from(JSON.stringify({ uplink_message: { rx_metadata: antennas } }));
  const antenna = (id: unknown, rssi?: unknown, more: object = {}) => ({
    gateway_ids: { gateway_id: id },
    rssi,
    ...more,
  });

  it("come each once, the best first", () => {
    const heard = body(
      antenna("barn-gw-2", -113),
      antenna("roof-gw-1", -87),
      antenna("roof-gw-1", -90),
      antenna("silent-gw"),
    );
    assert.deepEqual(addressableGateways(heard), ["roof-gw-1", "barn-gw-2", "silent-gw"]);
  });

  it("are not those of other networks, nor ids that no gateway can have", () => {
    const heard = body(
      antenna("packetbroker", -50, { packet_broker: { forwarder_gateway_id: "eui-1" } }),
      antenna("<b>gw</b>"),
      antenna(7),
      {},
      null,
      "x",
    );
    assert.deepEqual(addressableGateways(heard), []);
  });

  for (const text of [
    "",
    "null",
    "[]",
    "{",
    '{"uplink_message":7}',
    '{"uplink_message":{"rx_metadata":{}}}',
  ]) {
    it(`are none in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(addressableGateways(Buffer.from(text)), []);
    });
  }
});
