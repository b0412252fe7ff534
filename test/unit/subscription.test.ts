import assert from "node:assert/strict";
import { judgeFilter, parseFilters } from "../../src/stack/subscription";

const uid = "app1@tenant1";

describe("A narrower subscription", () => {
  for (const filter of [
    "#",
    "v3/#",
    "v3/+/#",
    "v3/+/devices/+/up",
    "v3/app1@tenant1/devices/+/up",
    "v3/app1@tenant1/devices/dev1/#",
    "v3/+/devices/+/down/+",
    "v3/+/devices/+/#",
  ]) {
    it(`is accepted when it is ${filter}`, () => assert.equal(judgeFilter(filter, uid), undefined));
  }

  for (const filter of [
    "",
    "+",
    "+/devices/+/up",
    "v3",
    "v3/app1@tenant1",
    "$SYS/#",
    "/v3/+/devices/+/up",
    "v3/other@tenant1/devices/+/up",
    "v3/app1/devices/+/up",
    "a#",
    "#/x",
    "v3/+/devices/dev+/up",
    "v3/+/devices/#/up",
    "v3/+/gateways/+/up",
    "v3/+/devices/\u0000/up",
    `v3/+/devices/${"x".repeat(300)}`,
  ]) {
    it(`is refused when it is ${JSON.stringify(filter).slice(0, 60)}`, () => {
      const verdict = judgeFilter(filter, uid);
      assert.ok(verdict && "error" in verdict);
    });
  }

  it("warns that the server's # leaves out the level before it", () => {
    const verdict = judgeFilter("v3/+/devices/+/up/#", uid);
    assert.ok(verdict && "warning" in verdict);
  });

  it("is read from commas, spaces and lines, each filter once", () => {
    assert.deepEqual(
      parseFilters(" v3/+/devices/+/up, v3/+/devices/+/join\nv3/+/devices/+/up", uid),
      {
        filters: ["v3/+/devices/+/up", "v3/+/devices/+/join"],
      },
    );
    assert.deepEqual(parseFilters("", uid), { filters: [] });
    assert.ok("error" in parseFilters("v3/+/devices/+/up x", uid));
    assert.ok(
      "error" in
        parseFilters(Array.from({ length: 30 }, (_, i) => `v3/+/devices/d${i}/up`).join(" "), uid),
    );
  });
});
