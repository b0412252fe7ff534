import assert from "node:assert/strict";
import { payloadLimit, type PayloadLimit } from "../../src/stack/payloadLimit";
import {
  checkDraft,
  countProblems,
  shownPayload,
  toDownlinkInput,
  typedOptions,
} from "../../src/views/downlink/downlinkDraft";
import { buildDownlink } from "../../src/stack/downlink";
import type { DraftDownlink, PayloadFormat } from "../../src/protocol/downlinkPage";
import { draftOf, hexDownlink } from "../support/downlinkFakes";

const target = {
  applicationUid: "soil-lab@ttn",
  deviceId: "pump-controller-3",
  isKnownDevice: true,
  payloadLimit: undefined,
};
const now = Date.parse("2026-11-23T12:00:00Z");
const createId = () => "tts-explorer:0000000000000000000000007K2P";

function typed(format: PayloadFormat, text: string, more: Partial<DraftDownlink> = {}) {
  const base = hexDownlink("");
  const typedAs = format === "fields" ? "hex" : format;
  return { ...base, format, typedAs, texts: { ...base.texts, [format]: text }, ...more } as const;
}

function previewOf(downlink: DraftDownlink) {
  const [preview] = checkDraft({ downlinks: [downlink] }, target, createId, now).preview.downlinks;
  assert.ok(preview);
  return preview;
}

