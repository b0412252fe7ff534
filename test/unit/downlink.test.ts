import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isOwnCorrelationId,
  newCorrelationId,
  shortCorrelationId,
} from "../../src/stack/correlation";
import {
  buildDownlink,
  isPastItsTime,
  maximumFramePayload,
  payloadFormats,
  type DownlinkField,
  type DownlinkInput,
  type DownlinkItemInput,
  type FieldError,
  type PreparedDownlink,
  type PreparedPublish,
} from "../../src/stack/downlink";
import { toHex } from "../../src/stack/framePayload";
import { isId } from "../../src/stack/identifiers";
import { priorities } from "../../src/stack/messages";
import {
  decodeDownlinkRequest,
  type RequestedDownlink,
} from "../../src/demo/server/downlinkRequest";
import { schemaProblem } from "../../src/demo/server/downlinkRules";
import { parseBody } from "../support/fixtures";
import { tutorialDevice, tutorialPush, tutorialUid } from "../support/tutorial";

const ownId = "tts-explorer:0123456789ABCDEFGHJKMNPQRS";
const beef: DownlinkItemInput = { fPort: 15, payloadFormat: "hex", payload: "BE EF" };

function input(...downlinks: readonly DownlinkItemInput[]): DownlinkInput {
  return { applicationUid: tutorialUid, deviceId: tutorialDevice, downlinks };
}

function build(from: DownlinkInput, createId = () => ownId): PreparedPublish {
  const built = buildDownlink(from, createId);
  if ("errors" in built) throw new Error(JSON.stringify(built.errors));
  return built;
}

/** The server understands class B and C and the attempts as they were meant, and may take them. */
function sameOptions(seen: RequestedDownlink, { classBC, maximumAttempts }: PreparedDownlink) {
  assert.deepEqual(
    seen.classBC?.gateways.map(({ gatewayId }) => gatewayId),
    classBC?.gateways,
  );
  assert.ok(seen.classBC?.gateways.every(({ eui }) => eui.length === 0) ?? true);
  assert.equal(seen.classBC?.absoluteTime, classBC?.absoluteTime);
  assert.equal(seen.confirmedRetry?.maximumAttempts, maximumAttempts);
  if (seen.confirmedRetry) {
    assert.equal(seen.confirmed, true);
    assert.equal(seen.confirmedRetry.attempt, 1);
    assert.ok((maximumAttempts ?? 99) <= 32, "the server's own limit");
  }
}

function errorsOf(from: DownlinkInput): readonly FieldError[] {
  const built = buildDownlink(from, () => ownId);
  return "errors" in built ? built.errors : [];
}

function assertRefused(item: Partial<DownlinkItemInput>, field: DownlinkField, message?: RegExp) {
  const errors = errorsOf(input({ ...beef, ...item }));
  assert.deepEqual(
    errors.map((error) => [error.item, error.field]),
    [[0, field]],
  );
  if (message) assert.match(errors[0]?.message ?? "", message);
}

/** What the server understands of a publish; fails where the server would drop it without a word. */
function asServerReads({ payload }: PreparedPublish): readonly RequestedDownlink[] {
  const read = decodeDownlinkRequest(Buffer.from(payload, "utf8"));
  if ("problem" in read) throw new Error(`the server drops it: ${read.problem}`);
  assert.equal(schemaProblem(read), undefined);
  return read;
}

