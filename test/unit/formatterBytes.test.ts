import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import fc from "fast-check";
import { isUnused, mapBytes, maximumFrame, type ByteMap } from "../../src/formatters/bytes/byteMap";
import { byteMapText } from "../../src/formatters/bytes/byteMapText";
import { byteReadings, readingLines } from "../../src/formatters/bytes/byteReadings";
import { listAround, payloadAt } from "../../src/formatters/bytes/byteReadingsPlace";
import type { DecodedUplink, FormatterAnswer, JsonObject } from "../../src/formatters/formatter";
import { toHex } from "../../src/stack/framePayload";

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const textsOf = (hex: string) =>
  Object.fromEntries(byteReadings(bytesOf(hex)).map(({ name, text }) => [name, text]));

describe("Readings of bytes", () => {
  it("show numbers of that width in both orders, signed where it differs", () => {
    assert.deepEqual(textsOf("fe"), { hex: "FE", number: "254 or -2" });
    assert.deepEqual(textsOf("00e1"), {
      ...{ hex: "00 E1", "big-endian": "225", "little-endian": "57600 or -7936" },
    });
    const eight = textsOf("8000000000000001");
    assert.equal(eight["big-endian"], "9223372036854775809 or -9223372036854775807");
    assert.equal(eight["little-endian"], "72057594037928064");
  });

  it("show floats where four or eight bytes could be one", () => {
    assert.equal(textsOf("41b40000")["float, big-endian"], "22.5");
    assert.equal(textsOf("0000b441")["float, little-endian"], "22.5");
    assert.equal(textsOf("4036800000000000")["float, big-endian"], "22.5");
    assert.equal(textsOf("41b400")["float, big-endian"], undefined);
  });

  it("show CayenneLPP where the whole reads as such", () => {
    assert.equal(textsOf("036700e1").CayenneLPP, "temperature_3=22.5");
    assert.equal(textsOf("036700").CayenneLPP, undefined);
    assert.equal(textsOf("03ff00e1").CayenneLPP, undefined);
  });

  it("show text that can be read, in quotes, and no other", () => {
    assert.equal(textsOf("6f6b0a").text, '"ok\\n"');
    assert.equal(textsOf("6f6b00").text, undefined);
    assert.equal(textsOf("ff").text, undefined);
    assert.equal(textsOf(toHex(Buffer.from("a\u202eb"))).text, undefined);
  });

  it("stay one line each and short, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const readings = byteReadings(bytes);
        const lines = readingLines(readings);
        assert.equal(lines.split("\n").length, readings.length);
        assert.doesNotMatch(lines, /^\s*`/m, "a line that could end a block of code");
        assert.ok(lines.length < 1_500);
      }),
    );
  });
});

describe("The payload under the mouse", () => {
  const found = (line: string, surroundings: "quoted" | "events" = "quoted") => {
    const at = line.indexOf("|");
    const text = line.replace("|", "");
    const place = payloadAt(text, at, surroundings);
    return place && `${text.slice(place.start, place.end)} = ${toHex(place.bytes)}`;
  };

  it("is hex in quotes, in all the ways people write it", () => {
    assert.equal(found(`const a = "0367|00E1";`), "036700E1 = 036700E1");
    assert.equal(found(`x('03 67 |00 e1')`), "03 67 00 e1 = 036700E1");
    assert.equal(found(`"0x03, 0|x67"`), "0x03, 0x67 = 0367");
    assert.equal(found("`be:|ef`"), "be:ef = BEEF");
    assert.equal(found(`"0DC0 01|36 0546"`), "0DC0 0136 0546 = 0DC001360546");
  });

  it("is base64 in the field of a payload, or where it looks like nothing else", () => {
    assert.equal(found(`"frm_payload": "AQ|ID"`), "AQID = 010203");
    assert.equal(found(`"frm_payload": "A2cA|4Q=="`), "A2cA4Q== = 036700E1");
    assert.equal(found(`x = "A2cA|4Q=="`), "A2cA4Q== = 036700E1");
    for (const line of [
      `"pass|word"`,
      `"fun|ction"`,
      `"abcd-EF|1"`,
      `"AQ|ID"`,
      `"temperatur|e2"`,
    ]) {
      assert.equal(found(line), undefined, line);
    }
  });

  it("is no address, no key, no odd hex, no plain number, and nothing beside the mouse", () => {
    for (const line of [
      `"dev_eui": "70B3|D57ED0000001"`,
      `"dev_addr": "2600|1122"`,
      `"app_key": "0011|2233"`,
      `"0367|0"`,
      "x = 12|34",
      `"12:3|0:45"`,
      `"2026-0|1-31"`,
      `"b|e"`,
      `"0xb|e"`,
      `"036700E1" |+ 1`,
      `"a \\" 03|67"`,
      `|`,
    ]) {
      assert.equal(found(line), undefined, line);
    }
  });

  it("is a list of bytes, on one line or on several", () => {
    assert.equal(found("bytes: [3, 1|03, 0, 225]"), "[3, 103, 0, 225] = 036700E1");
    assert.equal(found("x = [0x03, 0x67, 0|]"), "[0x03, 0x67, 0] = 036700");
    assert.equal(found('{"bytes":[2|55]}'), "[255] = FF");
    assert.equal(found("new Uint8Array([1,2,|3,])"), "[1,2,3,] = 010203");
    for (const line of [
      "a[1|2]",
      "[1, 2|]",
      "[1, 2, 2|56]",
      "[1, -2|, 3]",
      "[1.5|, 2, 3]",
      "[|]",
    ]) {
      assert.equal(found(line), undefined, line);
    }
    const text = ['  "bytes": [', "    3,", "    103,", "    0, 225", "  ],", '  "fPort": 2'];
    const around = (line: number, character = 5) =>
      listAround((at) => text[at], line, character)?.join();
    assert.deepEqual(
      text.map((_, line) => around(line)),
      [undefined, ...Array<string>(3).fill("3,103,0,225"), undefined, undefined],
    );
    assert.equal(around(0, 11), "3,103,0,225");
    const long = Array.from({ length: 100_000 }, () => "1,");
    assert.equal(
      listAround((at) => long[at], 50_000, 0),
      undefined,
    );
  });

  it("is the payload column of an event, not an address", () => {
    const up = "12:04:31.482  e4     UP    greenhouse-07      #1042  p2   0367|00E1  temp=22.5";
    assert.equal(found(up, "events"), "036700E1 = 036700E1");
    const down = "12:04:33.010  e5     DOWN  pump-3  queued p15  BE|EF  NORMAL";
    assert.equal(found(down, "events"), "BEEF = BEEF");
    const join = "12:04:38.771  e6     JOIN  cold-room-2        260B|4A7C";
    assert.equal(found(join, "events"), undefined);
  });

  it("is found in little time, whatever the line", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat(200), (line, at) => {
        const place = payloadAt(line, at, "quoted");
        assert.ok(!place || (place.start <= at && place.end >= at && place.bytes.length > 0));
      }),
    );
    for (const piece of [`"`, `'"`, `"0`, `" : `, "`'\"a", "0x", "key :", `"aa bb `]) {
      const line = piece.repeat(16_000 / piece.length);
      const start = performance.now();
      payloadAt(line, 8_000, "quoted");
      payloadAt(`1  UP ${line}`, 8_000, "events");
      assert.ok(performance.now() - start < 200, piece);
    }
  });
});

