import assert from "node:assert/strict";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import { parseJson } from "../../src/stack/jsonText";
import { eventLine } from "../../src/views/log/eventLine";
import { messageJson, rawMessage } from "../../src/views/log/messageJson";
import {
  bytesOf,
  canaryKey,
  decodeAs,
  golden,
  goldenNamed,
  soilLab,
  soilLabKey,
  upTopic,
  uplinkBody,
} from "../support/fixtures";

const now = Date.parse("2026-02-23T09:00:00Z");

function modelAfter(messages: readonly { readonly topic?: string; readonly body: unknown }[]) {
  const model = new Model({ maximumMessages: 50, maximumBytes: 1_000_000 });
  model.setApplications([soilLab]);
  messages.forEach(({ topic = upTopic(), body }, index) => {
    const bytes = bytesOf(body);
    model.apply(soilLabKey, topic, decode(topic, bytes), bytes, now + index * 60_000);
  });
  const application = model.application(soilLabKey);
  assert.ok(application);
  return { model, application, entries: [...model.events.entries()] };
}

describe("identity: whose message it is", () => {
  it("T05 makes no end device of a message whose topic names another application", () => {
    for (const uid of ["other-lab@ttn", "soil-lab@other", "soil-lab", "soil-lab2@ttn"]) {
      const topic = `v3/${uid}/devices/soil-probe-1/up`;
      const queued = `v3/${uid}/devices/soil-probe-1/down/queued`;
      const { model, application, entries } = modelAfter([
        { topic, body: uplinkBody({ f_cnt: 1 }) },
        { topic: queued, body: { downlink_queued: { f_port: 1 } } },
        { topic, body: "broken" },
      ]);
      assert.equal(application.endDevices.size, 0, uid);
      assert.equal(application.receivedCount, 3);
      assert.equal(application.undecodableCount, 3);
      const lines = entries.map((entry) => eventLine(entry, application));
      assert.equal(lines.filter((line) => / BAD {3}/.test(line)).length, 3);
      assert.equal(lines.filter((line) => / CONN {2}.*other applications/.test(line)).length, 1);
      assert.match(lines[1] ?? "", /the topic names another application, .* on v3\//);
      const last = model.events.get(model.events.nextEventId - 1);
      assert.equal(last?.content.kind, "undecodable", "also when it is read again");
    }
  });

  it("T05 leaves a known end device as it was when another application has one of that name", () => {
    const { application } = modelAfter([
      { topic: upTopic("probe-1"), body: uplinkBody({ f_cnt: 7 }) },
      { topic: "v3/other-lab@ttn/devices/probe-1/up", body: uplinkBody({ f_cnt: 900 }) },
    ]);
    const device = application.endDevices.get("probe-1");
    assert.equal(device?.messageCount, 1);
    assert.equal(device.lastUplink?.fCnt, 7);
  });
});

describe("identity: what a message says twice", () => {
  it("P24 flags two messages in one body and reads the one that the topic tells", () => {
    const both = { join_accept: { session_key_id: "AQ==" }, uplink_message: { f_cnt: 3 } };
    const uplink = decodeAs("uplink", upTopic(), both);
    assert.equal(uplink.fCnt, 3);
    assert.deepEqual(uplink.problems, ["several messages in one: join_accept, uplink_message"]);
    const join = decodeAs("join", upTopic("probe-1", "join"), both);
    assert.deepEqual(join.problems, ["several messages in one: join_accept, uplink_message"]);
    const unset = decodeAs("uplink", upTopic(), { ...both, join_accept: null });
    assert.deepEqual(unset.problems, [], "null is unset");
  });

  const twice: readonly (readonly [name: string, body: string])[] = [
    ["f_cnt", '{"uplink_message":{"f_cnt":1,"f_port":2,"f_cnt":9}}'],
    ["uplink_message", '{"uplink_message":{"f_cnt":1},"uplink_message":{"f_cnt":9}}'],
    ["f_cnt", '{"uplink_message":{"f_cnt":1,"f_\\u0063nt":9}}'],
    ["f_cnt", '{ "uplink_message" : { "f_cnt" : 1 , "f_cnt" :9 } }'],
    ["a", '{"uplink_message":{"f_cnt":9,"decoded_payload":{"l":[[{"b":1},{"a":1,"a":1}]]}}}'],
    ["a", '{"uplink_message":{"f_cnt":9,"decoded_payload":{"a":":","a":"\\":{"}}}'],
    ["__proto__", '{"uplink_message":{"f_cnt":9,"x":{"__proto__":1,"__proto__":{}}}}'],
    ["", '{"uplink_message":{"f_cnt":9,"x":{"":1,"":2}}}'],
    ["1", '{"uplink_message":{"f_cnt":9,"x":{"1":1,"2":2,"1":3}}}'],
  ];
  for (const [name, body] of twice) {
    it(`P26 flags the name ${JSON.stringify(name)} that stands twice in ${body}`, () => {
      const message = decode(upTopic(), bytesOf(body));
      assert.ok(message.kind === "uplink");
      assert.equal(message.fCnt, 9, "the last one counts");
      assert.equal(message.problems.length, 1);
      const shown = name === "" ? '""' : name;
      assert.equal(message.problems[0], `${shown} stands twice, the last one counts`);
    });
  }

  it("P26 flags nothing where no name stands twice in one object", () => {
    for (const body of [
      '{"uplink_message":{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}}',
      '{"uplink_message":{"a":"\\"a\\":1,\\"a\\":2","b":"a:b:c","A":1}}',
      '{"uplink_message":{"__proto__":{"constructor":1},"constructor":2,"ü":"\\\\"}}',
    ]) {
      const message = decode(upTopic(), bytesOf(body));
      assert.ok(message.kind === "uplink");
      assert.deepEqual(message.problems, [], body);
    }
    for (const { name, bytes } of golden) {
      const parsed = parseJson(bytes);
      assert.ok("value" in parsed);
      assert.equal(parsed.duplicateName, undefined, name);
    }
  });

  it("P26 makes hidden characters of the name visible", () => {
    const message = decode(upTopic(), bytesOf('{"uplink_message":{"\u202ea":1,"\u202ea":2}}'));
    assert.ok("problems" in message);
    assert.deepEqual(message.problems, ['"\\u{202e}a" stands twice, the last one counts']);
  });

  it("M14 notes an uplink whose FCnt came before with the same ids", () => {
    const named = (f_cnt: number, session_key_id = "AQ==") => ({
      body: uplinkBody(
        { f_cnt, session_key_id },
        { end_device_ids: { dev_addr: "260B4A7C" }, correlation_ids: [`gs:uplink:${f_cnt}`] },
      ),
    });
    const notes = modelAfter([named(5), named(5), named(6), named(6, "Ag=="), named(6, "Ag==")]);
    const repeated = "repeated: the same FCnt came before";
    assert.deepEqual(
      notes.entries.map(({ note }) => note),
      [undefined, repeated, undefined, undefined, repeated],
    );
    const golden5 = {
      topic: goldenNamed("up").topic,
      body: Buffer.from(goldenNamed("up").bytes).toString(),
    };
    const twice = modelAfter([golden5, golden5]).entries;
    assert.match(twice[1]?.note ?? "", /repeated/);
  });
});

describe("identity: a frame counter that none can be", () => {
  for (const f_cnt of [-1, 1.5, 4_294_967_296, 1e300, "7", "", null, true, [], {}]) {
    it(`P13 is absent when f_cnt is ${JSON.stringify(f_cnt)}`, () => {
      const message = decodeAs("uplink", upTopic(), uplinkBody({ f_cnt }));
      assert.equal(message.fCnt, undefined);
      assert.equal(message.problems.length, 1);
      const ids = { session_key_id: "AQ==" };
      const { application, entries } = modelAfter([
        { body: uplinkBody({ f_cnt: 500, ...ids }) },
        { body: uplinkBody({ f_cnt, ...ids }) },
        { body: uplinkBody({ f_cnt: 501, ...ids }) },
      ]);
      assert.deepEqual(
        entries.map(({ note }) => note),
        [undefined, undefined, undefined],
      );
      const [, bad] = entries;
      assert.ok(bad);
      assert.doesNotMatch(eventLine(bad, application), /#\d|undefined|reset/);
    });
  }

  it("P13 is 0 when the server leaves it out, and absent when the uplink is simulated", () => {
    assert.equal(decodeAs("uplink", upTopic(), uplinkBody({})).fCnt, 0);
    assert.equal(
      decodeAs("uplink", upTopic(), uplinkBody({}, { simulated: true })).fCnt,
      undefined,
    );
    assert.equal(
      decodeAs("uplink", upTopic(), uplinkBody({ f_cnt: 4_294_967_295 })).fCnt,
      2 ** 32 - 1,
    );
  });
});

describe("identity: the message as it came", () => {
  const odd =
    '{ "uplink_message" :{"z":1,"10":2,"2":9007199254740993,\n\t"big":1e400,"f_port":1.0, "a":1,"a":"\\u0061","frm_payload":"vu8="}, "n":-0}';
  const entry = {
    ...{ id: 1, at: 0, applicationKey: "k", topic: upTopic(), note: undefined },
    content: decode(upTopic(), bytesOf(odd)),
  };

  it("P24 keeps numbers, order and repeated names in the readable document", () => {
    const shown = messageJson(entry, bytesOf(odd));
    assert.equal(
      shown.replace(/\s*\n\s*/g, " "),
      '{ "uplink_message": { "z": 1, "10": 2, "2": 9007199254740993, "big": 1e400, "f_port": 1.0, "a": 1, "a": "\\u0061", "frm_payload": "vu8=", "frm_payload (hex)": "BE EF" }, "n": -0 }',
    );
  });

  it("P24 shows the very same text as raw", () => {
    assert.equal(rawMessage(bytesOf(odd)), odd);
    for (const { name, bytes } of golden) {
      const text = Buffer.from(bytes).toString();
      if (!/uplink_token|app_s_key/.test(text)) assert.equal(rawMessage(bytes), text, name);
    }
    assert.equal(rawMessage(bytesOf('{"broken": 1,')), '{"broken": 1,');
    assert.equal(rawMessage(bytesOf('{"a":"\u202e"}')), '{"a":"\\u202e"}');
  });

  it("P24 X01 shows no secret as raw", () => {
    const secret = `{ "app_s_key" : {"key":"00112233","x":[{"y":"44"}]} ,"b": [{"uplink_t\\u006fken":"55"} ], "c":1}`;
    assert.equal(
      rawMessage(bytesOf(secret)),
      '{ "app_s_key" :"(not shown)" ,"b": [{"uplink_t\\u006fken":"(not shown)"} ], "c":1}',
    );
    const escaped = canaryKey.replace("SECRET", "\\u0053ECRET").replace("N", "\\u004e");
    for (const text of [canaryKey, escaped, Buffer.from(canaryKey).toString("base64")]) {
      for (const body of [`{"a":"${text}"}`, `{"${text}":1}`, `broken ${text}`]) {
        const content = decode(upTopic(), bytesOf(body));
        for (const shown of [
          rawMessage(bytesOf(body)),
          messageJson({ ...entry, content }, bytesOf(body)),
        ]) {
          assert.ok(!shown.includes("SECRETPART") && !shown.includes("ECRETPART"), shown);
        }
      }
    }
    assert.match(rawMessage(Uint8Array.of(0xff, 0)), /"hex": "FF 00"/);
    assert.match(rawMessage(undefined), /no longer kept/);
  });
});
