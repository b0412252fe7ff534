import assert from "node:assert/strict";
import fc from "fast-check";
import { SpeakingRhythm } from "../../src/model/speakingRhythm";

const minute = 60_000;

/** Frames as `[minutes, fCnt, session]`. */
function rhythmOf(
  frames: readonly (readonly [at: number, fCnt: number, session?: string])[],
): SpeakingRhythm {
  const rhythm = new SpeakingRhythm();
  for (const [at, fCnt, session = "one"] of frames) {
    rhythm.heard(at * minute, fCnt, session);
  }
  return rhythm;
}

describe("SpeakingRhythm", () => {
  it("says nothing before the third frame", () => {
    assert.equal(
      rhythmOf([
        [0, 1],
        [10, 2],
      ]).usualInterval,
      undefined,
    );
    assert.equal(
      rhythmOf([
        [0, 1],
        [10, 2],
      ]).isRegular,
      false,
    );
    assert.equal(
      rhythmOf([
        [0, 1],
        [10, 2],
        [20, 3],
      ]).usualInterval,
      10 * minute,
    );
  });

  it("counts the frames that were lost in between as spoken", () => {
    const rhythm = rhythmOf([
      [0, 1],
      [10, 2],
      [60, 7],
      [70, 8],
    ]);
    assert.equal(rhythm.usualInterval, 10 * minute);
    assert.equal(rhythm.isRegular, true);
  });

  it("ignores retransmissions", () => {
    const rhythm = rhythmOf([
      [0, 1],
      [0.1, 1],
      [10, 2],
      [10.05, 2],
      [10.2, 2],
      [20, 3],
      [20.1, 3],
      [30, 4],
    ]);
    assert.equal(rhythm.usualInterval, 10 * minute);
  });

  it("ignores the time around a join and frames out of order", () => {
    const rhythm = rhythmOf([
      ...([
        [0, 1],
        [10, 2],
        [20, 3],
        [19, 2],
      ] as const),
      ...([
        [21, 0, "two"],
        [22, 0, "three"],
        [32, 1, "three"],
        [42, 2, "three"],
      ] as const),
    ]);
    assert.equal(rhythm.usualInterval, 10 * minute);
    assert.equal(rhythm.isRegular, true);
  });

  it("learns from a device whose frame counter stands still", () => {
    assert.equal(
      rhythmOf([
        [0, 0],
        [10, 0],
        [20, 0],
      ]).usualInterval,
      10 * minute,
    );
  });

  it("begins anew when the frame counter was set back", () => {
    assert.equal(
      rhythmOf([
        [0, 900],
        [10, 901],
        [11, 0],
        [21, 1],
        [31, 2],
      ]).usualInterval,
      10 * minute,
    );
  });

  const second = 1 / 60;

  /** Frames at these times, the counter of each one higher. */
  const heardAt = (...times: readonly number[]) => rhythmOf(times.map((at, index) => [at, index]));
  /** `count` frames from a time on, so many seconds apart. */
  const burstAt = (at: number, count: number, seconds: number) =>
    Array.from({ length: count }, (_, index) => at + index * seconds * second);

  it("takes three frames each hour for one", () => {
    for (let hours = 1; hours < 30; hours++) {
      const frames = Array.from({ length: hours }, (_, hour) => burstAt(hour * 60, 3, 8)).flat();
      const { usualInterval, isRegular } = heardAt(...frames);
      if (hours < 4) assert.ok(usualInterval === undefined || usualInterval > 55 * minute);
      else {
        assert.ok(usualInterval !== undefined && Math.abs(usualInterval - 60 * minute) < minute);
        assert.equal(isRegular, true);
      }
    }
  });

  it("takes a poll of a datalog for what it is, whatever its length and wherever it comes", () => {
    for (const length of [2, 7, 15, 40, 200]) {
      for (const offset of [0.2, 3, 20, 45]) {
        const hourly = Array.from({ length: 12 }, (_, hour) => hour * 60);
        const frames = [...hourly, ...burstAt(11 * 60 + offset, length, 6)];
        const rhythm = heardAt(...frames);
        assert.equal(rhythm.usualInterval, 60 * minute, `${length} frames`);
        assert.equal(rhythm.isRegular, true);
      }
    }
  });

  it("says nothing after the frames of a boot, and then the real rhythm", () => {
    const boot = burstAt(0, 5, 10);
    assert.equal(heardAt(...boot).usualInterval, undefined);
    assert.equal(heardAt(...boot, 20).usualInterval, undefined);
    assert.ok(Math.abs((heardAt(...boot, 20, 40, 60).usualInterval ?? 0) - 20 * minute) < minute);
  });

  it("says nothing of retransmissions, however late they come", () => {
    const rhythm = rhythmOf([
      ...[0, 10, 20, 30].map((at, index) => [at, index] as const),
      ...[31, 32, 33, 34, 35].map((at) => [at, 3] as const),
      [40, 4],
    ]);
    assert.equal(rhythm.usualInterval, 10 * minute);
  });

  it("knows a device that is always quick when it has gone on for minutes", () => {
    assert.equal(heardAt(...burstAt(0, 10, 8)).usualInterval, undefined);
    const rhythm = heardAt(...burstAt(0, 80, 8));
    assert.ok(Math.abs((rhythm.usualInterval ?? 0) - 8_000) < 1);
    assert.equal(rhythm.isRegular, true);
  });

  it("becomes quick when a burst does not end", () => {
    const hourly = Array.from({ length: 12 }, (_, hour) => hour * 60);
    const quick = burstAt(11 * 60 + 1, 1_000, 10);
    assert.ok(Math.abs((heardAt(...hourly, ...quick).usualInterval ?? 0) - 10_000) < 1);
  });

  it("keeps its rhythm over one long silence", () => {
    assert.equal(heardAt(0, 10, 20, 30, 700, 710).usualInterval, 10 * minute);
  });

  it("is not regular when the intervals differ widely", () => {
    assert.equal(
      rhythmOf([
        [0, 1],
        [1, 2],
        [40, 3],
        [42, 4],
        [120, 5],
      ]).isRegular,
      false,
    );
  });

  it("follows a new rhythm after eight frames of it", () => {
    const slow = Array.from({ length: 15 }, (_, index) => [index * 60, index] as const);
    const fast = Array.from(
      { length: 8 },
      (_, index) => [14 * 60 + index + 1, 15 + index] as const,
    );
    assert.equal(rhythmOf([...slow, ...fast]).usualInterval, minute);
  });

  it("finds the period under jitter, losses and retransmissions, and never says nonsense", () => {
    const frame = fc.record({
      jitter: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
      isLost: fc.integer({ min: 0, max: 4 }).map((value) => value === 0),
      isRepeated: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 180_000, max: 86_400_000 }),
        fc.array(frame, { minLength: 12, maxLength: 60 }),
        (period, frames) => {
          const rhythm = new SpeakingRhythm();
          let heard = 0;
          for (const [index, { jitter, isLost, isRepeated }] of frames.entries()) {
            if (isLost) continue;
            heard++;
            const at = (index + jitter) * period;
            rhythm.heard(at, index, "one");
            if (isRepeated) rhythm.heard(at + 2_000, index, "one");
          }
          if (heard < 4) return;
          const usual = rhythm.usualInterval ?? 0;
          assert.ok(Math.abs(usual - period) <= 0.2 * period + 1, `${usual} for ${period}`);
          assert.equal(rhythm.isRegular, true);
        },
      ),
    );
    const anything = fc.record({
      at: fc.oneof(fc.integer(), fc.double()),
      fCnt: fc.nat(0xffffffff),
      session: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 60 }), (frames) => {
        const rhythm = new SpeakingRhythm();
        for (const { at, fCnt, session } of frames) rhythm.heard(at, fCnt, session);
        const usual = rhythm.usualInterval;
        assert.ok(usual === undefined || usual > 0);
      }),
    );
  });
});
