import assert from "node:assert/strict";
import { isDraft, isWebviewMessage, maximumDownlinks } from "../../src/protocol/downlinkPage";
import { draftOf, hexDownlink } from "../support/downlinkFakes";

const target = { applicationKey: "key:soil-lab", deviceId: "pump-controller-3" };
const edit = { type: "edit", revision: 1, targetNumber: 1, target, draft: draftOf({}) };
const huge = "x".repeat(10_000_000);

/** The message with one downlink of its draft changed. */
function withDownlink(change: object) {
  return { ...edit, draft: { downlinks: [{ ...hexDownlink(), ...change }] } };
}

describe("protocol: messages of the page", () => {
  const good: readonly (readonly [name: string, message: unknown])[] = [
    ["ready", { type: "ready" }],
    ["ready with what it remembers", { type: "ready", target }],
    ["ready with an undefined target", { type: "ready", target: undefined }],
    ["edit", edit],
    ["edit with an unfinished device id", { ...edit, target: { ...target, deviceId: "-" } }],
    ["push", { ...edit, type: "send", operation: "push" }],
    ["clear", { ...edit, type: "send", operation: "clear" }],
    ["cancel", { type: "cancel" }],
    ["copy", { type: "copy", what: "topic" }],
    ["copyAs of the form", { type: "copyAs" }],
    ["copyAs of one that was sent", { type: "copyAs", correlationId: "tts-explorer:1" }],
    ["openEvents", { type: "openEvents" }],
  ];
  for (const [name, message] of good) {
    it(`accepts ${name}`, () => assert.equal(isWebviewMessage(message), true));
  }

  const hostile: readonly (readonly [name: string, message: unknown])[] = [
    ["undefined", undefined],
    ["null", null],
    ["a number", 7],
    ["a string", "ready"],
    ["an array", [{ type: "ready" }]],
    ["nothing in it", {}],
    ["an unknown type", { type: "publish", topic: "v3/x/devices/y/down/push", payload: "{}" }],
    ["a type of every object", { type: "constructor" }],
    ["a type that is no string", { type: { toString: () => "ready" } }],
    ["a type that is inherited", Object.create({ type: "ready" })],
    ["an own __proto__", JSON.parse('{"type":"ready","__proto__":{"target":null}}')],
    ["a field too many", { type: "ready", evil: true }],
    ["missing fields", { type: "edit", revision: 1 }],
    ["a revision that is no whole number", { ...edit, revision: 1.5 }],
    ["a revision that is no number", { ...edit, revision: NaN }],
    ["an unknown operation", { ...edit, type: "send", operation: "publish" }],
    ["a send without operation", { ...edit, type: "send" }],
    ["a long device id", { ...edit, target: { ...target, deviceId: huge } }],
    ["a device id that is an object", { ...edit, target: { ...target, deviceId: {} } }],
    ["a draft that is an array", { ...edit, draft: [] }],
    ["downlinks that only look like an array", { ...edit, draft: { downlinks: { length: 1 } } }],
    ["no downlink in the list", { ...edit, draft: { downlinks: [null] } }],
    ["an unknown priority", withDownlink({ priority: "URGENT" })],
    ["a priority of every object", withDownlink({ priority: "toString" })],
    ["an unknown format", withDownlink({ format: "bytes" })],
    ["fields as the typed bytes", withDownlink({ typedAs: "fields" })],
    ["confirmed as a string", withDownlink({ confirmed: "true" })],
    ["an FPort as a number", withDownlink({ fPort: 15 })],
    ["a long payload", withDownlink({ texts: { ...hexDownlink().texts, hex: huge } })],
    ["a missing text", withDownlink({ texts: { hex: "" } })],
    ["class B or C as a string", withDownlink({ classBC: "true" })],
    ["gateways as a list", withDownlink({ gateways: ["roof-gw-1"] })],
    ["long gateways", withDownlink({ gateways: huge })],
    ["a long time", withDownlink({ absoluteTime: huge })],
    ["attempts as a number", withDownlink({ maximumAttempts: 8 })],
    ["an end device of its own to cancel", { type: "cancel", target }],
    ["long correlation ids", withDownlink({ correlationIds: huge })],
    ["copying of a text of its own", { type: "copy", what: "body", text: "rm -rf" }],
    ["copying as a downlink of its own", { type: "copyAs", downlink: hexDownlink() }],
    ["copying as for an end device of its own", { type: "copyAs", target }],
    ["a long id to copy", { type: "copyAs", correlationId: huge }],
    ["an id to copy that is an object", { type: "copyAs", correlationId: {} }],
    ["an end device of its own to open", { type: "openEvents", target }],
  ];
  for (const [name, message] of hostile) {
    it(`W05 ignores ${name}`, () => assert.equal(isWebviewMessage(message), false));
  }

  it("bounds a draft as a whole", () => {
    const long = hexDownlink("0".repeat(60_000));
    assert.equal(isDraft(draftOf(...Array.from({ length: 4 }, () => long))), true);
    assert.equal(isDraft(draftOf(...Array.from({ length: 5 }, () => long))), false);
    assert.equal(
      isDraft(draftOf(...Array.from({ length: maximumDownlinks + 1 }, () => ({})))),
      false,
    );
  });
});
