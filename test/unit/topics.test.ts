import assert from "node:assert/strict";
import fc from "fast-check";
import { decode } from "../../src/stack/decode";
import { isId, parseApplicationUid } from "../../src/stack/identifiers";
import { downlinkTopic, parseUpstreamTopic } from "../../src/stack/topics";
import { cpuTime, isQuick } from "../support/cpuTime";

const empty = new Uint8Array();

describe("topics: what is none of ours", () => {
  const others: readonly (readonly [id: string, topic: string])[] = [
    ["T01", ""],
    ["T01", "v3"],
    ["T01", "v3/"],
    ["T01", "v2/app1@tenant1/devices/dev1/up"],
    ["T01", "V3/app1@tenant1/devices/dev1/up"],
    ["T01", "v3/app1@tenant1/gateways/dev1/up"],
    ["T01", "v3/app1@tenant1"],
    ["T01", "v3/app1@tenant1/devices"],
    ["T01", "v3/app1@tenant1/devices/dev1"],
    ["T01", "/devices/dev1/up"],
    ["T03", "v3//devices//up"],
    ["T03", "/v3/app1@tenant1/devices/dev1/up"],
    ["T03", "v3/app1@tenant1/devices//up"],
    ["T03", "v3//devices/dev1/up"],
    ["T06", "v3/app1@tenant1/devices/Dev1/up"],
    ["T06", "v3/app1@tenant1/devices/dev_1/up"],
    ["T06", "v3/app1@tenant1/devices/d1/up"],
    ["T06", `v3/app1@tenant1/devices/${"d".repeat(37)}/up`],
    ["T06", "v3/app1@tenant1/devices/-dev1/up"],
    ["T06", "v3/app1@tenant1/devices/dev1-/up"],
    ["T06", "v3/app1@tenant1/devices/dev--1/up"],
    ["T06", "v3/app1@tenant1/devices/d\u0430v1/up"],
    ["T06", "v3/app1@tenant1/devices/dev%31/up"],
    ["T06", "v3/app1@tenant1/devices/dev1\n/up"],
    ["T06", "v3/App1@tenant1/devices/dev1/up"],
    ["T06", "v3/app1@/devices/dev1/up"],
    ["T06", "v3/app1@tenant1@x/devices/dev1/up"],
    ["T12", "$SYS/broker/uptime"],
    ["T12", "$share/group/v3/app1@tenant1/devices/dev1/up"],
  ];
  for (const [id, topic] of others) {
    it(`${id} is an unknown topic when it is ${JSON.stringify(topic).slice(0, 60)}`, () => {
      assert.equal(parseUpstreamTopic(topic), undefined);
      const result = decode(topic, empty);
      assert.equal(result.kind, "undecodable");
      assert.equal(result.deviceId, undefined);
      assert.equal("reason" in result && result.reason, "unknown topic");
      assert.equal("topic" in result && result.topic, topic);
    });
  }
});

describe("topics: what is ours", () => {
  const suffixes = [
    ["up", "uplink"],
    ["up/normalized", "uplinkNormalized"],
    ["join", "join"],
    ["down/queued", "downlinkQueued"],
    ["down/sent", "downlinkSent"],
    ["down/ack", "downlinkAck"],
    ["down/nack", "downlinkNack"],
    ["down/failed", "downlinkFailed"],
    ["down/invalidated", "downlinkQueueInvalidated"],
    ["location/solved", "locationSolved"],
    ["service/data", "serviceData"],
  ] as const;
  const id = fc.stringMatching(/^[a-z0-9](-?[a-z0-9]){2,17}$/).filter(isId);
  const uid = fc
    .tuple(id, fc.option(id))
    .map(([app, tenant]) => (tenant === null ? app : `${app}@${tenant}`));

  it("T10 reads back application, device and kind when a topic was made of them", () => {
    fc.assert(
      fc.property(
        uid,
        id,
        fc.constantFrom(...suffixes),
        (applicationUid, deviceId, [suffix, kind]) => {
          const topic = `v3/${applicationUid}/devices/${deviceId}/${suffix}`;
          const [applicationId] = applicationUid.split("@");
          assert.deepEqual(parseUpstreamTopic(topic), {
            applicationUid,
            applicationId,
            deviceId,
            kind,
          });
        },
      ),
    );
  });

  it("T02 T11 knows the device but no kind when the suffix is unknown", () => {
    for (const suffix of ["up/extra/levels", "down/push", "down/replace", "", "up/", "toString"]) {
      const parsed = parseUpstreamTopic(`v3/app1@tenant1/devices/dev1/${suffix}`);
      assert.deepEqual(parsed, {
        applicationUid: "app1@tenant1",
        applicationId: "app1",
        deviceId: "dev1",
        kind: undefined,
      });
    }
  });

  it("writes the whole application UID when it publishes", () => {
    assert.equal(
      downlinkTopic("app1@tenant1", "dev1", "push"),
      "v3/app1@tenant1/devices/dev1/down/push",
    );
    assert.equal(downlinkTopic("app1", "dev1", "replace"), "v3/app1/devices/dev1/down/replace");
  });
});

describe("identifiers", () => {
  it("accepts 3 to 36 characters of the grammar", () => {
    for (const text of ["abc", "a-b-c", "eui-70b3d57ed0051234", "a".repeat(36)]) {
      assert.equal(isId(text), true, text);
    }
    for (const text of [
      "",
      "ab",
      "a".repeat(37),
      "a--b",
      "-ab",
      "ab-",
      "A-b",
      "a_b",
      "a b",
      "abc\n",
    ]) {
      assert.equal(isId(text), false, text);
    }
  });

  it("splits an application UID, with its tenant or without", () => {
    assert.deepEqual(parseApplicationUid("app1@tenant1"), {
      applicationId: "app1",
      tenantId: "tenant1",
    });
    assert.deepEqual(parseApplicationUid("app1"), { applicationId: "app1", tenantId: undefined });
    for (const text of ["", "@", "app1@", "@tenant1", "app1@t", "app1@ten@ant"]) {
      assert.equal(parseApplicationUid(text), undefined, text);
    }
  });

  it("judges an id fast when it is long and nearly right", () => {
    const before = cpuTime();
    for (const text of ["a-".repeat(100_000), `${"a".repeat(200_000)}!`])
      assert.equal(isId(text), false);
    assert.ok(isQuick(before, 50));
  });
});
