/** Small parts of the simulated server: filters, numbers, times, payloads, locations. */
import assert from "node:assert/strict";
import { decodeCayenneLpp, encodeCayenneLpp } from "../../src/demo/devices/cayenneLpp";
import { pumpFormatters } from "../../src/demo/devices/pumpController";
import { Random } from "../../src/demo/random";
import { protocolLevel } from "../../src/demo/server/acceptor";
import { generateApiKey, holdsRight, tokenId } from "../../src/demo/server/apiKey";
import { findLocation } from "../../src/demo/server/payloadLocation";
import { maximumPayload, timeOnAir } from "../../src/demo/server/radio";
import { duration, gatewayTime, Stamps } from "../../src/demo/server/stamps";
import { filterMatches, rewriteFilter } from "../../src/demo/server/subscriptionFilter";
import { sortedUnique, withoutZeros } from "../../src/demo/server/wireObject";
import { isUsualApiKey } from "../../src/stack/identifiers";

describe("subscription filters", () => {
  for (const [requested, stored] of [
    ["#", "v3/app1/#"],
    ["v3/#", "v3/app1/#"],
    ["v3/+/devices/+/up", "v3/app1/devices/+/up"],
    ["v3/app1/devices/dev1/down/push", "v3/app1/devices/dev1/down/push"],
    ["v3/+/a//b/+/#", "v3/app1/a//b/+/#"],
  ] as const) {
    it(`become ${stored} when ${requested} is asked for`, () => {
      assert.deepEqual(rewriteFilter(requested, "app1"), { stored });
    });
  }

  for (const requested of ["v3", "+", "+/#", "$SYS/#", "/#", "v3/app2/#", "v3/app/x"]) {
    it(`are refused when ${requested} is asked for`, () => {
      assert.equal(rewriteFilter(requested, "app1"), "refused");
    });
  }

  for (const requested of ["", "a#", "#/x", "a/#/b", "a+", "+a/b", "\0"]) {
    it(`are malformed when they are ${JSON.stringify(requested)}`, () => {
      assert.equal(rewriteFilter(requested, "app1"), "malformed");
    });
  }

  for (const [filter, topic, expected] of [
    ["a/b/#", "a/b", false],
    ["a/b/#", "a/b/c", true],
    ["a/b/#", "a/b/c/d", true],
    ["a/+/c", "a/b/c", true],
    ["a/+", "a/b/c", false],
    ["a/+/+", "a/b/c/d", false],
    ["a/b", "a/b", true],
    ["a/b", "A/b", false],
  ] as const) {
    it(`${expected ? "match" : "do not match"} when ${filter} meets ${topic}`, () => {
      assert.equal(filterMatches(filter, topic), expected);
    });
  }
});

describe("API keys", () => {
  it("look as the Console makes them when generated", () => {
    assert.ok(isUsualApiKey(generateApiKey(new Random())));
    assert.ok(isUsualApiKey(generateApiKey(new Random(1))));
  });

  it("are looked up only with three parts and a type that authenticates", () => {
    assert.equal(tokenId("NNSXS.ID.SECRET"), "ID");
    assert.equal(tokenId("ONZW4.ID.SECRET"), "ID");
    for (const password of ["", "NNSXS", "NNSXS.ID", "NNSXS.A.B.C", "OJSWM.A.B", "XXXXX.A.B"]) {
      assert.equal(tokenId(password), undefined);
    }
  });

  it("imply other rights as documented", () => {
    assert.ok(holdsRight(["RIGHT_APPLICATION_ALL"], "RIGHT_APPLICATION_DEVICES_READ"));
    assert.ok(holdsRight(["RIGHT_APPLICATION_LINK"], "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"));
    assert.ok(!holdsRight(["RIGHT_APPLICATION_LINK"], "RIGHT_APPLICATION_DEVICES_READ"));
    assert.ok(
      !holdsRight(["RIGHT_APPLICATION_TRAFFIC_READ"], "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"),
    );
  });
});

describe("protocolLevel", () => {
  const bytes = (...parts: (number | string)[]): Buffer =>
    Buffer.concat(
      parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))),
    );
  it("is read when the packet is a CONNECT, and awaited when it is cut off", () => {
    const connect = bytes(0x10, 0x90, 0x01, 0, 4, "MQTT", 4);
    assert.equal(protocolLevel(connect), 4);
    for (let length = 0; length < connect.length; length++) {
      assert.equal(protocolLevel(connect.subarray(0, length)), "incomplete", String(length));
    }
    assert.equal(protocolLevel(bytes(0x10, 20, 0, 6, "MQIsdp", 3)), 3);
    assert.equal(protocolLevel(bytes(0x10, 20, 0, 4, "MQTX", 4)), -1);
    assert.equal(protocolLevel(bytes(0x16, 3, 1)), "garbage");
    assert.equal(protocolLevel(bytes(0x10, 20, 9, 9)), "garbage");
  });
});

