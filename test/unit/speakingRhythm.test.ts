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
