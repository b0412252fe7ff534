import assert from "node:assert/strict";
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
    assert.deepEqual(previewOf(hexDownlink("00".repeat(51))).hints, []);
    assert.match(previewOf(hexDownlink("00".repeat(52))).hints.join(), /More than 51 bytes/);
    assert.match(previewOf(typed("base64", "BEEF")).hints.join(), /base64 it is 04 41 05/);
    assert.match(previewOf(typed("fields", "{}")).hints.join(), /payload formatter/);
  });

  it("measures against the data rate of the last uplink when it is known", () => {
    const near = { ...target, payloadLimit: { bytes: 115, dataRate: "SF9" } };
    const preview = (bytes: number) =>
      checkDraft(draftOf(hexDownlink("00".repeat(bytes))), near, createId, now).preview
        .downlinks[0];
    assert.deepEqual(preview(115)?.limit, near.payloadLimit);
    assert.deepEqual(preview(115)?.hints, []);
    assert.match(preview(116)?.hints.join() ?? "", /More than 115 bytes hardly fit at SF9/);
    assert.deepEqual(preview(243)?.limit, near.payloadLimit);
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
