/** A downlink as the server takes or tells it, pasted where only its fields are wanted. */
import assert from "node:assert/strict";
import { checkDownlinkFile } from "../../src/stack/downlinkFile/downlinkFileCheck";
import { parseFields } from "../../src/stack/fieldsPayload";
import { asDownlinkFile, readPush } from "../../src/stack/pastedPush";

const item = { f_port: 15, frm_payload: "vu8=", priority: "HIGH", confirmed: true };
const fields = { f_port: 3, decoded_payload: { valve: "open" } };

describe("A pasted push", () => {
  it("is recognised whole, as one of its items and as a message about it", () => {
    for (const value of [
      { downlinks: [item] },
      item,
      { end_device_ids: { device_id: "a" }, downlink_queued: item },
      { downlink_failed: { downlink: item, error: {} } },
      { downlink_ack: { ...item, session_key_id: "x", f_cnt: 3 }, correlation_ids: ["a"] },
    ]) {
      assert.deepEqual(readPush(value), [
        {
          ...{ fPort: 15, priority: "HIGH", confirmed: true },
          payload: { format: "base64", text: "vu8=" },
        },
      ]);
    }
    const [first, second] = readPush({ downlinks: [fields, item] }) ?? [];
    assert.deepEqual(first?.payload, { format: "fields", fields: { valve: "open" } });
    assert.equal(second?.fPort, 15);
  });

  it("is nothing that an encoder may be given", () => {
    for (const value of [
      ...[null, 5, "x", [], {}, { downlinks: [] }, { downlinks: 5 }, { downlinks: [5] }],
      ...[{ valve: "open" }, { f_port: 3 }, { priority: "HIGH", confirmed: true }],
      ...[{ frm_payload: "vu8=", valve: "open" }, { downlinks: [{ valve: 1 }] }],
      ...[{ decoded_payload: 5 }, { downlink_queued: { valve: 1 } }],
    ]) {
      assert.equal(readPush(value), undefined, JSON.stringify(value));
    }
  });

  it("is refused as fields, and the words say what to enter instead", () => {
    const problem = (value: unknown) => {
      const read = parseFields(JSON.stringify(value));
      return "problem" in read ? read.problem : "";
    };
    assert.match(
      problem({ downlinks: [item] }),
      /whole push.* choose Base64 and enter vu8= on FPort 15\./,
    );
    assert.match(problem(fields), /Enter only its fields on FPort 3: \{"valve":"open"\}$/);
    assert.match(problem({ downlinks: [fields, item] }), /It holds 2 downlinks\./);
    assert.equal(problem({ valve: "open" }), "");
  });

  it("is shown as the downlink file that it would be, which is a good one", () => {
    for (const each of [item, fields]) {
      const text = JSON.stringify({ downlinks: [each] });
      const { file, problems } = checkDownlinkFile(text);
      assert.equal(file, undefined);
      assert.equal(problems.length, 1);
      const [, suggested = ""] = /As a downlink file: (.*)$/.exec(problems[0]?.message ?? "") ?? [];
      assert.deepEqual(checkDownlinkFile(suggested).problems, []);
      assert.ok(checkDownlinkFile(suggested).file);
      const [push] = readPush(each) ?? [];
      assert.ok(push && asDownlinkFile(push) === suggested);
    }
  });
});
