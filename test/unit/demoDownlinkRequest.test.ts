/** The server's decoder and schema check of downlink bodies, by tables. Source: tts-mqtt §6.1–6.3. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeDownlinkRequest,
  type RequestedDownlink,
} from "../../src/demo/server/downlinkRequest";
import { schemaProblem } from "../../src/demo/server/downlinkRules";

function decode(text: string | Uint8Array): readonly RequestedDownlink[] | "error" {
  const result = decodeDownlinkRequest(Buffer.from(text));
  return "problem" in result ? "error" : result;
}

/** The one downlink of a body, given its JSON. */
function one(item: string): RequestedDownlink | "error" {
  const result = decode(`{"downlinks":[${item}]}`);
  return result === "error" ? "error" : (result[0] ?? "error");
}

function field<K extends keyof RequestedDownlink>(
  name: K,
  item: string,
): RequestedDownlink[K] | "error" {
  const result = one(item);
  return result === "error" ? "error" : result[name];
}

describe("decodeDownlinkRequest", () => {
  for (const body of [
    "{}",
    '{"downlinks":[]}',
    '{"downlinks":null}',
    '{"a":1}',
    " {} garbage",
    "{}\xff",
  ]) {
    it(`finds no downlinks when the body is ${JSON.stringify(body)}`, () => {
      assert.deepEqual(decode(Buffer.from(body, "latin1")), []);
    });
  }

  for (const body of [
    "",
    " ",
    "null",
    "[]",
    '"text"',
    "1",
    '{"downlinks":{}}',
    '{"downlinks":[null]}',
    '{"downlinks":[1]}',
    '{"downlinks":[],"downlinks":[]}',
    '{"downlinks":null,"downlinks":[]}',
    "{downlinks:[]}",
    "{'downlinks':[]}",
    '{"downlinks":[],}',
    '{"downlinks":[{},]}',
    '{"downlinks":[]',
    '{"a":01}',
    '{"a":1.}',
    '{"a":+1}',
    '{"a":NaN}',
    '{"a":nullx}',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    '{"a":"\\ud800"}',
    "\ufeff{}",
  ]) {
    it(`drops the message when the body is ${JSON.stringify(body)}`, () => {
      assert.equal(decode(body), "error");
    });
  }

  it("drops the message when a string is not UTF-8", () => {
    assert.equal(
      decode(Buffer.from('{"downlinks":[{"correlation_ids":["\xff"]}]}', "latin1")),
      "error",
    );
  });

  it("takes the first value when another follows", () => {
    assert.equal(decode('{"downlinks":[{}]}{"downlinks":[{},{}]}').length, 1);
  });

  it("takes snake_case and lowerCamelCase names", () => {
    const snake = one(
      '{"session_key_id":"AQ==","f_port":1,"f_cnt":2,"frm_payload":"AQ==","decoded_payload":{"a":1},"class_b_c":{"absolute_time":"2026-01-01T00:00:00Z","gateways":[{"gateway_ids":{"gateway_id":"gw1"},"antenna_index":1,"group_index":2}]},"correlation_ids":["x"],"confirmed_retry":{"attempt":1,"max_attempts":2}}',
    );
    const camel = one(
      '{"sessionKeyId":"AQ==","fPort":1,"fCnt":2,"frmPayload":"AQ==","decodedPayload":{"a":1},"classBC":{"absoluteTime":"2026-01-01T00:00:00Z","gateways":[{"gatewayIds":{"gatewayId":"gw1"},"antennaIndex":1,"groupIndex":2}]},"correlationIds":["x"],"confirmedRetry":{"attempt":1,"maxAttempts":2}}',
    );
    assert.notEqual(snake, "error");
    assert.deepEqual(snake, camel);
  });

  const fPorts: readonly (readonly [string, number | "error"])[] = [
    ["15", 15],
    ['"15"', 15],
    ["15.0", 15],
    ["1.5e1", 15],
    ['"15.0"', 15],
    ["null", 0],
    ["15.5", "error"],
    ["-1", "error"],
    ['" 15"', "error"],
    ['"0x0f"', "error"],
    ['""', "error"],
    ["true", "error"],
    ["4294967296", "error"],
    ["4294967295", 4294967295],
  ];
  for (const [json, expected] of fPorts) {
    it(`reads the FPort as ${expected} when it is ${json}`, () => {
      assert.equal(field("fPort", `{"f_port":${json}}`), expected);
    });
  }

  const payloads: readonly (readonly [string, string | undefined])[] = [
    ['"vu8="', "beef"],
    ['"vu8"', "beef"],
    ['"__-_"', "ffffbf"],
    ['"//+/"', "ffffbf"],
    ['"BEEF"', "044105"],
    ['""', ""],
    ["null", undefined],
    ['"_/+-"', "error"],
    ['"vu8=="', "error"],
    ['"v"', "error"],
    ['"BE EF!"', "error"],
    ["[190,239]", "error"],
    ["48879", "error"],
  ];
  for (const [json, expected] of payloads) {
    it(`reads the payload as ${expected ?? "not given"} when it is ${json}`, () => {
      const bytes = field("framePayload", `{"frm_payload":${json}}`);
      const shown = bytes instanceof Uint8Array ? Buffer.from(bytes).toString("hex") : bytes;
      assert.equal(shown, expected);
    });
  }

  const priorities: readonly (readonly [string, number | "error"])[] = [
    ['"NORMAL"', 3],
    ['"HIGHEST"', 6],
    ['"normal"', 0],
    ['"URGENT"', 0],
    ['"3"', 0],
    ["3", 3],
    ["3.0", 3],
    ["7", 7],
    ["-1", -1],
    ["null", 0],
    ["3.5", "error"],
    ["true", "error"],
    ["2147483648", "error"],
  ];
  for (const [json, expected] of priorities) {
    it(`reads the priority as ${expected} when it is ${json}`, () => {
      assert.equal(field("priority", `{"priority":${json}}`), expected);
    });
  }

  const times: readonly (readonly [string, number | "error"])[] = [
    ["2026-02-23T08:00:00Z", Date.parse("2026-02-23T08:00:00Z")],
    ["2026-02-23T09:00:00+01:00", Date.parse("2026-02-23T08:00:00Z")],
    ["2026-02-23T08:00:00.123456789Z", Date.parse("2026-02-23T08:00:00.123Z")],
    ["2026-02-23T08:00:00.1234567890Z", "error"],
    ["2026-02-23 08:00:00Z", "error"],
    ["2026-02-23T08:00:00", "error"],
    ["2026-02-23", "error"],
  ];
  for (const [text, expected] of times) {
    it(`reads absolute_time as ${expected} when it is ${text}`, () => {
      const classBC = field("classBC", `{"class_b_c":{"absolute_time":"${text}"}}`);
      assert.equal(classBC === "error" ? classBC : classBC?.absoluteTime, expected);
    });
  }

  for (const item of [
    '{"f_port":1,"f_port":1}',
    '{"f_port":1,"fPort":1}',
    '{"f_port":null,"fPort":1}',
    '{"decoded_payload":{"a":1,"a":2}}',
    '{"decoded_payload":[]}',
    '{"decoded_payload":{"a":1e999}}',
    '{"confirmed":"true"}',
    '{"confirmed":1}',
    '{"correlation_ids":"x"}',
    '{"correlation_ids":[1]}',
    '{"correlation_ids":[null]}',
    '{"confirmed_retry":1}',
    '{"class_b_c":[]}',
    '{"class_b_c":{"gateways":[null]}}',
    '{"decoded_payload_warnings":"x"}',
  ]) {
    it(`drops the message when a downlink is ${item}`, () => {
      assert.equal(one(item), "error");
    });
  }

  it("ignores unknown fields, even when they come twice", () => {
    assert.notEqual(one('{"x":1,"x":2,"FPort":5,"end_device_ids":{"device_id":"other"}}'), "error");
    assert.equal(field("fPort", '{"FPort":5}'), 0);
  });

  it("keeps the free form of decoded_payload", () => {
    const text = '{"__proto__":{"a":null},"b":[1,"é\\u00e9\\ud83d\\ude00",false]}';
    assert.equal(
      JSON.stringify(field("decodedPayload", `{"decoded_payload":${text}}`)),
      '{"__proto__":{"a":null},"b":[1,"éé😀",false]}',
    );
  });

  it("reads every string that JSON can write", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const ids = field("correlationIds", JSON.stringify({ correlation_ids: [text] }));
        assert.deepEqual(ids, [text]);
      }),
    );
  });

  it("agrees with JSON.parse about what is an object at all", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "]", "1", '"'),
        (json, at, wrong) => {
          const place = at % (json.length + 1);
          const text = `{"x":${json.slice(0, place)}${wrong}${json.slice(place)}}`;
          assert.equal(decode(text) === "error", !isJson(text));
        },
      ),
    );
  });

  it("never throws when the bytes are arbitrary", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeDownlinkRequest(bytes)));
    assert.equal(decode(`{"a":${"[".repeat(100_000)}`), "error");
  });
});