describe("downlink panel: preview of a draft", () => {
  it("shows bytes and the other forms", () => {
    const preview = previewOf(typed("hex", "be:ef 0A41"));
    assert.equal(preview.byteCount, 4);
    assert.deepEqual(preview.texts, { hex: "BE EF 0A 41", base64: "vu8KQQ==", text: undefined });
    assert.equal(preview.visibleText, undefined);
  });

  it("makes control characters in text visible", () => {
    assert.match(
      previewOf(typed("hex", "41 00 1B E2 80 AE")).visibleText ?? "",
      /^A\\u\{0\}\\u\{1b\}/,
    );
  });

  it("gives exactly the topic and the JSON that would be published", () => {
    const { publish, preview } = checkDraft(
      draftOf(hexDownlink("BEEF"), typed("fields", '{"valve":"open"}', { confirmed: true })),
      target,
      createId,
      now,
    );
    assert.equal(publish?.topic, "v3/soil-lab@ttn/devices/pump-controller-3/down/push");
    assert.deepEqual(JSON.parse(publish.body), {
      downlinks: [
        { f_port: 15, frm_payload: "vu8=", priority: "NORMAL", correlation_ids: [createId()] },
        {
          f_port: 15,
          decoded_payload: { valve: "open" },
          priority: "NORMAL",
          confirmed: true,
          correlation_ids: [createId()],
        },
      ],
    });
    assert.deepEqual(preview.publish, publish);
    assert.deepEqual(preview.problems, []);
  });

  it("tells the problem of each field of each downlink", () => {
    const { preview } = checkDraft(
      draftOf(hexDownlink("BEE", "0"), hexDownlink(), hexDownlink("", "224")),
      { ...target, deviceId: "Pump" },
      createId,
      now,
    );
    assert.deepEqual(
      preview.problems.map(({ item, field }) => `${item} ${field}`),
      ["-1 device", "0 fPort", "0 payload", "2 fPort", "2 payload"],
    );
    assert.equal(preview.publish, undefined);
    assert.equal(countProblems(preview.problems, "push"), 5);
    assert.equal(countProblems(preview.problems, "clear"), 1);
  });

  it("asks for an application if none is chosen", () => {
    const { preview } = checkDraft(
      draftOf(hexDownlink()),
      { ...target, applicationUid: undefined },
      createId,
      now,
    );
    assert.deepEqual(preview.problems, [
      { item: -1, field: "application", message: "Choose an application." },
    ]);
  });

  it("warns of an end device never seen, once its id is complete", () => {
    const warning = (deviceId: string) =>
      checkDraft(draftOf({}), { ...target, deviceId, isKnownDevice: false }, createId, now).preview
        .deviceWarning;
    assert.match(warning("pump-9"), /Never seen/);
    assert.equal(warning("pu"), "");
    assert.equal(warning(""), "");
  });

  it("warns of what does not fit at slow data rates and of hex read as base64", () => {
    assert.deepEqual(previewOf(hexDownlink("00".repeat(50))).hints, []);
    assert.match(previewOf(hexDownlink("00".repeat(51))).hints.join(), /More than 50 bytes/);
    assert.match(previewOf(typed("base64", "BEEF")).hints.join(), /base64 it is 04 41 05/);
    assert.match(previewOf(typed("fields", "{}")).hints.join(), /payload formatter/);
  });

  describe("measured against the data rate of the last uplink", () => {
    const heard = (spreadingFactor: number, frequency: number) =>
      payloadLimit({ modulation: "LoRa", spreadingFactor, bandwidth: 125_000 }, frequency);
    const measured = (bytes: number, limit: PayloadLimit | undefined, more = {}) => {
      const draft = draftOf({ ...hexDownlink("00".repeat(bytes)), ...more });
      const near = { ...target, payloadLimit: limit };
      const [preview] = checkDraft(draft, near, createId, now).preview.downlinks;
      assert.ok(preview);
      return preview;
    };

    it("says nothing about what fits, and how much that is", () => {
      const preview = measured(112, heard(9, 868_100_000));
      assert.deepEqual(preview.limit, { bytes: 114, basis: "SF9 in EU868 or RU864 (a guess)" });
      assert.deepEqual([preview.hints, preview.warnings], [[], []]);
    });

    it("counts the commands of the network", () => {
      const sf12 = heard(12, 863_500_000);
      assert.deepEqual(measured(48, sf12).hints, []);
      assert.match(measured(49, sf12).hints.join(), /up to 3 bytes: then 48 fit/);
      assert.deepEqual(measured(50, sf12).warnings, []);
      assert.match(
        measured(51, sf12).warnings.join(),
        /^51 bytes fit at SF12 in EU868 only without/,
      );
    });

    it("warns with the numbers of what does not fit, or only in some bands", () => {
      const [warning = ""] = measured(52, heard(12, 863_500_000)).warnings;
      assert.match(warning, /^52 bytes do not fit at SF12 in EU868: 50 do\./);
      const [maybe = ""] = measured(60, heard(10, 923_200_000)).warnings;
      assert.match(maybe, /^60 bytes may not fit at SF10 in AS923 or AU915 \(a guess\)/);
      assert.match(maybe, /from 10 to 241 bytes do/);
      assert.equal(measured(243, heard(7, 863_500_000)).limit?.bytes, 241);
    });

    it("takes the second window's data rate for class B and C", () => {
      const preview = measured(60, heard(7, 863_500_000), { classBC: true });
      assert.equal(preview.limit?.bytes, 50);
      assert.match(preview.warnings.join(), /60 bytes do not fit at the usual RX2 data rate/);
      assert.deepEqual(measured(60, heard(7, 863_500_000)).warnings, []);
    });
  });

  it("takes class B and C only when chosen, and attempts as typed", () => {
    const options = { gateways: "roof-gw-1,\nbarn-gw-2", absoluteTime: " 2026-11-23T12:01:00Z " };
    const inputOf = (more: Partial<DraftDownlink>) =>
      toDownlinkInput(draftOf({ ...hexDownlink(), ...options, ...more }), target, "push")
        .downlinks[0];
    assert.equal(inputOf({})?.classBC, undefined);
    assert.deepEqual(inputOf({ classBC: true, maximumAttempts: " 4 " }), {
      ...inputOf({}),
      maximumAttempts: "4",
      classBC: { gateways: ["roof-gw-1", "barn-gw-2"], absoluteTime: "2026-11-23T12:01:00Z" },
    });
  });

  it("D11 marks the time and the gateways that are wrong", () => {
    const problemsOf = (more: Partial<DraftDownlink>) =>
      checkDraft(
        draftOf({ ...hexDownlink(), classBC: true, ...more }),
        target,
        createId,
        now,
      ).preview.problems.map(({ item, field }) => [item, field]);
    assert.deepEqual(problemsOf({ absoluteTime: "2026-11-23T11:00:00Z" }), [[0, "absoluteTime"]]);
    assert.deepEqual(problemsOf({ gateways: "Roof" }), [[0, "gateways"]]);
    assert.deepEqual(problemsOf({ classBC: false, gateways: "Roof" }), []);
  });

  it("brings class B and C and attempts back as they were sent", () => {
    const typedAgain = { classBC: true, maximumAttempts: "4", gateways: "roof-gw-1, barn-gw-2" };
    const sent = { ...hexDownlink(), ...typedAgain, confirmed: true };
    const time = "2026-11-23T12:01:00Z";
    const input = toDownlinkInput(draftOf({ ...sent, absoluteTime: time }), target, "push");
    const built = buildDownlink(input, createId, now);
    assert.ok(!("errors" in built) && built.downlinks[0]);
    assert.deepEqual(typedOptions(built.downlinks[0]), { ...typedAgain, absoluteTime: time });
  });

  it("keeps the preview of oversized payloads small", () => {
    const preview = previewOf(hexDownlink("00".repeat(30_000)));
    assert.equal(preview.byteCount, 30_000);
    assert.deepEqual(preview.texts, {});
  });

  it("takes correlation ids by comma or line", () => {
    const [item] = toDownlinkInput(
      draftOf({ ...hexDownlink(), correlationIds: " a, b\n\nc ,," }),
      target,
      "push",
    ).downlinks;
    assert.deepEqual(item?.correlationIds, ["a", "b", "c"]);
  });

  it("clears by replacing with nothing", () => {
    const input = toDownlinkInput(draftOf(hexDownlink()), target, "clear");
    assert.equal(input.operation, "replace");
    assert.deepEqual(input.downlinks, []);
  });
});

