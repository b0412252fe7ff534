/** The pure framing function: bytes -> frames | violation. Source: reliability §2.7, §6.2. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  initialFraming,
  maximumPacket,
  readFrames,
  type Frame,
  type FramingState,
} from "../../src/mqtt/framing";
import { connack, pingresp, puback, publish, suback } from "../support/packets";

const afterLogin = readFrames(initialFraming, connack()).state;

function plain(frame: Frame): unknown {
  return frame.type === "publish"
    ? [frame.topic, Buffer.from(frame.payload).toString("hex"), frame.retain]
    : Buffer.from(frame.bytes).toString("hex");
}

function readAll(pieces: readonly Uint8Array[]): {
  readonly frames: readonly unknown[];
  readonly state: FramingState;
  readonly violation: string | undefined;
} {
  const frames: unknown[] = [];
  let state = initialFraming;
  for (const piece of pieces) {
    const framed = readFrames(state, piece);
    frames.push(...framed.frames.map(plain));
    state = framed.state;
    if (framed.violation !== undefined) return { frames, state, violation: framed.violation };
  }
  return { frames, state, violation: undefined };
}

function splitAt(bytes: Buffer, positions: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...[...positions].sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

/** Twenty packets, one of them with a length of two bytes. */
const stream = Buffer.concat([
  connack(),
  suback(1, 0),
  ...Array.from({ length: 16 }, (_, index) =>
    publish(`v3/app1@tenant1/devices/dev-${index}/up`, `{"n":${index}}`.padEnd(index * 20)),
  ),
  puback(7),
  pingresp,
]);