/** Runs a decoder that is known as the sandbox would. */
function decoder(decode: (bytes: Uint8Array) => JsonObject | string) {
  return (frames: readonly Uint8Array[]): Promise<readonly FormatterAnswer<DecodedUplink>[]> =>
    Promise.resolve(
      frames.map((frame): FormatterAnswer<DecodedUplink> => {
        const decoded = decode(frame);
        return typeof decoded === "string"
          ? {
              milliseconds: 0,
              error: { name: "x:output_errors", code: "ABORTED", message: decoded },
            }
          : { milliseconds: 0, result: { decoded_payload: decoded } };
      }),
    );
}

async function mapOf(
  hex: string,
  decode: (bytes: Uint8Array) => JsonObject | string,
): Promise<ByteMap> {
  const options = { isCancelled: () => false, onProgress: () => undefined };
  const map = await mapBytes(bytesOf(hex), decoder(decode), options);
  assert.ok(typeof map === "object" && "bytes" in map);
  return map;
}

/** Temperature in bytes 0 and 1, battery and door in one byte, a type that must be 7, a byte nobody reads. */
const sensor = (bytes: Uint8Array): JsonObject | string => {
  const [high = 0, low = 0, packed = 0, type = 0] = bytes;
  if (type !== 7) return "unknown type";
  return {
    air: { temperature: ((high << 8) | low) / 10 },
    battery: packed >> 4,
    list: [{ door: (packed & 1) === 1 }],
  };
};

