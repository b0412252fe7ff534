import assert from "node:assert/strict";
import fc from "fast-check";
import { addressableGateways } from "../../src/stack/rxGateways";
import { numberText, scalar, summarizeFields } from "../../src/stack/values";
import { bytesOf, canaryKey, decodeAs, upTopic, uplinkBody } from "../support/fixtures";

describe("values: digits", () => {
  const asSent = [
    ...[1234567.891, 1753330274.279, 52.36551234, 4.895168, 22.4, 0.1, -40, 1e21, 1.5e-7, 0],
    ...[123456.789012, 22.499999999, 3.141592653589793, 0.123456789012345, 9007199254740991],
    ...[-273.15, 1013.25, 0.000001234567, 5e-324, 1.7976931348623157e308, 99.99999999],
  ];
  for (const value of asSent) {
    it(`C1 shows ${value} as it was sent`, () => assert.equal(numberText(value), String(value)));
  }

  const noisy: readonly (readonly [value: number, text: string])[] = [
    [22.400000000000002, "22.4"],
    [23.599999999999998, "23.6"],
    [0.1 + 0.2, "0.3"],
    [1.1 * 3, "3.3"],
    [4.35 * 100, "435"],
    [-0.7999999999999998, "-0.8"],
    [Math.fround(21.3), "21.3"],
    [Math.fround(-5.66388), "-5.66388"],
    [90.11857604980469, "90.118576"],
    [1e-7 * 3, "3e-7"],
  ];
  for (const [value, text] of noisy) {
    it(`C1 leaves out what calculating added to ${text}`, () =>
      assert.equal(numberText(value), text));
  }

  it("C1 loses no digit of a decimal that was sent", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.nat(9),
        (whole, places) => {
          const value = Number(`${whole}e-${places}`);
          assert.equal(numberText(value), String(value));
        },
      ),
    );
  });

  it("C1 is never further off than the noise of a calculation", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const off = Math.abs(Number(numberText(value)) - value);
        assert.ok(off <= Math.abs(value) * 1e-7);
      }),
    );
  });
});

describe("values: summaries", () => {
  const cases: readonly (readonly [value: object, text: string])[] = [
    [
      { bytes: Array.from({ length: 64 }, (_, index) => index), temperature: 21 },
      "bytes=[0,1,2,3,… 64 items] temperature=21",
    ],
    [{ list: [1, 2, 3], t: 1 }, "list=[1,2,3] t=1"],
    [{ list: [], t: 1 }, "list=[] t=1"],
    [{ list: ["a b", true, null] }, 'list=["a b",true,null]'],
    [
      { rooms: [{ t: 1 }, { t: 2, l: [3] }], battery: 3.3 },
      "battery=3.3 rooms[0].t=1 rooms[1].t=2 rooms[1].l=[3]",
    ],
    [{ grid: [[1, 2], [3]], t: 5 }, "t=5 grid[0]=[1,2] grid[1]=[3]"],
    [
      Object.fromEntries([
        ["rooms", Array.from({ length: 20 }, (_, room) => ({ room }))],
        ...Array.from({ length: 7 }, (_, index) => [`v${index}`, index] as const),
      ]),
      "v0=0 v1=1 v2=2 v3=3 v4=4 v5=5 v6=6 rooms[0].room=0 …",
    ],
  ];
  for (const [value, text] of cases) {
    it(`C3 shows the values of ${JSON.stringify(value).slice(0, 40)}`, () =>
      assert.equal(summarizeFields(value as never, 8), text));
  }

  it("X01 shows no API key among them", () => {
    const short = canaryKey.slice(0, 36);
    for (const value of [{ a: canaryKey }, { [canaryKey]: 1 }, { a: [short] }, { a: { b: short } }])
      assert.doesNotMatch(summarizeFields(value, 8), /CANARYCAN/);
    assert.equal(scalar("mode.relay-on"), "mode.relay-on");
  });
});

describe("values: gateways and causes", () => {
  const gatewaysOf = (...rx_metadata: readonly object[]) =>
    decodeAs("uplink", upTopic(), uplinkBody({ rx_metadata })).reception;
  const antenna = (gateway_id: string, antenna_index: number, rssi: number) => ({
    gateway_ids: { gateway_id },
    ...{ antenna_index, rssi },
  });
  const forwarded = (forwarder_gateway_eui: string, tenant = "a") => ({
    gateway_ids: { gateway_id: "packetbroker" },
    packet_broker: {
      ...{ forwarder_net_id: "000013", forwarder_tenant_id: tenant, forwarder_gateway_eui },
    },
    rssi: -100,
  });

  it("C3 counts a gateway with several antennas once", () => {
    const two = gatewaysOf(
      antenna("roof", 0, -90),
      antenna("roof", 1, -80),
      antenna("barn", 0, -99),
    );
    assert.equal(two.gatewayCount, 2);
    assert.equal(two.rssi, -80);
    assert.equal(gatewaysOf(antenna("roof", 0, -90)).gatewayCount, 1);
    assert.equal(gatewaysOf(antenna("roof", 0, -90), antenna("roof", 1, -90)).gatewayCount, 1);
    assert.equal(gatewaysOf({ rssi: -1 }, { rssi: -2 }).gatewayCount, 2);
    assert.equal(gatewaysOf().gatewayCount, 0);
  });

  it("C3 tells the gateways behind Packet Broker apart", () => {
    const [one, other] = ["B827EBFFFE0A1B2C", "B827EBFFFE0A1B2D"];
    assert.equal(gatewaysOf(forwarded(one), forwarded(one)).gatewayCount, 1);
    assert.equal(gatewaysOf(forwarded(one), forwarded(other)).gatewayCount, 2);
    assert.equal(gatewaysOf(forwarded(one), forwarded(one, "b")).gatewayCount, 2);
    assert.equal(gatewaysOf(forwarded(one), antenna("roof", 0, -90)).gatewayCount, 2);
  });

  it("C3 offers no constant id of Packet Broker or of relays as a fixed gateway", () => {
    const rx_metadata = [
      antenna("roof", 0, -90),
      antenna("packetbroker", 0, -80),
      antenna("relay", 0, -70),
      { ...antenna("behind-relay", 0, -60), relay: { device_id: "relay-1" } },
      forwarded("B827EBFFFE0A1B2C"),
    ];
    assert.deepEqual(addressableGateways(bytesOf(uplinkBody({ rx_metadata }))), ["roof"]);
  });

  const failed = (error: object) =>
    decodeAs("downlinkFailed", upTopic(), { downlink_failed: { error } }).error?.text;

  it("C3 shows the deepest cause that says something", () => {
    const deepest = {
      message_format: "connection to `{host}` refused",
      attributes: { host: "js.example" },
    };
    const chain = (inner: object): object => ({
      message_format: "fetch AppSKey",
      cause: { message_format: "get key", cause: { name: "*errors.errorString", cause: inner } },
    });
    assert.equal(failed(chain(deepest)), "fetch AppSKey: connection to `js.example` refused");
    assert.equal(failed(chain({ name: "*url.Error" })), "fetch AppSKey: get key");
    assert.equal(failed(chain({ name: "unavailable", cause: {} })), "fetch AppSKey: unavailable");
    assert.equal(failed(chain({ message_format: "fetch AppSKey" })), "fetch AppSKey");
    assert.equal(failed({ name: "x", cause: "text" }), "x");
  });
});