describe("buildDownlink: the tutorial's cases", () => {
  it("publishes the tutorial's push and our correlation id when hex BE EF goes to FPort 15", () => {
    const built = build(input({ ...beef, priority: "NORMAL" }));
    assert.equal(built.topic, "v3/app1@tenant1/devices/dev1/down/push");
    const [expected] = tutorialPush("push").downlinks as object[];
    assert.deepEqual(parseBody(Buffer.from(built.payload)), {
      downlinks: [{ ...expected, correlation_ids: [ownId] }],
    });
    assert.equal(
      built.payload,
      `{"downlinks":[{"f_port":15,"frm_payload":"vu8=","priority":"NORMAL","correlation_ids":["${ownId}"]}]}`,
    );
  });

  it("publishes the tutorial's confirmed push when it is HIGH and has an id of the user", () => {
    const item = {
      ...beef,
      priority: "HIGH",
      confirmed: true,
      correlationIds: ["my-correlation-id"],
    };
    const [expected] = tutorialPush("push-confirmed").downlinks as object[];
    assert.deepEqual(parseBody(Buffer.from(build(input(item)).payload)), {
      downlinks: [{ ...expected, correlation_ids: ["my-correlation-id", ownId] }],
    });
  });

  it("clears the queue when it is replaced by nothing", () => {
    const built = build({ ...input(), operation: "replace" });
    assert.equal(built.topic, "v3/app1@tenant1/devices/dev1/down/replace");
    assert.equal(built.payload, '{"downlinks":[]}');
    assert.deepEqual(built.downlinks, []);
  });

  it("publishes several downlinks in their order when they are pushed together", () => {
    let count = 0;
    const built = build(
      input(beef, { ...beef, fPort: 16, payload: "00" }),
      () => `${ownId}${++count}`,
    );
    const read = asServerReads(built);
    assert.deepEqual(
      read.map(({ fPort }) => fPort),
      [15, 16],
    );
    assert.deepEqual(
      read.map(({ correlationIds }) => correlationIds),
      [[`${ownId}1`], [`${ownId}2`]],
    );
    assert.deepEqual(
      built.downlinks.map(({ correlationId }) => correlationId),
      [`${ownId}1`, `${ownId}2`],
    );
  });

  it("publishes without tenant when the server has none", () => {
    const built = build({ ...input(beef), applicationUid: "app1" });
    assert.equal(built.topic, "v3/app1/devices/dev1/down/push");
  });
});

