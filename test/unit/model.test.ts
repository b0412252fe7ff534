import assert from "node:assert/strict";
import { Model, type ModelChange } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import { eventLine } from "../../src/views/log/eventLine";
import { TreeNodes } from "../../src/views/tree/treeNodes";
import {
  decodeAs,
  bytesOf,
  golden,
  soilLab,
  soilLabDevice,
  soilLabKey,
  upTopic,
} from "../support/fixtures";

const now = Date.parse("2026-02-23T09:00:00Z");
const empty = new Uint8Array();

function modelOf(...errors: unknown[][]): Model {
  const model = new Model({
    maximumMessages: 100,
    maximumBytes: 1_000_000,
    onListenerError: (error) => errors[0]?.push(error),
  });
  model.setApplications([soilLab]);
  return model;
}

function receive(
  model: Model,
  suffix: string,
  body: unknown,
  at = now,
  deviceId = "probe-1",
): void {
  const topic = upTopic(deviceId, suffix);
  const bytes = body instanceof Uint8Array ? body : bytesOf(body);
  model.apply(soilLabKey, topic, decode(topic, bytes), bytes, at);
}

function changesOf(model: Model): ModelChange[] {
  const changes: ModelChange[] = [];
  model.onDidChange((change) => changes.push(change));
  return changes;
}

