import assert from "node:assert/strict";
import fc from "fast-check";
import type { EventEntry } from "../../src/model/eventStore";
import { decode } from "../../src/stack/decode";
import { hiddenCharacters } from "../../src/stack/visible";
import { messageJson } from "../../src/views/log/messageJson";
import {
  bytesOf,
  canaryKey,
  golden,
  goldenNamed,
  parseBody,
  upTopic,
  uplinkBody,
} from "../support/fixtures";
import { tutorialMessages } from "../support/tutorial";
import { cpuTime, isQuick } from "../support/cpuTime";

function entryOf(content: EventEntry["content"]): EventEntry {
  return { id: 1, at: 0, applicationKey: "k", topic: "t", content, note: undefined };
}

/** The document of a received body. */
function documentOf(body: unknown, topic = upTopic()): string {
  const raw = body instanceof Uint8Array ? body : bytesOf(body);
  return messageJson(entryOf(decode(topic, raw)), raw);
}

/** Line ends are the document's own. */
const hidden = new RegExp(`(?!\n)${hiddenCharacters.source}`, "u");

describe("messageJson: readable", () => {
  it("shows the payload in hex and text beside base64", () => {
    const { topic, bytes } =
      tutorialMessages.find(({ name }) => name === "up") ?? goldenNamed("up");
    const shown = JSON.parse(documentOf(bytes, topic)) as {
      uplink_message: Record<string, unknown>;
    };
    const names = Object.keys(shown.uplink_message);
    assert.deepEqual(names.slice(2, 5), ["frm_payload", "frm_payload (hex)", "frm_payload (text)"]);
    assert.equal(shown.uplink_message.frm_payload, "VGVtcGVyYXR1cmUgPSAwLjA=");
    assert.equal(
      shown.uplink_message["frm_payload (hex)"],
      "54 65 6D 70 65 72 61 74 75 72 65 20 3D 20 30 2E 30",
    );
    assert.equal(shown.uplink_message["frm_payload (text)"], "Temperature = 0.0");
  });

  it("shows what is wrong with the payload beside it", () => {
    assert.match(
      documentOf(uplinkBody({ frm_payload: "v!" })),
      /"frm_payload problem": "Not a base64 character at character 2\."/,
    );
  });

  it("leaves every other value as received", () => {
    for (const { name, topic, bytes } of golden) {
      const shown = parseBody(bytesOf(documentOf(bytes, topic)));
      assert.deepEqual(stripped(shown), stripped(parseBody(bytes)), name);
    }
  });

  it("shows raw JSON when the kind of message is unknown", () => {
    const shown = documentOf(
      { uplink_newthing: { a: 1, frm_payload: "vu8=" } },
      upTopic("probe-1", "up/newthing"),
    );
    assert.match(shown, /"not decodable": "unknown kind of message"/);
    assert.match(shown, /"frm_payload \(hex\)": "BE EF"/);
  });

  it("P02 shows hex when bytes are no text", () => {
    const shown = documentOf(Uint8Array.from([0xff, 0x00, 0x41]));
    assert.match(shown, /"not decodable": "not UTF-8"/);
    assert.match(shown, /"hex": "FF 00 41"/);
    assert.match(shown, /"bytes": 3/);
  });

  it("bounds what it shows of a huge body that is no JSON", () => {
    assert.ok(documentOf(new Uint8Array(200_000).fill(0xff)).length < 40_000);
  });

  it("says so when the raw message is gone, and shows lines of the connection", () => {
    const { topic, bytes } = goldenNamed("up");
    assert.match(messageJson(entryOf(decode(topic, bytes)), undefined), /no longer kept/);
    const gap = messageJson(entryOf({ kind: "gap", from: 1, to: 2 }), new Uint8Array());
    assert.deepEqual(JSON.parse(gap), { kind: "gap", from: 1, to: 2 });
  });
});

