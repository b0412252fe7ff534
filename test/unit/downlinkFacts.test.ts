import assert from "node:assert/strict";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import { downlinkFacts } from "../../src/views/downlink/downlinkFacts";
import {
  bytesOf,
  goldenNamed,
  parseBody,
  soilLab,
  soilLabDevice,
  soilLabKey,
  upTopic,
} from "../support/fixtures";

class Bench {
  readonly model = new Model({ maximumMessages: 100, maximumBytes: 1 << 20 });

  constructor() {
    this.model.setApplications([soilLab]);
  }

  hear(topic: string, bytes: Uint8Array): void {
    this.model.apply(soilLabKey, topic, decode(topic, bytes), bytes, Date.now());
  }

  hearGolden(name: string): void {
    const { topic, bytes } = goldenNamed(name);
    this.hear(topic, bytes);
  }

  get facts() {
    return downlinkFacts(this.model, soilLabKey, soilLabDevice);
  }
}

describe("What is known of an end device for a downlink", () => {
  it("is nothing while it was never seen", () => {
    const { model, facts } = new Bench();
    assert.equal(facts, undefined);
    assert.equal(downlinkFacts(model, "another", soilLabDevice), undefined);
  });

  it("are its own gateways and the limit of its data rate", () => {
    const bench = new Bench();
    bench.hearGolden("up");
    assert.deepEqual(bench.facts, {
      gateways: ["roof-gw-1"],
      payloadLimit: {
        ...{ bytes: 241, atBest: 241, dataRate: "SF7", bands: ["EU868", "RU864"] },
        atOnce: { bytes: 50, atBest: 50 },
      },
      othersPending: 0,
    });
  });

  it("follows the latest uplink, with the gateways of those before behind", () => {
    const bench = new Bench();
    bench.hearGolden("up");
    const body = parseBody(goldenNamed("up").bytes);
    const uplink = body.uplink_message as Record<string, unknown>;
    const metadata = [{ gateway_ids: { gateway_id: "barn-gw-2" }, rssi: -110, snr: -12 }];
    const lora = { bandwidth: 125_000, spreading_factor: 12 };
    const settings = { data_rate: { lora }, frequency: "868100000" };
    assert.deepEqual(bench.facts?.gateways, ["roof-gw-1"]);
    bench.hear(
      upTopic(),
      bytesOf({ ...body, uplink_message: { ...uplink, rx_metadata: metadata, settings } }),
    );
    assert.deepEqual(bench.facts.gateways, ["barn-gw-2", "roof-gw-1"]);
    assert.equal(bench.facts.payloadLimit?.bytes, 50);
  });

  it("counts the downlinks of others that wait", () => {
    const bench = new Bench();
    bench.hearGolden("down-queued");
    assert.equal(bench.facts?.othersPending, 1);
    bench.hearGolden("down-ack");
    assert.equal(bench.facts.othersPending, 0);
  });
});