describe("Model", () => {
  it("takes in every kind of message, with its raw body and its device", () => {
    const model = modelOf();
    const changes = changesOf(model);
    for (const { topic, bytes } of golden)
      model.apply(soilLabKey, topic, decode(topic, bytes), bytes, now);
    assert.equal(model.events.size, golden.length);
    golden.forEach(({ kind, bytes }, index) => {
      assert.equal(model.events.get(index + 1)?.content.kind, kind);
      assert.deepEqual(model.events.rawOf(index + 1), Uint8Array.from(bytes));
    });
    assert.equal(model.application(soilLabKey)?.receivedCount, golden.length);
    assert.deepEqual(
      changes.map(({ isNewDevice }) => isNewDevice),
      golden.map((_, index) => index === 0),
    );
    assert.ok(changes.every(({ endDevice }) => endDevice?.deviceId === soilLabDevice));
  });

  it("P01 lists the device and counts when its message cannot be decoded", () => {
    const model = modelOf();
    receive(model, "up", empty);
    const application = model.application(soilLabKey);
    assert.equal(application?.undecodableCount, 1);
    assert.equal(application.endDevices.get("probe-1")?.undecodableCount, 1);
  });

  it("T01 keeps the event but lists no device when the topic is unknown", () => {
    const model = modelOf();
    model.apply(soilLabKey, "v2/x", decode("v2/x", empty), empty, now);
    const application = model.application(soilLabKey);
    assert.equal(application?.endDevices.size, 0);
    assert.equal(application.undecodableCount, 1);
    assert.equal(model.events.size, 1);
  });

  it("T01 T12 writes a line for what is on an unknown topic", () => {
    const model = modelOf();
    const application = model.application(soilLabKey);
    assert.ok(application);
    for (const topic of ["v2/x", "", "$SYS/broker/uptime", "$share/g/v3/x"]) {
      model.apply(soilLabKey, topic, decode(topic, empty), empty, now);
    }
    const lines = [...model.events.entries()].map((entry) => eventLine(entry, application));
    assert.equal(lines.length, 4);
    assert.ok(lines.every((line) => / e\d {5}BAD .*unknown topic, 0 bytes on /.test(line)));
    assert.match(lines[2] ?? "", /^\S+ {2}e3 .*on \$SYS\/broker\/uptime$/);
    assert.equal(application.receivedCount, 4);
  });

  it("T08 keeps a message under the topic's device, and would send there, when the body names another", () => {
    const model = modelOf();
    const application = model.application(soilLabKey);
    assert.ok(application);
    const body = { end_device_ids: { device_id: "probe-2" }, uplink_message: { f_cnt: 7 } };
    receive(model, "up", body);
    assert.deepEqual([...application.endDevices.keys()], ["probe-1"]);
    assert.equal(application.endDevices.get("probe-1")?.lastUplink?.fCnt, 7);
    const [entry] = model.events.entries();
    assert.ok(entry);
    assert.match(eventLine(entry, application), / probe-1 .*\(!\) the body names probe-2$/);
    const [row] = new TreeNodes(model).devices(application);
    assert.equal(row?.device.deviceId, "probe-1", "the row whose id its downlinks go to");
  });

  it("M15 keeps the order of arrival and notes what is out of the frame counter's order", () => {
    const model = modelOf();
    const session = (session_key_id: string, f_cnt: number) => ({
      received_at: new Date(now).toISOString(),
      uplink_message: { f_cnt, session_key_id },
    });
    for (const f_cnt of [5, 4, 6]) receive(model, "up", session("AQ==", f_cnt));
    receive(model, "join", { join_accept: { session_key_id: "Ag==" } });
    for (const f_cnt of [0, 7, 0]) receive(model, "up", session("Ag==", f_cnt));
    assert.deepEqual(
      [...model.events.entries()].map(({ content, note }) => [
        "fCnt" in content ? content.fCnt : content.kind,
        note,
      ]),
      [
        [5, undefined],
        [4, "late: a higher FCnt came before"],
        [6, undefined],
        ["join", undefined],
        [0, undefined],
        [7, undefined],
        [0, "FCnt reset"],
      ],
    );
  });

  it("counts for each application what is no longer kept, and nothing of one removed before it", () => {
    const model = new Model({ maximumMessages: 10, maximumBytes: 1_000_000 });
    const other = { ...soilLab, host: "127.0.0.1" };
    model.setApplications([soilLab, other]);
    const topic = upTopic("probe-1");
    const send = (key: string, count: number) => {
      for (let sent = 0; sent < count; sent++)
        model.apply(key, topic, decode(topic, empty), empty, now);
    };
    const evictedOf = () => model.applications.map(({ evictedCount }) => evictedCount);
    send(soilLabKey, 8);
    model.note(soilLabKey, { kind: "connection", text: "connected" }, now);
    send("127.0.0.1:8883/soil-lab@ttn", 5);
    assert.deepEqual(evictedOf(), [4, 0]);
    model.setApplications([other]);
    model.setApplications([soilLab, other]);
    send("127.0.0.1:8883/soil-lab@ttn", 10);
    assert.deepEqual(evictedOf(), [0, 5]);
  });

  it("ignores what comes for an application that was removed", () => {
    const model = modelOf();
    model.setApplications([]);
    const changes = changesOf(model);
    receive(model, "up", { uplink_message: {} });
    model.note(soilLabKey, { kind: "connection", text: "x" }, now);
    model.setConnection(soilLabKey, { phase: "stopped" });
    model.downlinks.cleared({ applicationKey: soilLabKey, deviceId: "probe-1" }, [], now);
    assert.equal(model.events.size, 0);
    assert.deepEqual(changes, []);
  });

  it("keeps the end devices of known applications when the list changes", () => {
    const model = modelOf();
    receive(model, "up", { uplink_message: {} });
    const other = { ...soilLab, application: "water-lab@ttn" };
    model.setApplications([other, { ...soilLab, label: "Soil" }], {
      ...soilLab,
      host: "127.0.0.1",
    });
    assert.deepEqual(
      model.applications.map(({ label, isDemo }) => [label, isDemo]),
      [
        ["water-lab@ttn", false],
        ["Soil", false],
        ["soil-lab@ttn", true],
      ],
    );
    assert.equal(model.application(soilLabKey)?.endDevices.size, 1);
    model.setApplications([]);
    model.setApplications([soilLab]);
    assert.equal(model.application(soilLabKey)?.endDevices.size, 0);
  });

  it("notes the how-manieth join it is when there was one before", () => {
    const model = modelOf();
    for (let count = 0; count < 4; count++)
      receive(model, "join", { join_accept: {} }, now + count * 1_000);
    assert.deepEqual(
      [...model.events.entries()].map(({ note }) => note),
      [undefined, "2nd join in 10 min", "3rd join in 10 min", "4th join in 10 min"],
    );
  });

  it("P16 marks a message when the server's clock is far from this one, and keeps the order of arrival", () => {
    const model = modelOf();
    const at = (milliseconds: number) => new Date(now + milliseconds).toISOString();
    const hour = 3_600_000;
    const body = (received_at: string) => ({ received_at, uplink_message: {} });
    receive(model, "up", body(at(hour)));
    receive(model, "up", body("2016-02-26T09:00:00Z"));
    receive(model, "up", body(at(-5_000)));
    receive(model, "up", body("0001-01-01T00:00:00Z"));
    receive(model, "up", body(at(-9 * hour)));
    const events = [...model.events.entries()];
    assert.deepEqual(
      events.map(({ note }) => note),
      [
        "server's clock 60 min ahead",
        "server's clock 3650 d behind",
        undefined,
        undefined,
        "server's clock 9 h behind",
      ],
    );
    assert.ok(events.every(({ at: arrival }) => arrival === now));
  });

  it("follows a downlink of ours by the messages that come in", () => {
    const model = modelOf();
    const downlink = {
      fPort: 15,
      bytes: Uint8Array.of(1),
      fields: undefined,
      priority: "NORMAL",
      confirmed: false,
      correlationId: "own-1",
      userCorrelationIds: [],
    } as const;
    model.downlinks.begin(
      { applicationKey: soilLabKey, deviceId: "probe-1", operation: "push" },
      [downlink],
      now,
    );
    receive(model, "down/queued", { downlink_queued: { correlation_ids: ["own-1"] } });
    assert.deepEqual(
      model.downlinks.get("own-1")?.steps.map(({ state }) => state),
      ["publishing", "queued"],
    );
    assert.equal(model.application(soilLabKey)?.endDevices.get("probe-1")?.pendingCount, 1);
  });

  describe("the count of what waits after a replace or clear of ours", () => {
    const queue = { applicationKey: soilLabKey, deviceId: "probe-1" };
    const prepared = (correlationId: string) => ({
      fPort: 15,
      bytes: Uint8Array.of(1),
      fields: undefined,
      priority: "NORMAL" as const,
      confirmed: false,
      correlationId,
      userCorrelationIds: [],
    });
    const says = (model: Model, what: string, ...ids: string[]) => {
      const downlink = { correlation_ids: ids };
      if (what === "failed") receive(model, "down/failed", { downlink_failed: { downlink } });
      else receive(model, `down/${what}`, { [`downlink_${what}`]: downlink });
    };
    const waiting = (model: Model) =>
      model.application(soilLabKey)?.endDevices.get("probe-1")?.pendingCount;

    it("falls when the server has queued what takes the place, once for all of a publish", () => {
      const model = modelOf();
      says(model, "queued", "as:downlink:A", "foreign");
      says(model, "queued", "as:downlink:B");
      const both = [prepared("own-1"), prepared("own-2")];
      model.downlinks.begin({ ...queue, operation: "replace" }, both, now);
      model.downlinks.published("own-1", now);
      assert.equal(waiting(model), 2);
      says(model, "queued", "as:downlink:C", "own-1");
      assert.equal(waiting(model), 1);
      says(model, "queued", "as:downlink:D", "own-2");
      assert.equal(waiting(model), 2);
    });

    it("stays when the server refuses the replacement, for it keeps the queue", () => {
      const model = modelOf();
      says(model, "queued", "as:downlink:A");
      model.downlinks.begin({ ...queue, operation: "replace" }, [prepared("own-1")], now);
      model.downlinks.published("own-1", now);
      says(model, "failed", "as:downlink:B", "own-1");
      assert.equal(waiting(model), 1);
    });

    it("does not count what a clear has thrown away before the server told that it was queued", () => {
      const model = modelOf();
      says(model, "queued", "as:downlink:A");
      model.downlinks.begin({ ...queue, operation: "push" }, [prepared("own-1")], now);
      const replaced = model.downlinks.begin({ ...queue, operation: "replace" }, [], now);
      model.downlinks.cleared(queue, replaced, now);
      assert.equal(waiting(model), 0);
      says(model, "queued", "as:downlink:B", "own-1");
      assert.equal(waiting(model), 0);
      says(model, "queued", "as:downlink:C");
      assert.equal(waiting(model), 1);
    });
  });

  it("does not count another application's message for a downlink of ours", () => {
    const model = modelOf();
    const evil = { ...soilLab, host: "evil.example.com" };
    model.setApplications([soilLab, evil]);
    const downlink = {
      fPort: 15,
      bytes: Uint8Array.of(1),
      fields: undefined,
      priority: "NORMAL",
      confirmed: false,
      correlationId: "own-1",
      userCorrelationIds: [],
    } as const;
    model.downlinks.begin(
      { applicationKey: soilLabKey, deviceId: "probe-1", operation: "push" },
      [downlink],
      now,
    );
    const message = decodeAs("downlinkAck", upTopic("probe-1"), {
      downlink_ack: { correlation_ids: ["own-1"] },
    });
    model.apply("evil.example.com:8883/soil-lab@ttn", "t", message, empty, now);
    assert.equal(model.downlinks.get("own-1")?.steps.length, 1);
  });

  it("writes the connection's own lines among the messages", () => {
    const model = modelOf();
    const changes = changesOf(model);
    model.setConnection(soilLabKey, { phase: "connected", since: now });
    model.note(soilLabKey, { kind: "gap", from: 1, to: 2 }, now);
    assert.deepEqual(model.application(soilLabKey)?.connection, { phase: "connected", since: now });
    assert.equal(model.events.get(1)?.content.kind, "gap");
    assert.deepEqual(
      changes.map(({ event }) => event?.id),
      [undefined, 1],
    );
  });

  it("L07 tells the others and goes on when a listener throws", () => {
    const errors: unknown[] = [];
    const model = modelOf(errors);
    model.onDidChange(() => {
      throw new Error("a view broke");
    });
    const changes = changesOf(model);
    receive(model, "up", { uplink_message: {} });
    receive(model, "up", { uplink_message: {} });
    assert.equal(changes.length, 2);
    assert.equal(errors.length, 2);
  });

  it("tells applications of the same name on two servers apart, and only those", () => {
    const model = new Model({ maximumMessages: 10, maximumBytes: 1_000 });
    const at = (host: string, port: number, more: object = {}) => ({
      ...{ application: "soil-lab@ttn", host, port, security: "tls" as const },
      ...more,
    });
    const names = () => model.applications.map(({ label, uid }) => [label, uid]);
    model.setApplications([at("eu1.example", 8883)]);
    assert.deepEqual(names(), [["soil-lab@ttn", "soil-lab@ttn"]]);
    model.setApplications([
      at("eu1.example", 8883),
      at("nam1.example", 8883),
      at("nam1.example", 8884, { label: "Farm" }),
      at("au1.example", 8883, { application: "other@ttn", label: "Farm" }),
    ]);
    assert.deepEqual(names(), [
      ["soil-lab@ttn (eu1.example)", "soil-lab@ttn(eu1.example)"],
      ["soil-lab@ttn (nam1.example)", "soil-lab@ttn(nam1.example:8883)"],
      ["Farm (nam1.example)", "soil-lab@ttn(nam1.example:8884)"],
      ["Farm (au1.example)", "other@ttn"],
    ]);
    for (const application of model.applications) {
      model.note(application.key, { kind: "connection", text: "connected" }, 0);
    }
    const lines = [...model.events.entries()].map((entry) => {
      const application = model.application(entry.applicationKey);
      assert.ok(application);
      return eventLine(entry, application, true);
    });
    assert.equal(new Set(lines.map((line) => line.slice(14))).size, 4);
    model.setApplications([at("eu1.example", 8883)]);
    assert.deepEqual(names(), [["soil-lab@ttn", "soil-lab@ttn"]]);
  });
});