describe("framing", () => {
  it("finds the same frames when the stream is cut at any one position (M12)", () => {
    const whole = readAll([stream]);
    assert.equal(whole.frames.length, 20);
    for (let at = 0; at <= stream.length; at++) {
      const cut = readAll(splitAt(stream, [at]));
      assert.deepEqual(cut.frames, whole.frames, `cut at ${at}`);
      assert.equal(cut.state.rest.length, 0);
    }
  });

  it("finds the same frames when the stream is cut anywhere and often (M12)", () => {
    const whole = readAll([stream]).frames;
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 200 }), (positions) => {
        assert.deepEqual(readAll(splitAt(stream, positions)).frames, whole);
      }),
      { numRuns: 300 },
    );
  });

  it("judges the same when broken bytes are cut anywhere (M12)", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([connack(), tail])),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 20 }), (tail, positions) => {
        const buffer = Buffer.from(tail);
        const whole = readAll([buffer]);
        const cut = readAll(
          splitAt(
            buffer,
            positions.map((at) => Math.min(at, buffer.length)),
          ),
        );
        assert.deepEqual(cut.frames, whole.frames);
        assert.equal(cut.violation, whole.violation);
      }),
      { numRuns: 2000 },
    );
  });

  it("says how many bytes are missing when a packet is incomplete", () => {
    const packet = publish("a/b", "0123456789");
    for (let length = 1; length < packet.length; length++) {
      const { state } = readFrames(afterLogin, packet.subarray(0, length));
      const known = length < 2 ? 1 : packet.length - length;
      assert.equal(state.missing, known, `after ${length} bytes`);
    }
    assert.equal(readFrames(afterLogin, packet).state.missing, 0);
  });

  describe("login (M01, M02, M03, C22)", () => {
    for (const code of [0, 1, 2, 3, 4, 5]) {
      it(`passes CONNACK code ${code}`, () => {
        assert.equal(readAll([connack(code)]).violation, undefined);
      });
    }
    const cases: readonly [name: string, bytes: Buffer][] = [
      ["CONNACK code 6", connack(6)],
      ["CONNACK code 255", connack(255)],
      ["a CONNACK with flags in its header", Buffer.from([0x21, 2, 0, 0])],
      ["a CONNACK of three bytes", Buffer.from([0x20, 3, 0, 0, 0])],
      ["a CONNACK of one byte", Buffer.from([0x20, 1, 0])],
      ["a CONNACK with session-present 2", Buffer.from([0x20, 2, 2, 0])],
      ["PUBLISH before CONNACK", publish("a", "b")],
      ["PINGRESP before CONNACK", pingresp],
      ["a second CONNACK", Buffer.concat([connack(), connack()])],
    ];
    for (const [name, bytes] of cases) {
      it(`refuses ${name}`, () => assert.notEqual(readAll([bytes]).violation, undefined));
    }
  });

  describe("packets after login", () => {
    const bad: readonly [name: string, bytes: Buffer][] = [
      [
        "an announced 200 MB before the body came (M05)",
        Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f]),
      ],
      ["a length of five bytes", Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1])],
      ["a topic longer than its packet (M07)", Buffer.from([0x30, 5, 0, 9, 97, 98, 99])],
      ["an empty topic (M07)", Buffer.from([0x30, 5, 0, 0, 97, 98, 99])],
      ["a PUBLISH without topic length (M07)", Buffer.from([0x30, 1, 0])],
      ["PUBLISH with QoS 1 (M08)", Buffer.from([0x32, 5, 0, 1, 97, 0, 1])],
      ["PUBLISH with QoS 2 (M08)", Buffer.from([0x34, 5, 0, 1, 97, 0, 1])],
      ["PUBLISH with QoS 3 (M08)", Buffer.from([0x36, 5, 0, 1, 97, 0, 1])],
      ["PUBLISH with DUP (M08)", Buffer.from([0x38, 3, 0, 1, 97])],
      ["a topic with + (T04)", publish("a/b", "x").fill("+", 4, 5)],
      ["a topic with # (T04)", publish("a/b", "x").fill("#", 4, 5)],
      ["a topic with NUL (T04)", publish("a/b", "x").fill(0, 4, 5)],
      ["a topic that is not UTF-8", publish("a/b", "x").fill(0xff, 4, 5)],
      ["PUBACK with flags (M09)", Buffer.from([0x42, 2, 0, 1])],
      ["PUBACK for id 0 (M09)", puback(0)],
      ["SUBACK for id 0 (M09)", suback(0, 0)],
      ["SUBACK with three codes (C34)", suback(1, 0, 0, 0)],
      ["SUBACK with code 3", suback(1, 3)],
      ["PUBREC (M09)", Buffer.from([0x50, 2, 0, 1])],
      ["PUBREL (M09)", Buffer.from([0x62, 2, 0, 1])],
      ["PUBCOMP (M09)", Buffer.from([0x70, 2, 0, 1])],
      ["CONNECT (M09)", Buffer.from([0x10, 0])],
      ["SUBSCRIBE (M09)", Buffer.from([0x82, 0])],
      ["AUTH (M09)", Buffer.from([0xf0, 0])],
      ["type 0", Buffer.from([0x00, 0])],
    ];
    for (const [name, bytes] of bad) {
      it(`refuses ${name}`, () => {
        const { frames, violation } = readFrames(afterLogin, bytes);
        assert.notEqual(violation, undefined);
        assert.deepEqual(frames, []);
      });
    }

    for (const [name, type, right] of [
      ["PUBACK", 4, 2],
      ["SUBACK", 9, 3],
      ["UNSUBACK", 11, 2],
      ["PINGRESP", 13, 0],
    ] as const) {
      it(`refuses ${name} of every wrong length (M09, M10, C34)`, () => {
        for (let length = 0; length <= 8; length++) {
          const body = Array.from({ length }, (_, index) => (index === 1 ? 1 : 0));
          const { violation } = readFrames(afterLogin, Buffer.from([type << 4, length, ...body]));
          assert.equal(violation === undefined, length === right, `length ${length}`);
        }
      });

      it(`refuses ${name} with any flag set (M09)`, () => {
        for (let flags = 1; flags < 16; flags++) {
          const body = Array.from({ length: right }, (_, index) => (index === 1 ? 1 : 0));
          const bytes = Buffer.from([(type << 4) | flags, right, ...body]);
          assert.notEqual(readFrames(afterLogin, bytes).violation, undefined, `flags ${flags}`);
        }
      });
    }

    it("passes a packet of exactly the largest size", () => {
      const payload = Buffer.alloc(maximumPacket - 5, 120);
      const { frames, violation } = readFrames(afterLogin, publish("a/b", payload));
      assert.equal(violation, undefined);
      assert.equal(frames.length, 1);
    });

    it("refuses a packet one byte larger (M05)", () => {
      const payload = Buffer.alloc(maximumPacket - 4, 120);
      assert.notEqual(readFrames(afterLogin, publish("a/b", payload)).violation, undefined);
    });

    it("passes retained messages and marks them (M08)", () => {
      const { frames } = readFrames(afterLogin, publish("a/b", "x", true));
      assert.deepEqual(frames.map(plain), [["a/b", "78", true]]);
    });

    it("keeps the good frames when a bad one follows", () => {
      const { frames, violation } = readFrames(
        afterLogin,
        Buffer.concat([publish("a", "1"), Buffer.from([0xf0, 0]), publish("a", "2")]),
      );
      assert.equal(frames.length, 1);
      assert.notEqual(violation, undefined);
    });

    it("returns for any bytes at all (M13)", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
          readFrames(initialFraming, bytes);
          readFrames(afterLogin, bytes);
        }),
        { numRuns: 2000 },
      );
    });
  });
});
