import assert from "node:assert/strict";
import fc from "fast-check";
import { decode } from "../../src/stack/decode";
import { parseEventFilter } from "../../src/stack/eventFilter";
import { cpuTime, isQuick } from "../support/cpuTime";
import { bytesOf, golden, upTopic, uplinkBody } from "../support/fixtures";

const uplink = decode(
  upTopic("pump-3"),
  bytesOf(
    uplinkBody({
      f_port: 2,
      f_cnt: 7,
      frm_payload: "vu8=",
      decoded_payload: {
        temperature: 31.5,
        valve: "open",
        nested: { on: true, "p.h": 6.5 },
        humidity: "45.30",
        "air.t": 21,
        "with space": -3,
        'qu"ote': 1,
        rooms: [{ t: 19 }, { t: 31, "l.x": ["a", "7"] }],
        flow: "1e2",
        empty: "",
        when: "2026-02-23",
      },
      rx_metadata: [{ gateway_ids: { gateway_id: "g" }, rssi: -112, snr: -3 }],
      settings: { data_rate: { lora: { spreading_factor: 9, bandwidth: 125000 } } },
    }),
  ),
);

function holds(text: string): boolean {
  const filter = parseEventFilter(text);
  assert.ok("matches" in filter, text);
  return filter.matches(uplink);
}

describe("The event filter", () => {
  for (const text of [
    "",
    "kind:up",
    "kind:UP,join",
    "-kind:down",
    "device:pump-3",
    "device:pump*",
    "device:*-3",
    "device:p*m*3",
    "device:other,pump-*",
    "-device:other",
    "decoded.temperature > 30",
    "decoded.temperature>=31.5",
    "decoded.temperature != 30",
    "decoded.valve = open",
    'decoded.valve="open"',
    "decoded.nested.on = true",
    "-decoded.valve=closed",
    "decoded.humidity > 45",
    "decoded.humidity >= 45.3 decoded.humidity<=45.30",
    "decoded.humidity = 45.3",
    'decoded.humidity = "45.30"',
    "decoded.flow > 99",
    'decoded."air.t" > 20',
    'decoded.nested."p.h" < 7',
    'decoded["air.t"] = 21',
    'decoded."with space" = -3',
    'decoded."qu\\"ote" = 1',
    "decoded.rooms[1].t > 30",
    "decoded.rooms.1.t > 30",
    "decoded.rooms[*].t > 30",
    'decoded.rooms[1]."l.x"[1] = 7',
    'decoded.rooms[1]."l.x"[0] = a',
    "decoded.rooms[*].t != 5",
    'decoded.empty = ""',
    "-decoded.rooms[0].t > 30",
    "fport = 2",
    "FPort=2 fcnt<8",
    "KIND:up",
    "rssi < -110 snr<0",
    "sf = 9",
    "gateways = 1",
    "beef",
    "valve",
    '"temperature=31.5 valve"',
    "kind:up device:pump* decoded.temperature > 30 beef",
  ]) {
    it(`lets the uplink through when the filter is ${text}`, () => assert.equal(holds(text), true));
  }

  for (const text of [
    "kind:down",
    "-kind:up",
    "device:pump",
    "device:pump-33*",
    "device:pump-3*3",
    "decoded.temperature > 31.5",
    "decoded.missing > 0",
    "decoded.valve > 3",
    "decoded.constructor = x",
    "decoded.empty < 1",
    "decoded.when > 0",
    "decoded.humidity > 45.3",
    'decoded.humidity = "45.3"',
    "decoded.air.t > 20",
    "decoded.rooms[0].t > 30",
    "decoded.rooms[2].t > 0",
    "decoded.rooms[*].t > 31",
    "decoded.rooms[*].constructor = x",
    "fport=3",
    "nothing-like-this",
    "kind:up nothing-like-this",
  ]) {
    it(`keeps the uplink out when the filter is ${text}`, () => assert.equal(holds(text), false));
  }

  for (const text of [
    "kind:uplink",
    "device:Ä",
    "device:",
    "temperature > 30",
    "rssi >",
    "rssi > x",
    "rssi > Infinity",
    "decoded.t > 0x10",
    "decoded..t = 1",
    "decoded.t[ = 1",
    "decoded = 1",
    'an open "quote',
    "kin:up",
    "-kin:up",
    "is:troubel",
    "fport:15",
    "as:downlink:01KJ",
  ]) {
    it(`says what is wrong when the filter is ${text}`, () => {
      const filter = parseEventFilter(text);
      assert.ok("problem" in filter);
      assert.match(filter.problem, /\w+/);
    });
  }

  it("D4 names the keys that there are when one is mistyped, and takes a text in quotes", () => {
    const mistyped = parseEventFilter("kin:up");
    assert.ok("problem" in mistyped);
    assert.match(mistyped.problem, /no kin: here.*kind:.*device:.*is:trouble/);
    const compared = parseEventFilter("FPort:15");
    assert.ok("problem" in compared);
    assert.match(compared.problem, /FPort = 1/);
    assert.equal(holds('"kin:up"'), false);
    assert.equal(holds("12:30"), false, "a time is a text");
  });

  it("finds what went wrong with is:trouble, and nothing else", () => {
    const filter = parseEventFilter("is:trouble");
    assert.ok("matches" in filter);
    const found = golden
      .filter(({ topic, bytes }) => filter.matches(decode(topic, bytes)))
      .map(({ kind }) => kind);
    const wrong = ["downlinkFailed", "downlinkNack", "downlinkQueueInvalidated"];
    for (const kind of wrong) assert.ok(found.includes(kind as (typeof found)[number]), kind);
    for (const kind of ["join", "downlinkAck", "downlinkQueued", "locationSolved"]) {
      assert.ok(!found.includes(kind as (typeof found)[number]), kind);
    }
    assert.ok(filter.matches(decode("v3/soil-lab@ttn/devices/probe/up", Buffer.from("{"))));
    assert.equal(found.filter((kind) => kind === "uplink").length, 1, "the one with a warning");
    assert.equal(holds("is:trouble"), true, "its body names another end device");
    assert.equal(holds("-is:trouble"), false);
  });

  it("judges every kind without failing when the filter is anything", () => {
    const messages = golden.map(({ topic, bytes }) => decode(topic, bytes));
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const filter = parseEventFilter(text);
        if ("matches" in filter) for (const message of messages) filter.matches(message);
      }),
    );
  });

  it("P35 takes little time when a filter looks like a bad pattern and the text is 1 KiB of a", () => {
    const note = "a".repeat(1024);
    const message = decode(upTopic("pump-3"), bytesOf(uplinkBody({ decoded_payload: { note } })));
    const before = cpuTime();
    for (const text of ["(a+)+$", "decoded.note=(a+)+$", `decoded.note=${"a*".repeat(100)}b`]) {
      const filter = parseEventFilter(text);
      assert.ok("matches" in filter, text);
      assert.equal(filter.matches(message), false, text);
    }
    assert.ok(isQuick(before, 5));
  });

  it("is not slow when a pattern is full of stars", () => {
    assert.equal(holds(`device:${"*p".repeat(200)}*`), false);
  });
});