describe("buildDownlink: fields", () => {
  for (const fPort of [
    0,
    224,
    225,
    256,
    -1,
    1.5,
    1e21,
    NaN,
    "",
    " 1",
    "1 ",
    "0x10",
    "1e1",
    "\u0967",
    "+1",
  ]) {
    it(`D01 refuses FPort ${JSON.stringify(fPort)}`, () =>
      assertRefused({ fPort }, "fPort", /1 to 223/));
  }

  it("D01 accepts FPort 1 and 223, as number or text", () => {
    for (const fPort of [1, "1", 223, "223", "015"]) {
      const read = asServerReads(build(input({ ...beef, fPort })));
      assert.equal(read[0]?.fPort, Number(fPort));
    }
  });

  it("D02 refuses an empty payload unless an empty frame was chosen", () => {
    for (const payloadFormat of ["hex", "base64", "text"] as const) {
      assertRefused({ payloadFormat, payload: "" }, "payload", /empty frame/);
      const item = { ...beef, payloadFormat, payload: "", allowEmpty: true };
      const [read] = asServerReads(build(input(item)));
      assert.equal(read?.framePayload?.length, 0);
      // Alone the server drops it without a word (real-traffic 22).
      assert.deepEqual(read.decodedPayload, { empty: true });
    }
  });

  it("D03 accepts up to 242 bytes and refuses more", () => {
    for (const length of [1, 51, 52, 242]) {
      const read = asServerReads(build(input({ ...beef, payload: "AB".repeat(length) })));
      assert.equal(read[0]?.framePayload?.length, length);
    }
    for (const length of [243, 255, 256]) {
      assertRefused({ payload: "AB".repeat(length) }, "payload", new RegExp(`^${length} bytes`));
    }
  });

  const badHex: readonly (readonly [text: string, message: RegExp])[] = [
    ["BEE", /character 3/],
    ["B EEF", /character 1/],
    ["BE EG", /character 5/],
    ["\uff22\uff25", /character 1/],
    ["0xBEE", /character 5/],
    ["BE.EF", /character 3/],
    ["hello", /character 1/],
  ];
  for (const [payload, message] of badHex) {
    it(`D04 refuses the hex ${payload} with its place`, () => {
      assertRefused({ payload }, "payload", message);
    });
  }

  for (const payload of [
    "BEEF",
    "beef",
    "be ef",
    "BE:EF",
    "BE-EF",
    "0xBEEF",
    "0xBE, 0xEF",
    "\\xBE\\xEF",
    "\nBE\tEF ",
  ]) {
    it(`D04 accepts the hex ${JSON.stringify(payload)}`, () => {
      assert.equal(
        toHex(build(input({ ...beef, payload })).downlinks[0]?.bytes ?? new Uint8Array()),
        "BEEF",
      );
    });
  }

  it("D06 counts bytes of UTF-8 and refuses a lone surrogate when text is sent", () => {
    const text = { ...beef, payloadFormat: "text" as const };
    assert.equal(build(input({ ...text, payload: "\u{1f331}" })).downlinks[0]?.bytes?.length, 4);
    assertRefused({ ...text, payload: "\u{1f331}".repeat(61) }, "payload", /^244 bytes/);
    assertRefused({ ...text, payload: "a\ud83d" }, "payload", /half a character/i);
  });

  const badFields: readonly (readonly [context: string, text: string])[] = [
    ["a list", "[1]"],
    ["a number", "42"],
    ["null", "null"],
    ["a text", '"x"'],
    ["no JSON", "{a:1}"],
    ["nothing", "  "],
    ["two documents", "{}{}"],
    ["nested 65 levels deep", `${'{"a":'.repeat(65)}1${"}".repeat(65)}`],
    ["nested 10,000 levels deep", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["300 KiB", `{"a":"${"x".repeat(300 * 1024)}"}`],
    ["a lone surrogate, which the server cannot read", '{"a":"\\ud800"}'],
    ["a lone surrogate in a name", '{"\\udc00":1}'],
    ["a lone surrogate deep inside", '{"a":[{"b":["\\ud800"]}]}'],
    ["a number beyond all numbers, which would become null", '{"a":1e400}'],
  ];
  for (const [context, payload] of badFields) {
    it(`D07 refuses fields when they are ${context}`, () => {
      assertRefused({ payloadFormat: "fields", payload }, "payload");
    });
  }

  it("D07 sends fields as decoded_payload and no bytes when they are an object", () => {
    const payload = '{"valve":"open","__proto__":{"x":1},"n":[1,null,true,"\\ud83c\\udf31"]}';
    const built = build(input({ ...beef, payloadFormat: "fields", payload }));
    const [sent] = parseBody(Buffer.from(built.payload)).downlinks as Record<string, unknown>[];
    assert.deepEqual(sent?.decoded_payload, JSON.parse(payload));
    assert.equal(Object.hasOwn(sent ?? {}, "frm_payload"), false);
    assert.deepEqual(asServerReads(built)[0]?.framePayload, undefined);
    assert.deepEqual(asServerReads(built)[0]?.decodedPayload, JSON.parse(payload));
  });

  it("D08 refuses a priority that the server would take for LOWEST", () => {
    for (const priority of ["normal", "URGENT", "9", "", "toString"])
      assertRefused({ priority }, "priority");
  });

  it("D08 writes NORMAL out when no priority is given, and each of the seven as chosen", () => {
    assert.equal(asServerReads(build(input(beef)))[0]?.priority, priorities.indexOf("NORMAL"));
    priorities.forEach((priority, rank) => {
      assert.equal(asServerReads(build(input({ ...beef, priority })))[0]?.priority, rank);
    });
  });

  const badIds: readonly (readonly [context: string, ids: readonly string[]])[] = [
    ["101 characters long", ["x".repeat(101)]],
    ["eleven", Array.from({ length: 11 }, (_, index) => `id-${index}`)],
    ["empty", [""]],
    ["broken over lines", ["a\nb"]],
    ["not ASCII", ["caf\u00e9"]],
    ["with a space", ["a b"]],
    ["there twice", ["same", "same"]],
    ["in the form of ours, whose fate would be mixed up", [ownId]],
  ];
  for (const [context, correlationIds] of badIds) {
    it(`D09 refuses correlation ids when they are ${context}`, () => {
      assertRefused({ correlationIds }, "correlationIds");
    });
  }

  it("D09 accepts ten ids of 100 characters and adds ours", () => {
    const ids = Array.from({ length: 10 }, (_, index) => `${index}`.padEnd(100, "x"));
    const [read] = asServerReads(build(input({ ...beef, correlationIds: ids })));
    assert.deepEqual(read?.correlationIds, [...ids, ownId]);
  });

  it("refuses ids of application and device when they break the grammar", () => {
    const places: readonly (readonly [Partial<DownlinkInput>, DownlinkField])[] = [
      [{ applicationUid: "App1@tenant1" }, "application"],
      [{ applicationUid: "" }, "application"],
      [{ applicationUid: "app1/../x@tenant1" }, "application"],
      [{ deviceId: "" }, "device"],
      [{ deviceId: "+" }, "device"],
      [{ deviceId: "dev1/down/push" }, "device"],
      [{ deviceId: "d\u0435v1" }, "device"],
    ];
    for (const [change, field] of places) {
      const errors = errorsOf({ ...input(beef), ...change });
      assert.deepEqual(
        errors.map((error) => [error.item, error.field]),
        [[-1, field]],
      );
    }
  });

  it("refuses a push of nothing and of more than fifty", () => {
    assert.deepEqual(
      errorsOf(input()).map(({ field }) => field),
      ["downlinks"],
    );
    const many = Array.from({ length: 51 }, () => beef);
    assert.deepEqual(
      errorsOf(input(...many)).map(({ field }) => field),
      ["downlinks"],
    );
    assert.equal(build(input(...many.slice(1))).downlinks.length, 50);
  });

  it("names every wrong field of every item when several are wrong", () => {
    const errors = errorsOf(
      input(beef, { ...beef, fPort: 0, payload: "x" }, { ...beef, priority: "x" }),
    );
    assert.deepEqual(
      errors.map(({ item, field }) => [item, field]),
      [
        [1, "fPort"],
        [1, "payload"],
        [2, "priority"],
      ],
    );
  });
});

describe("buildDownlink: class B and C, attempts", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const withOptions = (options: Partial<DownlinkItemInput>) =>
    buildDownlink(input({ ...beef, ...options }), () => ownId, now);
  const classBC = (absoluteTime: string, ...gateways: readonly string[]) => ({
    classBC: { gateways, absoluteTime },
  });
  const bodyOf = (options: Partial<DownlinkItemInput>): unknown => {
    const built = withOptions(options);
    assert.ok(!("errors" in built), JSON.stringify(built));
    const [downlink] = (JSON.parse(built.payload) as { downlinks: Record<string, unknown>[] })
      .downlinks;
    return downlink;
  };

  it("writes gateways by their id alone, and the time in UTC", () => {
    const { f_port, class_b_c } = bodyOf(
      classBC("2026-11-23T14:00:05+02:00", "roof-gw-1", "barn-gw-2"),
    ) as Record<string, unknown>;
    assert.equal(f_port, 15);
    assert.deepEqual(class_b_c, {
      gateways: [
        { gateway_ids: { gateway_id: "roof-gw-1" } },
        { gateway_ids: { gateway_id: "barn-gw-2" } },
      ],
      absolute_time: "2026-11-23T12:00:05.000Z",
    });
  });

  it("writes an empty class_b_c when only the class was chosen, and none when it was not", () => {
    assert.deepEqual((bodyOf(classBC("")) as { class_b_c: unknown }).class_b_c, {});
    assert.ok(!Object.hasOwn(bodyOf({}) as object, "class_b_c"));
  });

  const refusedTimes: readonly (readonly [time: string, message: RegExp])[] = [
    ["2026-11-23T11:59:59Z", /past/],
    ["1970-01-01T00:00:00Z", /past/],
    ["2026-11-23T12:00:04.999Z", /Too soon/],
    ["2026-11-23T12:01:00", /zone/],
    ["2026-11-23 12:01:00Z", /zone/],
    ["2027-02-30T12:00:00Z", /zone/],
    ["2027-11-23T24:00:00Z", /zone/],
    ["2027-11-23T12:60:00Z", /zone/],
    ["2027-11-23T12:00:60Z", /zone/],
    ["9999-12-31T23:59:59-01:00", /zone/],
    ["+010000-01-01T00:00:00Z", /zone/],
    ["in a minute", /zone/],
    ["1795435200000", /zone/],
  ];
  for (const [time, message] of refusedTimes) {
    it(`D11 refuses the time ${time}, of a confirmed downlink too`, () => {
      const built = withOptions({ ...classBC(time), confirmed: true });
      assert.ok("errors" in built);
      assert.deepEqual(
        built.errors.map(({ item, field }) => [item, field]),
        [[0, "absoluteTime"]],
      );
      assert.match(built.errors[0]?.message ?? "", message);
    });
  }

  const refusedGateways: readonly (readonly string[])[] = [
    ["Roof-GW"],
    ["gw"],
    ["-gw-1"],
    ["gw--1"],
    ["B827EBFFFE0A1B2C"],
    ["x".repeat(37)],
    ["roof-gw-1", "roof-gw-1"],
    Array.from({ length: 17 }, (_, index) => `gateway-${index}`),
  ];
  for (const gateways of refusedGateways) {
    it(`D11 refuses the gateways ${gateways.join(" ").slice(0, 40)}`, () => {
      assertRefused(classBC("", ...gateways), "gateways");
    });
  }

  for (const attempts of ["0", "33", "1.5", "-1", "8x", " 8", "0x8", 0, 33, Number.NaN]) {
    it(`refuses ${JSON.stringify(attempts)} attempts of a confirmed downlink`, () => {
      assertRefused({ confirmed: true, maximumAttempts: attempts }, "maximumAttempts");
    });
  }

  it("writes the first attempt with the most attempts, or neither", () => {
    const retryOf = (options: Partial<DownlinkItemInput>) =>
      (bodyOf(options) as { confirmed_retry?: unknown }).confirmed_retry;
    assert.deepEqual(retryOf({ confirmed: true, maximumAttempts: "1" }), {
      attempt: 1,
      max_attempts: 1,
    });
    assert.deepEqual(retryOf({ confirmed: true, maximumAttempts: 32 }), {
      attempt: 1,
      max_attempts: 32,
    });
    assert.equal(retryOf({ confirmed: true, maximumAttempts: "" }), undefined);
    assert.equal(retryOf({ confirmed: false, maximumAttempts: "999" }), undefined);
  });

  it("D11 notices when the time has come too near while the downlink waited", () => {
    const built = withOptions(classBC("2026-11-23T12:00:30Z"));
    assert.ok(!("errors" in built));
    assert.equal(isPastItsTime(built, now + 25_000), false);
    assert.equal(isPastItsTime(built, now + 25_001), true);
    assert.equal(isPastItsTime(build(input(beef)), Number.MAX_SAFE_INTEGER), false);
  });
});