describe("The byte map", () => {
  it("finds the bytes and bits of each field", async () => {
    const map = await mapOf("00e1510799", sensor);
    assert.deepEqual(
      [...map.fields],
      [
        ["air.temperature", 22.5],
        ["battery", 5],
        ["list[0].door", true],
      ],
    );
    assert.deepEqual(
      map.bytes.map(({ fields }) => fields),
      [["air.temperature"], ["air.temperature"], ["battery", "list[0].door"], [], []],
    );
    const bits = map.bytes[2]?.bits.map(({ fields }) => fields[0] ?? "");
    assert.deepEqual(bits, [...Array<string>(4).fill("battery"), "", "", "", "list[0].door"]);
    assert.equal(map.bytes[3]?.canFail, true);
    assert.deepEqual(map.bytes.map(isUnused), [false, false, false, false, true]);
    assert.equal(map.runs, 5 * 11 + 2);
  });

  it("tells fields that only then appear from those that change", async () => {
    const map = await mapOf("00", ([kind = 0]) =>
      kind === 0 ? { a: 1 } : { a: 1, [`k${kind}`]: 2 },
    );
    const [cell] = map.bytes;
    assert.ok(cell);
    assert.ok(cell.appearing.includes("k128"));
    assert.deepEqual(cell.fields, []);
    assert.equal(isUnused(cell), false);
  });

  it("leaves out what changes by itself", async () => {
    let runs = 0;
    const map = await mapOf("0102", ([first = 0]) => ({ run: runs++, first }));
    assert.deepEqual(map.restless, ["run"]);
    assert.deepEqual(
      map.bytes.map(({ fields }) => fields),
      [["first"], []],
    );
  });

  it("says why there is none", async () => {
    const run = (bytes: Uint8Array, isCancelled = () => false) =>
      mapBytes(bytes, decoder(sensor), { isCancelled, onProgress: () => undefined });
    assert.deepEqual(await run(new Uint8Array(0)), { problem: "The frame is empty." });
    assert.match(JSON.stringify(await run(new Uint8Array(243))), /243 bytes/);
    assert.deepEqual(await run(bytesOf("00e15108")), {
      problem: "The frame does not decode: unknown type",
    });
    assert.equal(await run(bytesOf("00e15107"), () => true), "cancelled");
  });

  it("takes the longest frame in bounded batches and tells how far it is", async () => {
    const sizes: number[] = [];
    const shares: number[] = [];
    const decode = decoder((bytes) => ({ last: bytes[241] ?? 0 }));
    const map = await mapBytes(
      new Uint8Array(maximumFrame),
      (frames) => {
        sizes.push(frames.length);
        return decode(frames);
      },
      { isCancelled: () => false, onProgress: (share) => shares.push(share) },
    );
    assert.ok(typeof map === "object" && "bytes" in map);
    assert.ok(Math.max(...sizes) <= 64);
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
    assert.ok((shares.at(-1) ?? 0) < 1 && (shares.at(-1) ?? 0) > 0.9);
    assert.equal(map.bytes.filter((cell) => !isUnused(cell)).length, 1);
  });

  it("reads as text that needs no colours", async () => {
    const { lines, spans, words } = byteMapText(await mapOf("00e1510799", sensor), "Byte map of x");
    assert.deepEqual(lines.slice(0, 14), [
      "Byte map of x",
      "Each bit and each byte was changed alone: 57 runs.",
      "",
      " byte hex  bits 7 to 0        changes",
      "    0 00   A A A A A A A A    A air.temperature",
      "    1 E1   A A A A A A A A    A air.temperature",
      "    2 51   B B B B · · · C    B battery, C list[0].door",
      "    3 07   ! ! ! ! ! ! ! !    can fail",
      "    4 99   · · · · · · · ·    (unused)",
      "",
      "Fields",
      " A  air.temperature = 22.5  (bytes 0, 1)",
      " B  battery = 5  (byte 2 (bits 7 6 5 4))",
      " C  list[0].door = true  (byte 2 (bits 0))",
    ]);
    for (const { line, start, end, field } of spans) {
      const text = lines[line]?.slice(start, end) ?? "";
      assert.match(text, /^(?:[ABC]|00|E1)$/);
      if (text.length === 1) assert.equal(text, "ABC"[field]);
    }
    assert.equal(words.get(6)?.[8], "Byte 2, bit 0: changes list[0].door.");
    assert.equal(words.get(8)?.[0], "Byte 4: changes nothing.");
  });

  it("shows hostile field names as one line each", async () => {
    const map = await mapOf("01", ([first = 0]) => ({
      ["a\n\u202eb".repeat(50)]: first,
      ["__proto__x"]: first,
    }));
    const { lines } = byteMapText(map, "x");
    for (const line of lines) assert.doesNotMatch(line, /[\n\u202e]/);
    assert.ok(Math.max(...lines.map(({ length }) => length)) < 600);
  });
});