describe("wire values", () => {
  it("leave out zeros and keep free-form objects", () => {
    const fields = { a: 0, b: "", c: false, d: [], e: undefined, f: { g: 0 }, h: 1, i: "0", j: {} };
    assert.deepEqual(withoutZeros(fields), { f: { g: 0 }, h: 1, i: "0", j: {} });
  });

  it("sort ids by bytes and name each once", () => {
    assert.deepEqual(sortedUnique(["b", "é", "B", "a", "b"]), ["B", "a", "b", "é"]);
  });

  it("write durations and gateway times with 0, 3 or 6 digits", () => {
    assert.equal(duration(56_576), "0.056576s");
    assert.equal(duration(1_000_000), "1s");
    assert.equal(duration(1_500_000), "1.500s");
    const time = Date.parse("2026-02-23T08:00:00.118Z");
    assert.equal(gatewayTime(time, 7), "2026-02-23T08:00:00.118007Z");
    assert.equal(gatewayTime(time, 0), "2026-02-23T08:00:00.118Z");
    assert.equal(gatewayTime(Date.parse("2026-02-23T08:00:00Z"), 0), "2026-02-23T08:00:00Z");
  });

  it("stamp with nine digits, never backwards, when the clock stands still or is set back", () => {
    let now = Date.parse("2026-02-23T08:00:00Z");
    const stamps = new Stamps(() => now, new Random(3));
    const times = Array.from({ length: 50 }, () => stamps.time());
    now -= 5000;
    times.push(stamps.time());
    assert.deepEqual([...times].sort(), times);
    for (const time of times) assert.match(time, /^2026-02-23T08:00:00\.000\d{6}Z$/);
  });

  it("write ULIDs whose first half is the time", () => {
    const stamps = new Stamps(() => 1_771_835_400_000, new Random(3));
    const other = new Stamps(() => 1_771_835_400_000, new Random(4));
    const [a, b] = [stamps.correlationId("as:downlink"), other.correlationId("as:downlink")];
    assert.match(a, /^as:downlink:[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.equal(a.slice(0, 22), b.slice(0, 22));
    assert.notEqual(a, b);
  });

  it("know EU868", () => {
    assert.equal(timeOnAir(7, 8), 56_576); // golden up.json
    assert.equal(timeOnAir(9, 6), 185_344); // golden up-decoded.json
    assert.deepEqual(
      [12, 10, 9, 8, 7].map((sf) => maximumPayload(sf as 7)),
      [51, 51, 115, 242, 242],
    );
  });
});

describe("pump formatters", () => {
  it("encode valve and minutes into three bytes on FPort 15", () => {
    assert.deepEqual(pumpFormatters.encodeDownlink({ valve: "open", minutes: 300 }), {
      framePayload: Uint8Array.of(1, 1, 44),
      fPort: 15,
      warnings: ["the tank is empty after 120 minutes"],
    });
    const closed = pumpFormatters.encodeDownlink({ valve: "closed" });
    assert.deepEqual(closed, {
      framePayload: Uint8Array.of(0, 0, 0),
      fPort: 15,
      warnings: [],
    });
  });

  for (const fields of [
    {},
    { valve: "half" },
    { valve: "open", minutes: 1.5 },
    { valve: "open", minutes: -1 },
    { valve: "open", minutes: 65_536 },
    { valve: "open", minutes: "5" },
    { valve: "open", hours: 1 },
  ]) {
    it(`refuse ${JSON.stringify(fields)}`, () => {
      assert.ok("problem" in pumpFormatters.encodeDownlink(fields));
    });
  }
});

describe("CayenneLPP", () => {
  it("decodes what it encodes, negative temperatures too", () => {
    const bytes = encodeCayenneLpp([
      { channel: 3, type: "temperature", value: -4.5 },
      { channel: 4, type: "relative_humidity", value: 45.5 },
      { channel: 5, type: "luminosity", value: 40_000 },
    ]);
    assert.deepEqual(decodeCayenneLpp(bytes), {
      data: { temperature_3: -4.5, relative_humidity_4: 45.5, luminosity_5: 40_000 },
    });
  });

  it("fails as a whole when a type is unknown or the data is cut off", () => {
    assert.equal(decodeCayenneLpp(Uint8Array.of(3, 103, 0)), undefined);
    assert.equal(decodeCayenneLpp(Uint8Array.of(3, 99, 0, 0)), undefined);
    assert.equal(decodeCayenneLpp(Uint8Array.of(3)), undefined);
  });
});

describe("findLocation", () => {
  const place = { latitude: 52, longitude: 5, source: "SOURCE_GPS" };
  it("finds the names the server knows", () => {
    assert.deepEqual(findLocation({ lat: 52, lon: 5 }), place);
    assert.deepEqual(findLocation({ lat: 52, lng: 5, alt: 7.9, acc: 3 }), {
      ...place,
      altitude: 7,
      accuracy: 3,
    });
    assert.deepEqual(findLocation({ gps_lat: 52, gps_lng: 5 }), place);
    assert.deepEqual(findLocation({ gps_1: { latitude: 52, longitude: 5, altitude: 0 } }), place);
  });

  it("finds nothing in (0,0), half a pair or text", () => {
    for (const payload of [{ lat: 0, lon: 0 }, { lat: 52 }, { lat: "52", lon: "5" }, { x: 1 }]) {
      assert.equal(findLocation(payload), undefined);
    }
  });
});