/** True if a prefix parses, as what follows the first value is ignored. */
function isJson(text: string): boolean {
  for (let end = text.length; end > 0; end--) {
    try {
      JSON.parse(text.slice(0, end));
      return true;
    } catch {
      continue; // a shorter prefix may
    }
  }
  return false;
}

describe("schemaProblem", () => {
  const problem = (item: string): string | undefined => {
    const downlink = one(item);
    assert.notEqual(downlink, "error");
    return downlink === "error" ? undefined : schemaProblem([downlink]);
  };
  const bytes = (length: number): string => Buffer.alloc(length).toString("base64");

  for (const item of [
    "{}",
    '{"f_port":223}',
    '{"f_port":225}',
    '{"f_port":255}',
    `{"frm_payload":"${bytes(255)}"}`,
    `{"correlation_ids":["${"😀".repeat(100)}"]}`,
    '{"priority":6}',
    '{"class_b_c":{}}',
    '{"class_b_c":{"gateways":[{"gateway_ids":{"gateway_id":"gw1"}}]}}',
    `{"class_b_c":{"gateways":[{"gateway_ids":{"gateway_id":"gw1","eui":"${bytes(8)}"}}]}}`,
    '{"confirmed_retry":{"attempt":900,"max_attempts":100}}',
  ]) {
    it(`passes when the downlink is ${item.slice(0, 90)}`, () =>
      assert.equal(problem(item), undefined));
  }

  for (const item of [
    '{"f_port":224}',
    '{"f_port":256}',
    `{"frm_payload":"${bytes(256)}"}`,
    `{"correlation_ids":["${"x".repeat(101)}"]}`,
    '{"priority":7}',
    '{"priority":-1}',
    '{"class_b_c":{"gateways":[{}]}}',
    '{"class_b_c":{"gateways":[{"gateway_ids":{}}]}}',
    '{"class_b_c":{"gateways":[{"gateway_ids":{"gateway_id":"GW_1"}}]}}',
    '{"class_b_c":{"gateways":[{"gateway_ids":{"gateway_id":"gw1","eui":"A84041FFFF21F0C4"}}]}}',
    '{"confirmed_retry":{"max_attempts":0}}',
    '{"confirmed_retry":{"max_attempts":101}}',
  ]) {
    it(`drops the message when the downlink is ${item.slice(0, 90)}`, () => {
      assert.notEqual(problem(item), undefined);
    });
  }
});
