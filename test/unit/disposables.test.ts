import assert from "node:assert/strict";
import { DisposableStore, MutableDisposable } from "../../src/util/disposables";

describe("DisposableStore", () => {
  it("disposes of everything once, last added first", () => {
    const store = new DisposableStore();
    const order: number[] = [];
    for (const index of [1, 2, 3]) store.add({ dispose: () => order.push(index) });
    store.dispose();
    store.dispose();
    assert.deepEqual(order, [3, 2, 1]);
  });

  it("disposes at once of what is added afterwards or meanwhile", () => {
    const store = new DisposableStore();
    const order: string[] = [];
    store.add({ dispose: () => order.push("first") });
    store.add({ dispose: () => store.add({ dispose: () => order.push("meanwhile") }) });
    store.dispose();
    const late = { dispose: () => order.push("late") };
    assert.equal(store.add(late), late);
    assert.deepEqual(order, ["meanwhile", "first", "late"]);
  });

  it("disposes of the others, and tells of it, when one throws", () => {
    const store = new DisposableStore();
    const order: number[] = [];
    store.add({ dispose: () => order.push(1) });
    store.add({
      dispose: () => {
        throw new Error("broken");
      },
    });
    store.add({ dispose: () => order.push(3) });
    assert.throws(() => store.dispose(), /could be disposed/);
    assert.deepEqual(order, [3, 1]);
    store.dispose();
  });
});

describe("MutableDisposable", () => {
  it("disposes of the old one when it gets another, and of none when it gets the same", () => {
    const order: number[] = [];
    const item = (index: number) => ({ dispose: () => order.push(index) });
    const holder = new MutableDisposable();
    const first = item(1);
    holder.value = first;
    holder.value = first;
    assert.equal(holder.value, first);
    holder.value = item(2);
    holder.dispose();
    holder.dispose();
    assert.deepEqual(order, [1, 2]);
    assert.equal(holder.value, undefined);
  });
});
