import assert from "node:assert/strict";
import type { EncodeRequest, LocalEncoding } from "../../src/formatters/workbench/downlinks";
import { maximumDownlinks } from "../../src/protocol/downlinkPage";
import { Emitter } from "../../src/util/emitter";
import { encodingHints, LocalEncodings } from "../../src/views/downlink/localEncodings";
import { blankDownlink } from "../../src/webview/downlink/drafts";
import type { PayloadLimit } from "../../src/stack/payloadLimit";
import { slowestLimit } from "../support/downlinkFakes";
import { eventually } from "../support/eventually";

const encoding: LocalEncoding = {
  formatter: "codecs/pump.js",
  answer: { milliseconds: 1, result: { f_port: 15, frm_payload: [1, 0, 15], warnings: ["long"] } },
  decodedAgain: { valve: "open" },
  isRoundTrip: true,
  losses: [],
};

function form(limit?: PayloadLimit) {
  const asked: EncodeRequest[] = [];
  const changes = new Emitter<void>();
  let answer: LocalEncoding | undefined = encoding;
  let known = 0;
  const encodings = new LocalEncodings(
    {
      encode: (request) => {
        asked.push(request);
        return Promise.resolve(answer);
      },
      onDidChange: changes.event,
    },
    () => known++,
  );
  const preview = (fields: string, options: object = {}) =>
    encodings
      .addTo(
        {
          downlinks: [{ texts: {}, shown: fields, hints: ["first"], warnings: [] }],
          problems: [],
          deviceWarning: "",
          publish: undefined,
        },
        {
          target: { applicationKey: "key", deviceId: "pump-1" },
          draft: {
            downlinks: [
              {
                ...blankDownlink,
                format: "fields",
                fPort: "15",
                texts: { ...blankDownlink.texts, fields },
                ...options,
              },
            ],
          },
        },
        "farm@demo",
        limit,
      )
      .downlinks.flatMap(({ hints, warnings }) => [...hints, ...warnings]);
  return {
    ...{ asked, changes, encodings, preview },
    setAnswer: (next: LocalEncoding | undefined) => (answer = next),
    known: (count: number) => eventually(`${count} answers`, () => known === count),
  };
}

describe("LocalEncodings", () => {
  it("asks once for each text, and adds what comes to the server's hint", async () => {
    const { preview, asked, known } = form();
    assert.deepEqual(preview('{"valve":"open"}'), ["first"]);
    await known(1);
    assert.deepEqual(preview('{ "valve": "open" }'), [
      "first",
      "Encoded here with codecs/pump.js: 01 00 0F on FPort 15 (3 bytes).",
      "Warning of codecs/pump.js: long",
    ]);
    assert.deepEqual(asked, [
      { application: "farm@demo", deviceId: "pump-1", fPort: 15, data: { valve: "open" } },
    ]);
  });

  it("warns when the bytes encoded here do not fit", async () => {
    const tiny = { ...slowestLimit, bytes: 1, atBest: 1 };
    const { preview, known } = form(tiny);
    preview('{"valve":"open"}');
    await known(1);
    assert.match(preview('{"valve":"open"}').join(), /3 bytes do not fit at SF12 in EU868: 1 do/);
    assert.doesNotMatch(preview('{"valve":"open"}', { sendEncoded: true }).join(), /not fit/);
  });

  it("asks for nothing but fields that can be read", () => {
    const { preview, asked } = form();
    preview("{");
    preview('{"a":1}', { format: "hex" });
    assert.deepEqual(asked, []);
  });

  it("says nothing where no formatter is bound, and asks anew when that changes", async () => {
    const { preview, asked, changes, setAnswer, known } = form();
    setAnswer(undefined);
    preview("{}");
    await known(1);
    setAnswer(encoding);
    assert.deepEqual(preview("{}"), ["first"]);
    assert.equal(asked.length, 1);
    changes.fire();
    await known(2);
    preview("{}");
    await known(3);
    assert.equal(preview("{}").length, 3);
  });

  it("keeps what is known until the new answer is there, and asks once for each change", async () => {
    const { preview, asked, changes, setAnswer, known } = form();
    preview("{}");
    await known(1);
    setAnswer({ ...encoding, formatter: "codecs/new.js" });
    changes.fire();
    assert.match(preview("{}")[1] ?? "", /codecs\/pump\.js/);
    preview("{}");
    await known(3);
    assert.match(preview("{}")[1] ?? "", /codecs\/new\.js/);
    assert.equal(asked.length, 2);
  });

  it("knows all downlinks of the largest draft at once", async () => {
    const { encodings, asked, known } = form();
    const downlinks = Array.from({ length: maximumDownlinks }, (_, index) => ({
      ...blankDownlink,
      format: "fields" as const,
      sendEncoded: true,
      texts: { ...blankDownlink.texts, fields: `{"n":${index}}` },
    }));
    const target = { applicationKey: "key", deviceId: "pump-1" };
    const encoded = () => encodings.encoded({ draft: { downlinks }, target }, "farm@demo");
    assert.equal(encoded().isPending, true);
    await known(maximumDownlinks);
    assert.equal(encoded().isPending, false);
    assert.equal(asked.length, maximumDownlinks);
  });

  it("says what fails, what differs on the way back, and which FPort the encoder chose", () => {
    const error = { name: "output_errors", code: "ABORTED", message: "valve is\u202e open" };
    assert.deepEqual(encodingHints({ ...encoding, answer: { milliseconds: 1, error } }, 15), [
      "Encoding fails here with codecs/pump.js: valve is\\u{202e} open",
    ]);
    const [first, , last] = encodingHints({ ...encoding, isRoundTrip: false }, 14);
    assert.match(first ?? "", /on FPort 15, not the one above \(3 bytes\)\.$/);
    assert.equal(last, 'Decoded again the fields differ: {"valve":"open"}');
  });

  it("says what the encoder drops in place of the comparison, and of an empty form what it takes", async () => {
    const { preview, setAnswer, known } = form();
    setAnswer({ ...encoding, isRoundTrip: false, losses: ["mode is dropped."] });
    preview('{"mode":"eco"}');
    await known(1);
    assert.deepEqual(preview('{"mode":"eco"}').slice(3), ["mode is dropped."]);
    preview(" ");
    await known(2);
    assert.deepEqual(preview(" "), ["first", "mode is dropped."]);
  });
});
