import assert from "node:assert/strict";
import fc from "fast-check";
import { cpuTime } from "../support/cpuTime";
import { nearestId } from "../../src/stack/nearestId";

function distanceOf(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [x, y] = [a.slice(1), b.slice(1)];
  if (a.startsWith(b.charAt(0))) return distanceOf(x, y);
  return 1 + Math.min(distanceOf(x, b), distanceOf(a, y), distanceOf(x, y));
}

describe("nearestId", () => {
  const known = ["pump-controller-3", "greenhouse-07", "well-meter-9", "pump-1"];
  const slips: readonly (readonly [typed: string, meant: string | undefined])[] = [
    ["pump-contoller-3", "pump-controller-3"],
    ["pump-controller-4", "pump-controller-3"],
    ["greenhose-07", "greenhouse-07"],
    ["wel-metre-9", "well-meter-9"],
    ["pump-2", "pump-1"],
    ["siren-2", undefined],
    ["abc", undefined],
    ["", undefined],
  ];
  for (const [typed, meant] of slips) {
    it(`is ${meant ?? "nothing"} for ${typed === "" ? "an empty text" : typed}`, () => {
      assert.equal(nearestId(typed, known), meant);
    });
  }

  it("never offers the id itself, and takes the first of equals", () => {
    assert.equal(nearestId("pump-1", ["pump-1"]), undefined);
    assert.equal(nearestId("pump-1", ["pump-1", "pump-2", "pump-3"]), "pump-2");
  });

  it("finds every id after one slip in it", () => {
    const id = fc.stringMatching(/^[a-z0-9]{6,36}$/);
    fc.assert(
      fc.property(id, fc.nat(), fc.constantFrom("x", ""), (text, place, letter) => {
        const at = place % text.length;
        const slip = text.slice(0, at) + letter + text.slice(at + 1);
        assert.equal(
          nearestId(slip, ["unlike-anything-else", text]),
          slip === text ? undefined : text,
        );
      }),
    );
  });

  it("is as far as the plain algorithm says", () => {
    const text = fc.stringMatching(/^[ab]{3,9}$/);
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 5 }), (id, others) => {
        const limit = Math.min(3, Math.floor(id.length / 3));
        const near = others
          .filter((each) => each !== id && distanceOf(id, each) <= limit)
          .sort((a, b) => distanceOf(id, a) - distanceOf(id, b));
        const found = nearestId(id, others);
        assert.equal(found, near[0]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("looks through ten thousand ids within 50 ms (R23)", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `greenhouse-sensor-north-${index}`);
    nearestId("greenhouse-sensor-nort-x9999", many);
    const before = cpuTime();
    nearestId("greenhouse-sensor-nort-x9998", many);
    const took = cpuTime() - before;
    assert.ok(took < 50, `${took} ms`);
  });
});
