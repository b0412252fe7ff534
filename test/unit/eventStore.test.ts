import assert from "node:assert/strict";
import fc from "fast-check";
import { EventStore, type EventEntry } from "../../src/model/eventStore";
import { decode } from "../../src/stack/decode";
import { golden } from "../support/fixtures";
import { cpuTime, isQuick } from "../support/cpuTime";

const kibibyte = 1024;
const maximumOfOne = 256 * kibibyte;
/** One message always fits, with the longest topic that there can be. */
const smallestRing = maximumOfOne + 0xffff;

function contentOf(text: string): Omit<EventEntry, "id"> {
  return {
    at: 0,
    applicationKey: "k",
    topic: "t",
    content: { kind: "connection", text },
    note: undefined,
  };
}

/** A body that tells which one it is in every byte. */
function bodyOf(index: number, length: number): Uint8Array {
  return new Uint8Array(length).fill((index * 31 + 7) % 256);
}

describe("EventStore", () => {
  it("F12 keeps to its caps, order, ids and bytes when bodies have any sizes", () => {
    const sizes = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.nat({ max: 300 }) },
        { weight: 1, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.integer({ min: 10_000, max: 120_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 250_000, max: 300_000 }) },
      ),
      { maxLength: 60 },
    );
    const caps = fc.record({
      messages: fc.integer({ min: 1, max: 40 }),
      bytes: fc.constantFrom(1, 300_000, 400_001, 1_000_000),
    });
    fc.assert(
      fc.property(sizes, caps, (lengths, cap) => {
        const store = new EventStore(cap.messages, cap.bytes);
        lengths.forEach((length, index) => {
          const stored = store.append(contentOf(`${index}`), bodyOf(index, length));
          assert.equal(stored.id, index + 1);
          assertSound(store, lengths, cap, index);
        });
      }),
      { numRuns: 150 },
    );
  });

  it("F12 keeps as much as fits: what is pushed out had to go", () => {
    const store = new EventStore(1_000, 1_000_000);
    for (let index = 0; index < 100; index++) store.append(contentOf("x"), bodyOf(index, 100_000));
    assert.ok(store.size >= 9, `${store.size} kept`);
    assert.equal(store.evicted + store.size, 100);
  });

  it("gives back every message as it was taken in, whatever topic and body were", () => {
    const topics = fc.oneof(
      fc.constantFrom(...golden.map(({ topic }) => topic)),
      fc.string({ unit: "grapheme" }),
      fc.constant(`v3/${"x".repeat(65_000)}`),
    );
    const bodies = fc.oneof(
      fc.constantFrom(...golden.map(({ bytes }) => new Uint8Array(bytes))),
      fc.uint8Array({ maxLength: 50 }),
      fc.constantFrom(new Uint8Array(), new Uint8Array(maximumOfOne + 1).fill(0x20)),
    );
    const notes = fc.constantFrom(undefined, "2nd join in 10 min");
    fc.assert(
      fc.property(fc.array(fc.tuple(topics, bodies, notes), { maxLength: 12 }), (messages) => {
        const store = new EventStore(5, 500_000);
        const taken = messages.map(([topic, raw, note], index) => {
          const content = decode(topic, raw);
          return store.append(
            { at: index, applicationKey: `k${index % 3}`, topic, content, note },
            raw,
          );
        });
        for (const entry of taken.slice(store.evicted))
          assert.deepEqual(store.get(entry.id), entry);
      }),
      { numRuns: 100 },
    );
  });

  it("tells whose message is pushed out, whether the count or the bytes are reached", () => {
    const sizes = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 120_000 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 20 }), (messages, maximum) => {
        const told: (readonly [id: number, key: string])[] = [];
        const store = new EventStore(maximum, 400_000, (...each) => told.push(each));
        for (const [owner, length] of messages) {
          store.append({ ...contentOf("x"), applicationKey: `k${owner}` }, bodyOf(0, length));
          store.append({ ...contentOf("a line"), topic: "" }, bodyOf(0, 0));
        }
        // Each message is followed by a line of the connection, which is not told.
        const gone = messages
          .map(([owner], index) => [2 * index + 1, `k${owner}`] as const)
          .filter(([id]) => id <= store.evicted);
        assert.deepEqual(told, gone);
      }),
      { numRuns: 150 },
    );
  });

  it("pushes out the oldest when the count is reached", () => {
    const store = new EventStore(3, maximumOfOne);
    for (let index = 0; index < 5; index++) store.append(contentOf(`${index}`), bodyOf(index, 5));
    assert.deepEqual(
      [...store.entries()].map(({ id }) => id),
      [3, 4, 5],
    );
    assert.equal(store.evicted, 2);
    assert.equal(store.get(2), undefined);
    assert.equal(store.rawOf(2), undefined);
    assert.equal(store.nextEventId, 6);
    for (const id of [0, -1, 6, 1.5, NaN]) assert.equal(store.get(id), undefined, String(id));
  });

  it("keeps its own copy of the bytes when the caller reuses or changes them", () => {
    const store = new EventStore(10, maximumOfOne);
    const body = bodyOf(1, 10);
    store.append(contentOf("a"), body);
    body.fill(0);
    store.rawOf(1)?.fill(0);
    assert.deepEqual(store.rawOf(1), bodyOf(1, 10));
  });

  it("keeps the first 256 KiB when a body is larger", () => {
    const store = new EventStore(10, 16 * kibibyte * kibibyte);
    store.append(contentOf("large"), bodyOf(3, 1_000_000));
    assert.deepEqual(store.rawOf(1), bodyOf(3, maximumOfOne));
  });

  it("takes little time when thousands of empty bodies stand before one that must go", () => {
    const store = new EventStore(5_000, 300_000);
    store.append(contentOf("first"), bodyOf(0, 200_000));
    for (let index = 0; index < 4_990; index++) store.append(contentOf("note"), new Uint8Array());
    const before = cpuTime();
    store.append(contentOf("last"), bodyOf(1, 200_000));
    assert.ok(isQuick(before, 200));
    assert.deepEqual(store.rawOf(store.nextEventId - 1), bodyOf(1, 200_000));
  });
});

function assertSound(
  store: EventStore,
  lengths: readonly number[],
  cap: { readonly messages: number; readonly bytes: number },
  lastIndex: number,
): void {
  const entries = [...store.entries()];
  assert.ok(entries.length <= cap.messages);
  assert.equal(entries.length, store.size);
  assert.equal(store.evicted + store.size, lastIndex + 1);
  assert.equal(entries.at(-1)?.id, lastIndex + 1);
  let sum = 0;
  for (const [place, { id, content }] of entries.entries()) {
    assert.equal(id, store.evicted + 1 + place);
    const index = id - 1;
    assert.equal("text" in content && content.text, `${index}`);
    const kept = Math.min(lengths[index] ?? 0, maximumOfOne);
    assert.ok(
      Buffer.from(bodyOf(index, kept)).equals(store.rawOf(id) ?? Buffer.from("gone")),
      `bytes of ${id}`,
    );
    sum += kept;
  }
  assert.ok(sum <= Math.max(cap.bytes, smallestRing), `${sum} bytes`);
}
