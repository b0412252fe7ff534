import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import { bytesOf, soilLab, soilLabKey, soilLabUid } from "../support/fixtures";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Heap and array buffers in use, bytes, after everything that nobody holds is gone. */
function used(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const megabyte = 1024 * 1024;

function modelOf(): Model {
  const model = new Model({ maximumMessages: 100, maximumBytes: 1 * megabyte });
  model.setApplications([soilLab]);
  return model;
}

function receive(model: Model, deviceId: string, suffix: string, body: object): void {
  const topic = `v3/${soilLabUid}/devices/${deviceId}/${suffix}`;
  const raw = bytesOf(body);
  model.apply(soilLabKey, topic, decode(topic, raw), raw, Date.now());
}

/** How much more is in use after `messages`, with the model that took them still there. Bytes. */
function growthOf(take: (model: Model) => void): number {
  const warmUp = modelOf();
  receive(warmUp, "probe-1", "up", { uplink_message: { f_port: 1 } });
  const model = modelOf();
  const before = used();
  take(model);
  const grown = used() - before;
  assert.ok(model.applications.length === 1);
  return grown;
}

const long = (length: number, seed: number) =>
  String(seed)
    .padStart(8, "0")
    .repeat(length / 8);
const base64Of = (length: number) => Buffer.alloc(length, 7).toString("base64");

describe("What a server can make us remember, in bytes", function () {
  this.timeout(120_000);

  it("of 2,000 queued downlinks of 60 KB each: a few of their words", () => {
    const grown = growthOf((model) => {
      for (let index = 0; index < 2_000; index++) {
        receive(model, `probe-${index % 20}`, "down/queued", {
          downlink_queued: {
            f_port: 1,
            frm_payload: base64Of(6_000),
            decoded_payload: {
              text: long(48_000, index),
              list: Array.from({ length: 500 }, () => index),
            },
            decoded_payload_warnings: [long(800, index)],
            correlation_ids: [`as:downlink:${index}`, long(4_000, index), long(4_000, index + 1)],
          },
        });
      }
    });
    assert.ok(grown < 6 * megabyte, `${grown} bytes`);
  });

  it("of a large payload, values and gateway id from each of 600 end devices", () => {
    const grown = growthOf((model) => {
      for (let index = 0; index < 600; index++) {
        receive(model, `probe-${index}`, "up", {
          uplink_message: {
            f_port: 1,
            frm_payload: base64Of(120_000),
            decoded_payload: { text: long(20_000, index) },
            decoded_payload_warnings: [long(20_000, index)],
            rx_metadata: [{ gateway_ids: { gateway_id: long(20_000, index) }, rssi: -1 }],
          },
        });
      }
    });
    assert.ok(grown < 6 * megabyte, `${grown} bytes`);
  });

  it("of failures, places and answers with long texts from 400 end devices", () => {
    const grown = growthOf((model) => {
      for (let index = 0; index < 400; index++) {
        const text = long(80_000, index);
        receive(model, `probe-${index}`, "down/failed", {
          downlink_failed: {
            error: { name: text, message_format: text, attributes: { a: text } },
          },
        });
        receive(model, `probe-${index}`, "location/solved", {
          location_solved: { service: text, location: { latitude: 1, longitude: 2, source: text } },
        });
        receive(model, `probe-${index}`, "join", { join_accept: { session_key_id: text } });
      }
    });
    assert.ok(grown < 6 * megabyte, `${grown} bytes`);
  });

  it("of what is said of downlinks of ours, with long ids, sessions and reasons", () => {
    const grown = growthOf((model) => {
      for (let index = 0; index < 200; index++) {
        const correlationId = `own-${index}`;
        model.downlinks.begin(
          { applicationKey: soilLabKey, deviceId: "probe-1", operation: "push" },
          [
            {
              ...{ fPort: 1, bytes: Uint8Array.of(1), fields: undefined, priority: "NORMAL" },
              ...{ confirmed: true, correlationId, userCorrelationIds: [] },
            },
          ],
          Date.now(),
        );
        const text = long(60_000, index);
        const downlink = {
          ...{ f_port: 1, confirmed: true, correlation_ids: [correlationId, text] },
          ...{ session_key_id: text, decoded_payload: { text }, frm_payload: base64Of(60_000) },
        };
        receive(model, "probe-1", "down/queued", { downlink_queued: downlink });
        receive(model, "probe-1", "down/sent", { downlink_sent: downlink });
        const foreign = { ...downlink, correlation_ids: ["x"], f_cnt: index + 1 };
        receive(model, "probe-1", "down/ack", { downlink_ack: foreign });
        receive(model, "probe-1", "down/failed", {
          downlink_failed: {
            downlink,
            error: { name: text, attributes: { a: text, b: { text } } },
          },
        });
      }
    });
    assert.ok(grown < 8 * megabyte, `${grown} bytes`);
  });

  it("of topics of 60,000 characters that name nothing", () => {
    const grown = growthOf((model) => {
      for (let index = 0; index < 300; index++) {
        const topic = `v3/${long(60_000, index)}`;
        const raw = bytesOf("x");
        model.apply(soilLabKey, topic, decode(topic, raw), raw, Date.now());
      }
    });
    assert.ok(grown < 6 * megabyte, `${grown} bytes`);
  });

  it("of many short downlinks to 3,000 end devices: the latest ten thousand or so", () => {
    const model = modelOf();
    const waiting = () => {
      const devices = model.applications[0]?.endDevices.values() ?? [];
      return [...devices].reduce((sum, each) => sum + each.pendingCount, 0);
    };
    for (let index = 0; index < 20_000; index++) {
      receive(model, `probe-${index % 3_000}`, "down/queued", {
        downlink_queued: { f_port: 1, correlation_ids: [`as:downlink:${index}`] },
      });
    }
    assert.ok(waiting() > 5_000 && waiting() <= 10_500, String(waiting()));
    const newest = model.applications[0]?.endDevices.get(`probe-${19_999 % 3_000}`);
    assert.ok(newest && newest.pendingCount > 0);
  });
});
