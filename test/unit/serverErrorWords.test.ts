import assert from "node:assert/strict";
import { decode } from "../../src/stack/decode";
import { describe as describeMessage } from "../../src/stack/describe";
import type { ServerError } from "../../src/stack/messages";
import { serverErrorWords } from "../../src/stack/serverErrorWords";
import { recordedMessages, recordedVariants } from "../support/realTraffic";

function failure(name: string, attributes: ServerError["attributes"] = {}): ServerError {
  return { namespace: "pkg/networkserver", name, text: "its own words", attributes };
}

function reasonOf(name: string, attributes: ServerError["attributes"] = {}): string | undefined {
  return serverErrorWords(failure(name, attributes))?.reason;
}

describe("serverErrorWords", () => {
  it("real-traffic 2 9 11-15 26: has a reason and what to do for every error that a real server was seen to send", () => {
    const names = new Set<string>();
    for (const { topic, bytes } of [...recordedMessages(), ...recordedVariants().values()]) {
      const message = decode(topic, bytes);
      if (message.kind !== "downlinkFailed") continue;
      const words = serverErrorWords(message.error);
      assert.ok(words && words.reason !== "" && words.advice !== "", message.error?.name);
      assert.ok(describeMessage(message).includes(words.reason.slice(0, 60)));
      names.add(message.error?.name ?? "");
    }
    assert.equal(names.size, 12, [...names].join(" "));
  });

  it("real-traffic 23: takes numbers that come as text", () => {
    const both = "120 bytes do not fit, 50 do";
    assert.equal(reasonOf("application_downlink_too_long", { length: 120, max: "50" }), both);
    assert.equal(reasonOf("application_downlink_too_long", { length: "120", max: 50 }), both);
    assert.equal(
      reasonOf("application_downlink_too_long", { max: "50" }),
      "it does not fit, 50 bytes do",
    );
    assert.match(reasonOf("max_retries_reached", { max_retries: "2" }) ?? "", / in 2 attempts$/);
    assert.match(reasonOf("max_retries_reached", { max_retries: 1 }) ?? "", / in 1 attempt$/);
    assert.match(
      reasonOf("f_cnt_too_low", { f_cnt: "0", min_f_cnt: "3" }) ?? "",
      /: 0, where 3 is/,
    );
  });

  for (const nonsense of ["many", "-1", "1e3", "", -1, 1.5, true, null, ["2"], { a: 2 }]) {
    it(`real-traffic 23: says no number when the attribute is ${JSON.stringify(nonsense)}`, () => {
      assert.equal(
        reasonOf("max_retries_reached", { max_retries: nonsense }),
        "the end device did not acknowledge it",
      );
    });
  }

  it("real-traffic 26: does not say to send again what only the application can encrypt", () => {
    const advice = serverErrorWords(failure("f_cnt_too_low"))?.advice ?? "";
    assert.doesNotMatch(advice, /send it again/i);
    assert.match(advice, /only the application/);
  });

  it("says what is wrong with a downlink that the server calls invalid", () => {
    const long = recordedVariants().get("downlink-failed.validation");
    assert.ok(long);
    const message = decode(long.topic, long.bytes);
    assert.ok(message.kind === "downlinkFailed");
    assert.match(serverErrorWords(message.error)?.reason ?? "", /longer than any frame/);
    assert.match(reasonOf("validation") ?? "", /its own words/);
  });
});
