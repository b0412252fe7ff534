import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { payloadLimit } from "../../src/stack/payloadLimit";
import { addressableGateways } from "../../src/stack/rxGateways";
import type { DataRate } from "../../src/stack/messages";
import { bandRows } from "../support/bandRows";

const lora = (spreadingFactor: number, bandwidth = 125_000): DataRate => ({
  modulation: "LoRa",
  spreadingFactor,
  bandwidth,
});
const fsk: DataRate = { modulation: "FSK", bitRate: 50_000 };
const hopping = (channelWidth: number): DataRate => ({ modulation: "LR-FHSS", channelWidth });

describe("The limit of a payload", () => {
  it("comes from a table that holds what the network server has", () => {
    const source = readFileSync("src/stack/bandTable.ts", "utf8");
    const rows = /const rows = `\n([^`]*)\n`/.exec(source)?.[1]?.split("\n");
    assert.deepEqual(rows, bandRows());
  });

  const cases: readonly (readonly [
    name: string,
    DataRate,
    frequency: number,
    bytes: number,
    atBest: number,
    bands: string,
  ])[] = [
    ["EU868 SF12", lora(12), 863_500_000, 50, 50, "EU868"],
    ["EU868 SF11", lora(11), 863_500_000, 50, 50, "EU868"],
    ["EU868 SF10", lora(10), 863_500_000, 50, 50, "EU868"],
    ["EU868 SF9", lora(9), 863_500_000, 114, 114, "EU868"],
    ["EU868 SF8", lora(8), 863_500_000, 241, 241, "EU868"],
    ["EU868 SF7", lora(7), 863_500_000, 241, 241, "EU868"],
    ["EU868 or RU864", lora(12), 868_100_000, 50, 50, "EU868 RU864"],
    ["IN865, too", lora(12), 865_062_500, 50, 50, "EU868 IN865 RU864"],
    ["SF7 at 250 kHz is not of IN865", lora(7, 250_000), 866_100_000, 241, 241, "EU868 RU864"],
    ["FSK", fsk, 868_800_000, 241, 241, "EU868 RU864"],
    ["LR-FHSS, answered at SF11 or SF10", hopping(137_000), 868_100_000, 50, 50, "EU868"],
    ["US915, answered at 500 kHz", lora(10), 903_900_000, 241, 241, "US915"],
    ["US915 LR-FHSS", hopping(1_523_000), 903_000_000, 241, 241, "US915"],
    ["AU915 or AS923", lora(12), 916_800_000, 10, 52, "AS923 AS923-3 AU915"],
    ["500 kHz is of AU915", lora(8, 500_000), 917_500_000, 241, 241, "AU915"],
    ["AS923 with its dwell time limit", lora(10), 923_200_000, 10, 241, "AS923 AU915"],
    ["a channel that AU915 does not have", lora(9), 922_100_000, 52, 114, "AS923 AS923-2 KR920"],
    ["CN470 in its versions", lora(11), 470_300_000, 22, 50, "CN470 CN470-20 CN470-26"],
    ["CN779", lora(12), 779_500_000, 50, 50, "CN779"],
    ["EU433", lora(9), 433_175_000, 114, 114, "EU433"],
    ["2.4 GHz", lora(11, 812_000), 2_403_000_000, 114, 114, "ISM2400"],
  ];
  for (const [name, dataRate, frequency, bytes, atBest, bands] of cases) {
    it(`is told for ${name}`, () => {
      const limit = payloadLimit(dataRate, frequency);
      assert.deepEqual([limit?.bytes, limit?.atBest], [bytes, atBest]);
      assert.equal(limit?.bands.join(" "), bands);
    });
  }

  it("is the second window's where no uplink comes before", () => {
    assert.deepEqual(payloadLimit(lora(7), 903_900_000)?.atOnce, { bytes: 52, atBest: 52 });
    assert.deepEqual(payloadLimit(lora(7), 863_500_000)?.atOnce, { bytes: 50, atBest: 50 });
    assert.equal(payloadLimit(lora(7), 922_000_000)?.atOnce.bytes, 10);
  });

  it("is not told for what no band has, or without data rate or frequency", () => {
    assert.equal(payloadLimit(lora(12), 903_900_000), undefined);
    assert.equal(payloadLimit(lora(7), 600_000_000), undefined);
    assert.equal(payloadLimit(undefined, 868_100_000), undefined);
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
