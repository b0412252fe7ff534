import assert from "node:assert/strict";
import { Emitter } from "../../src/util/emitter";

describe("Emitter", () => {
  it("tells every listener in the order they came, until disposed of", () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const first = emitter.event((value) => heard.push(`a${value}`));
    emitter.event((value) => heard.push(`b${value}`));
    emitter.fire(1);
    first.dispose();
    first.dispose();
    emitter.fire(2);
    emitter.dispose();
    emitter.fire(3);
    assert.deepEqual(heard, ["a1", "b1", "b2"]);
  });

  it("tells a listener twice when it was added twice", () => {
    const emitter = new Emitter<number>();
    let count = 0;
    const listener = () => count++;
    emitter.event(listener);
    emitter.event(listener).dispose();
    emitter.fire(1);
    assert.equal(count, 1);
  });

  it("L07 tells the others when one throws, and reports each error once", () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<number>((error) => errors.push(error));
    const heard: number[] = [];
    emitter.event(() => {
      throw new Error("broken");
    });
    emitter.event((value) => heard.push(value));
    emitter.fire(1);
    emitter.fire(2);
    assert.deepEqual(heard, [1, 2]);
    assert.equal(errors.length, 2);
  });

  it("does not tell who begins to listen while others are told, nor who stopped meanwhile", () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    let added = 0;
    emitter.event(() => {
      if (added++ < 3) emitter.event(() => heard.push("late"));
      second.dispose();
    });
    const second = emitter.event(() => heard.push("second"));
    emitter.fire(1);
    assert.deepEqual(heard, []);
    emitter.fire(2);
    assert.deepEqual(heard, ["late"]);
  });
});