describe("downlink panel: changing the format", () => {
  const from = (downlink: DraftDownlink, format: PayloadFormat) =>
    shownPayload({ ...downlink, format });

  it("converts the same bytes, back and forth, without touching what was typed", () => {
    const downlink = typed("hex", "be:ef");
    assert.equal(from(downlink, "base64").text, "vu8=");
    assert.equal(from(downlink, "hex").text, "be:ef");
    assert.equal(from(typed("text", "Aé"), "hex").text, "41 C3 A9");
    assert.equal(from(typed("base64", "QQ"), "text").text, "A");
  });

  it("keeps what cannot be converted and says so", () => {
    const wrong = from(typed("hex", "BEEG"), "base64");
    assert.equal(wrong.text, "");
    assert.match(wrong.hint ?? "", /kept under Hex/);
    assert.match(from(typed("hex", "BEEF"), "text").hint ?? "", /no plain text/);
    assert.equal(from(typed("hex", "BEEF"), "fields").text, "");
    assert.equal(from(typed("hex", "BEEF"), "fields").hint, undefined);
  });

  it("never converts into text that reads back to other bytes", () => {
    for (const hex of ["0D 0A", "EF BB BF 41", "00", "7F"]) {
      assert.equal(from(typed("hex", hex), "text").text, "", hex);
    }
    assert.equal(from(typed("hex", "41 0A 09"), "text").text, "A\n\t");
  });

  it("sends what the box shows", () => {
    const [item] = toDownlinkInput(
      draftOf({ ...typed("hex", "BEEF"), format: "base64" }),
      target,
      "push",
    ).downlinks;
    assert.equal(item?.payload, "vu8=");
    assert.equal(item.payloadFormat, "base64");
  });
});