describe("messageJson: secrets", () => {
  const token = "YotJ2W3N6XpDDdT1l3BYmeCalo95NJHktwTK";
  const keyed = {
    app_s_key: { key: "00112233445566778899AABBCCDDEEFF" },
    rx_metadata: [{ uplink_token: token }],
  };

  it("never shows uplink_token and app_s_key", () => {
    for (const { topic, bytes } of [...golden, ...tutorialMessages]) {
      const shown = documentOf(bytes, topic);
      assert.doesNotMatch(shown, /YotJ2W3N6X|xER0A41Fnk|zs6KnOz7bH|CiIKIAoUZX/);
    }
    const shown = documentOf(uplinkBody(keyed));
    assert.doesNotMatch(shown, /001122|YotJ2W/);
    assert.match(shown, /"app_s_key": "\(not shown\)"/);
  });

  it("never shows them when the body has an unknown kind or is broken", () => {
    for (const body of [
      { uplink_newthing: keyed },
      `${JSON.stringify({ uplink_message: keyed })},`,
      JSON.stringify({ a: keyed }).slice(0, -1),
    ]) {
      const shown = documentOf(body);
      const hex = Buffer.from(token.slice(0, 8))
        .toString("hex")
        .replace(/..(?!$)/g, "$& ")
        .toUpperCase();
      assert.ok(
        !shown.includes(token.slice(0, 8)) && !shown.includes("001122") && !shown.includes(hex),
      );
    }
  });

  it("X01 shows no API key that a device or a stranger sent", () => {
    const inside = [
      uplinkBody({ decoded_payload: { key: canaryKey, [canaryKey]: 1 } }),
      uplinkBody({ frm_payload: Buffer.from(canaryKey).toString("base64") }),
      `broken ${canaryKey}`,
    ];
    for (const body of inside) {
      const shown = documentOf(body);
      const hex = Buffer.from("SECRETPART")
        .toString("hex")
        .replace(/..(?!$)/g, "$& ")
        .toUpperCase();
      assert.ok(!shown.includes("SECRETPART") && !shown.includes(hex), shown);
      assert.ok(!Buffer.from(shown, "base64").includes("SECRETPART"));
    }
  });
});

describe("messageJson: hostile", () => {
  it("P10 keeps __proto__ a field", () => {
    const shown = documentOf(
      bytesOf(
        '{"uplink_message":{"decoded_payload":{"__proto__":{"polluted":1},"toJSON":2,"constructor":3}}}',
      ),
    );
    assert.match(shown, /"__proto__": \{\n\s+"polluted": 1/);
    assert.match(shown, /"toJSON": 2,\n\s+"constructor": 3/);
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  it("P21 makes hidden characters visible as JSON escapes, and stays the same JSON", () => {
    const nasty = "\u202egnp\u200b\u2028\u0007\u009b\ufeff\u{e0041}\ue000\ud800x";
    const shown = documentOf(bytesOf(uplinkBody({ decoded_payload: { [nasty]: nasty } })));
    assert.doesNotMatch(shown, hidden);
    assert.match(
      shown,
      /\\u202egnp\\u200b\\u2028\\u0007\\u009b\\ufeff\\udb40\\udc41\\ue000\\ud800x/,
    );
    const back = JSON.parse(shown) as { uplink_message: { decoded_payload: object } };
    assert.deepEqual(Object.entries(back.uplink_message.decoded_payload), [[nasty, nasty]]);
  });

  it("P36 is JSON without hidden characters when bytes are anything", () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json({ stringUnit: "binary" }).map(bytesOf),
      fc
        .jsonValue({ stringUnit: "binary" })
        .map((value) => bytesOf(uplinkBody({ decoded_payload: { value } }))),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const shown = documentOf(body);
        assert.doesNotThrow(() => JSON.parse(shown) as unknown);
        assert.doesNotMatch(shown, hidden);
      }),
      { numRuns: 500 },
    );
  });

  it("takes little time when the body is as large as can be decoded", () => {
    const before = cpuTime();
    documentOf(uplinkBody({ decoded_payload: { list: Array.from({ length: 60_000 }, () => 1) } }));
    documentOf(uplinkBody({ decoded_payload: { text: "\u202e".repeat(80_000) } }));
    assert.ok(isQuick(before, 1_500));
  });
});

/** Without what is added and what is not shown. */
function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([name]) => name !== "uplink_token" && !name.startsWith("frm_payload "),
  );
  return Object.fromEntries(kept.map(([name, child]) => [name, stripped(child)]));
}
