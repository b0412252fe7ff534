import assert from "node:assert/strict";
import fc from "fast-check";
import { alignedTo, differences, isSame, weight } from "../../src/formatters/workbench/differences";
import type { JsonObject, JsonValue } from "../../src/formatters/formatter";

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;

/** The same value with its fields in another order. */
function shuffled(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(shuffled);
  const entries = Object.entries(value as JsonObject).map(([name, each]) => [name, shuffled(each)]);
  return Object.fromEntries(entries.reverse()) as JsonValue;
}

describe("differences", () => {
  it("passes over the order of fields and the last digits of numbers", () => {
    assert.ok(isSame({ a: 1, b: { c: 0.1 + 0.2 } }, { b: { c: 0.3 }, a: 1 }));
    assert.ok(isSame({ a: 1e300 * (1 + 1e-13) }, { a: 1e300 }));
    assert.ok(isSame({ a: -0 }, { a: 0 }));
    assert.ok(!isSame({ a: 1 }, { a: 1 + 1e-9 }));
    assert.ok(!isSame({ a: 0 }, { a: 1e-300 }));
  });

  it("tells null, missing, text and list apart, and names the place", () => {
    assert.deepEqual(differences({ a: null }, {}, 9), [{ path: "a", a: null, b: undefined }]);
    assert.deepEqual(differences({ a: 1 }, { a: "1" }, 9), [{ path: "a", a: 1, b: "1" }]);
    assert.deepEqual(differences({ a: [] }, { a: {} }, 9), [{ path: "a", a: [], b: {} }]);
    assert.deepEqual(differences({ s: { t: [1, 2] } }, { s: { t: [1, 3] } }, 9), [
      { path: "s.t[1]", a: 2, b: 3 },
    ]);
    assert.deepEqual(differences({ a: 1 }, undefined, 9), [
      { path: "", a: { a: 1 }, b: undefined },
    ]);
  });

  it("finds nothing between a value and itself in any order, and is symmetric", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        assert.ok(isSame(a, shuffled(a)));
        assert.equal(isSame(a, b), isSame(b, a));
      }),
    );
  });

  it("stops at the maximum", () => {
    const long = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`f${index}`, index]),
    );
    assert.equal(differences(long, {}, 5).length, 5);
  });

  it("aligns a value so that its text equals the model's where they are the same", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(alignedTo(value, shuffled(value)));
        assert.equal(text, JSON.stringify(value));
      }),
    );
    assert.deepEqual(alignedTo({ b: 0.3, a: 1 }, { a: 2, c: 3, b: 0.1 + 0.2 }), {
      b: 0.3,
      a: 2,
      c: 3,
    });
  });

  it("does not follow a value into any depth, and takes a field __proto__ for a field", () => {
    let deep: JsonValue = 1;
    for (let level = 0; level < 20_000; level++) deep = [deep];
    assert.equal(weight(deep), Infinity);
    assert.equal(isSame(deep, JSON.parse("[[1]]") as JsonValue), false);
    const odd = JSON.parse('{"__proto__": {"a": 1}}') as JsonValue;
    assert.ok(!isSame(odd, {}));
    assert.equal(JSON.stringify(alignedTo({}, odd)), '{"__proto__":{"a":1}}');
  });
});