describe("buildDownlink: anything that is accepted", () => {
  const options = fc.record(
    {
      confirmed: fc.boolean(),
      maximumAttempts: fc.oneof(
        fc.integer({ min: -1, max: 120 }),
        fc.integer({ min: 0, max: 40 }).map(String),
        fc.constant(""),
        fc.string(),
      ),
      classBC: fc.record({
        gateways: fc.array(
          fc.oneof(fc.stringMatching(/^[a-z0-9]{3,36}$/), fc.constant("roof-gw-1"), fc.string()),
          { maxLength: 3 },
        ),
        absoluteTime: fc.oneof(
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          fc.constantFrom("", "2199-02-30T00:00:00Z", "2199-02-28T23:59:59.123456789+13:45"),
          fc.string(),
        ),
      }),
    },
    { requiredKeys: [] },
  );
  const item = fc.record(
    {
      fPort: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 223 }) },
        fc.integer({ min: -5, max: 300 }),
        fc.integer({ min: 0, max: 230 }).map(String),
        fc.string(),
      ),
      payloadFormat: fc.constantFrom(...payloadFormats),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 250 }).map((bytes) => Buffer.from(bytes).toString("hex")),
        fc.uint8Array({ maxLength: 250 }).map((bytes) => Buffer.from(bytes).toString("base64")),
        fc.json({ maxDepth: 6 }),
        fc
          .dictionary(fc.string({ unit: "binary" }), fc.jsonValue())
          .map((value) => JSON.stringify(value)),
        fc.string({ unit: "binary" }),
        fc.constantFrom('{"a":"\\ud800"}', '{"a":1e999}', '{"a":-0}', '{"a":1,"a":2}', "{}"),
      ),
      priority: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...priorities) }, fc.string()),
      confirmed: fc.boolean(),
      correlationIds: fc.array(
        fc.oneof(
          { weight: 30, arbitrary: fc.stringMatching(/^[!-~]{1,100}$/) },
          fc.string({ unit: "grapheme" }),
        ),
        { maxLength: 11 },
      ),
      allowEmpty: fc.boolean(),
    },
    { requiredKeys: ["fPort", "payloadFormat", "payload"] },
  );
  const anyInput = fc.record(
    {
      applicationUid: fc.constantFrom("app1@tenant1", "app1", "app2", "App1"),
      deviceId: fc.constantFrom("dev1", "eui-70b3d57ed0051234", "dev-2", "x"),
      operation: fc.constantFrom("push" as const, "replace" as const),
      downlinks: fc.array(item, { maxLength: 3 }),
    },
    { requiredKeys: ["applicationUid", "deviceId", "downlinks"] },
  );

  /** An empty frame goes out beside fields (real-traffic 22). */
  const wireFields = ({ bytes, fields }: PreparedDownlink) =>
    bytes?.length === 0 ? { empty: true } : fields;

  /** What was accepted, after the server has understood it as it was meant. */
  function asAccepted(from: DownlinkInput): readonly PreparedDownlink[] {
    const built = buildDownlink(from);
    if ("errors" in built) {
      assert.ok(built.errors.length > 0);
      return [];
    }
    assert.ok(isId(from.deviceId));
    const read = asServerReads(built);
    assert.equal(read.length, from.downlinks.length);
    built.downlinks.forEach((downlink, index) => {
      const seen = read[index];
      assert.equal(seen?.fPort, downlink.fPort);
      assert.ok(downlink.fPort >= 1 && downlink.fPort <= 223);
      assert.deepEqual(seen.framePayload, downlink.bytes);
      assert.deepEqual(JSON.stringify(seen.decodedPayload), JSON.stringify(wireFields(downlink)));
      assert.ok((downlink.bytes?.length ?? 0) <= maximumFramePayload);
      assert.equal(seen.priority, priorities.indexOf(downlink.priority));
      assert.equal(seen.confirmed, downlink.confirmed);
      assert.ok(seen.correlationIds.includes(downlink.correlationId));
      sameOptions(seen, downlink);
    });
    return built.downlinks;
  }

  it("D26 passes the server's decoder and schema with the same meaning", () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyInput, (from) => {
        accepted += asAccepted(from).length > 0 ? 1 : 0;
      }),
      { numRuns: 4_000 },
    );
    assert.ok(accepted > 50, `only ${accepted} accepted`);
  });

  it("D26 passes with gateways, a time and attempts, too", () => {
    const counts = { gateways: 0, time: 0, attempts: 0, refused: 0 };
    fc.assert(
      fc.property(options, (chosen) => {
        const [downlink] = asAccepted(input({ ...beef, ...chosen }));
        if (!downlink) counts.refused++;
        if ((downlink?.classBC?.gateways.length ?? 0) > 0) counts.gateways++;
        if (downlink?.classBC?.absoluteTime !== undefined) counts.time++;
        if (downlink?.maximumAttempts !== undefined) counts.attempts++;
      }),
      { numRuns: 2_000 },
    );
    for (const [name, count] of Object.entries(counts)) assert.ok(count > 10, `${name}: ${count}`);
  });
});

describe("correlation ids of ours", () => {
  it("D10 never repeat, begin with our prefix and are short", () => {
    const count = 200_000;
    const ids = new Set<string>();
    for (let index = 0; index < count; index++) ids.add(newCorrelationId().slice(13));
    assert.equal(ids.size, count);
    for (const id of [...ids].slice(0, 1_000)) assert.match(id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it("D10 tell nothing but that they are ours", () => {
    const id = newCorrelationId();
    assert.match(id, /^tts-explorer:[0-9A-Z]{26}$/);
    assert.equal(isOwnCorrelationId(id), true);
    assert.equal(isOwnCorrelationId("my-correlation-id"), false);
    assert.equal(shortCorrelationId(id), id.slice(-4));
  });
});
