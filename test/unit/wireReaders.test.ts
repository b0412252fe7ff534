import assert from "node:assert/strict";
import { WireObject } from "../../src/stack/wireReaders";

const reader = (value: Record<string, string | number | boolean | null>) =>
  new WireObject(value, []);

describe("WireObject", () => {
  it("P11 finds no field that only every object has", () => {
    const empty = reader({});
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      assert.equal(empty.get(name), undefined);
      assert.equal(empty.has(name), false);
      assert.equal(empty.object(name), undefined);
    }
    assert.deepEqual(empty.problems, []);
  });

  it("reads what the server omits as zero, and null as omitted", () => {
    for (const object of [reader({}), reader({ x: null })]) {
      assert.equal(object.string("x"), undefined);
      assert.equal(object.number("x"), undefined);
      assert.equal(object.numberOrZero("x", -1, 1), 0);
      assert.equal(object.int64("x"), undefined);
      assert.equal(object.integer("x", 9), 0);
      assert.equal(object.optionalInteger("x", 9), undefined);
      assert.equal(object.boolean("x"), false);
      assert.equal(object.bytes("x").length, 0);
      assert.equal(object.time("x"), undefined);
      assert.deepEqual(object.strings("x"), []);
      assert.deepEqual(object.objects("x"), []);
      assert.deepEqual(object.problems, []);
    }
  });

  it("reads 64-bit numbers from text and other numbers from numbers only", () => {
    assert.equal(reader({ x: "-1138" }).int64("x"), -1138);
    assert.equal(reader({ x: 868_100_000 }).int64("x"), 868_100_000);
    assert.equal(reader({ x: "1138" }).number("x"), undefined);
    for (const text of ["", " 1", "1.5", "0x10", "1e3", "9".repeat(30)]) {
      const object = reader({ x: text });
      assert.equal(object.int64("x"), undefined, text);
      assert.deepEqual(object.problems, ["x is not a number"]);
    }
  });

  it("keeps numbers within their bounds and says when they are not", () => {
    assert.equal(reader({ x: 5 }).number("x", 0, 5), 5);
    assert.equal(reader({ x: 0 }).numberOrZero("x", 0, 5), 0);
    const over = reader({ x: 5.1 });
    assert.equal(over.number("x", 0, 5), undefined);
    assert.equal(over.numberOrZero("x", 0, 5), undefined);
    assert.deepEqual(over.problems, ["x is not within its range", "x is not within its range"]);
  });
});
