import assert from "node:assert/strict";
import { createFormatter } from "../../src/formatters/createFormatter";
import type { CreateFormatter } from "../../src/formatters/workbench/bench";
import type { Outcome } from "../../src/formatters/workbench/outcome";
import { maximumQueued } from "../../src/formatters/workbench/liveQueue";
import {
  maximumOutcomes,
  Workbench,
  type BoundFile,
} from "../../src/formatters/workbench/workbench";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import { localLine } from "../../src/views/log/localLine";
import { latestText, reportParts } from "../../src/views/formatters/reportText";
import { eventually } from "../support/eventually";
import { bytesOf, soilLab, soilLabKey, soilLabUid, uplinkBody, upTopic } from "../support/fixtures";
import { ManualClock } from "../support/manualClock";
import { StandIns } from "../support/standInFormatter";

const source = "file:///codecs/soil.js";
const bound: BoundFile = {
  file: "codecs/soil.js",
  application: soilLabUid,
  devices: "soil-*",
  fPorts: undefined,
  profile: "2025",
  source,
};

class Bed {
  readonly clock = new ManualClock();
  readonly model = new Model({ maximumMessages: 5_000, maximumBytes: 16_000_000 });
  readonly standIns = new StandIns();
  readonly log: string[] = [];
  readonly live: Outcome[] = [];
  readonly workbench: Workbench;
  private fCnt = 0;

  constructor(create?: CreateFormatter) {
    this.model.setApplications([soilLab]);
    this.workbench = new Workbench({
      ...{ model: this.model, clock: this.clock },
      createFormatter: create ?? this.standIns.create,
      log: (line) => this.log.push(line),
    });
    this.workbench.onDidDecode(({ outcomes, isLive }) => {
      if (isLive) this.live.push(...outcomes);
    });
  }

  /** A device speaks; `server` is what the server decoded. Gives the id of the event. */
  uplink(octet: number, server?: object, deviceId = "soil-1", fPort = 2): number {
    const topic = upTopic(deviceId);
    const fields = {
      f_port: fPort,
      f_cnt: this.fCnt++,
      frm_payload: Buffer.of(octet).toString("base64"),
      ...(server && { decoded_payload: server }),
    };
    const bytes = bytesOf(uplinkBody(fields, { device_id: deviceId }));
    this.model.apply(soilLabKey, topic, decode(topic, bytes), bytes, this.clock.now());
    return this.model.events.nextEventId - 1;
  }

  /** Lets timers and promises go on until something holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    await eventually(what, () => {
      this.clock.advance(100);
      return holds();
    });
  }

  get report() {
    const report = this.workbench.report(source);
    assert.ok(report);
    return report;
  }

  async frames(count: number): Promise<void> {
    await this.until(`${count} frames`, () => this.report.frames === count);
  }

  line(outcome: Outcome): string | undefined {
    const entry = this.model.events.get(outcome.frame.eventId);
    const application = this.model.application(soilLabKey);
    assert.ok(entry && application);
    return localLine(entry, application, outcome);
  }
}

describe("Workbench", () => {
  it("loads and runs nothing without a binding, and hears nothing of the traffic", () => {
    const bed = new Bed();
    bed.uplink(1);
    bed.workbench.setText(source, "divide 10");
    bed.clock.advance(10_000);
    assert.deepEqual(bed.standIns.made, []);
    assert.equal(bed.clock.pending, 0);
    assert.equal(bed.workbench.report(source), undefined);
  });

  it("decodes the frames that came before the binding, and each that comes", async () => {
    const bed = new Bed();
    bed.uplink(100);
    bed.uplink(100, undefined, "pump-1");
    bed.uplink(100, undefined, "soil-2", 0);
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "divide 10");
    await bed.frames(1);
    const id = bed.uplink(50);
    await bed.frames(2);
    assert.deepEqual(bed.workbench.outcome(id)?.answer.result?.decoded_payload, { temperature: 5 });
    assert.equal(bed.workbench.latestOf(soilLabKey, "soil-1")?.frame.eventId, id);
    assert.equal(bed.live.length, 1);
    assert.equal(latestText(bed.report), "soil-1 #3 p2: temperature=5");
  });

  it("counts on save the frames that come out otherwise, against the last text that worked", async () => {
    const bed = new Bed();
    for (const octet of [0, 0, 10]) bed.uplink(octet);
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "divide 10");
    await bed.frames(3);
    assert.equal(bed.report.comparable, 0);
    bed.workbench.setText(source, "divide 100");
    await bed.until("the new results", () => bed.report.comparable === 3);
    assert.equal(bed.report.changed, 1);
    assert.deepEqual(
      reportParts(bed.report).map(({ text }) => text),
      ["3 frames ok", "1 of 3 differs from before"],
    );
    bed.workbench.setText(source, "throw 3");
    await bed.until("the failures", () => bed.report.failed === 3);
    bed.workbench.setText(source, "divide 100");
    await bed.until("the repair", () => bed.report.failed === 0 && bed.report.frames === 3);
    assert.equal(bed.report.changed, 0);
    const [, , last] = bed.workbench.outcomesOf(source);
    assert.ok(last);
    assert.deepEqual(bed.workbench.outcomeBefore(last.frame.eventId)?.answer.result, {
      decoded_payload: { temperature: 0.1 },
      decoded_payload_warnings: [],
    });
  });

  it("marks drift against the server with a line, and says nothing where both agree", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "divide 10");
    bed.uplink(3, { temperature: 0.1 + 0.2 });
    bed.uplink(225, { temperature: 22.4, odd: "a\u202eb" });
    bed.uplink(7);
    await bed.frames(3);
    const [same, differs, alone] = bed.live;
    assert.ok(same && differs && alone);
    assert.equal(bed.line(same), undefined);
    assert.match(
      bed.line(differs) ?? "",
      /^\d\d:\d\d:\d\d\.\d{3} {2}d2 {5}DRIFT soil-1 +#1 +p2 +local temperature=22\.5 odd=\(none\) {2}server temperature=22\.4 odd="a\\u\{202e\}b"$/,
    );
    assert.match(bed.line(alone) ?? "", / d3 {5}LOCAL soil-1 +#2 +p2 +temperature=0\.7$/);
    assert.equal(bed.report.drifting, 1);
    assert.equal(bed.report.decodedByServer, 2);
  });

  it("names each problem once, with its place and how many frames have it", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "throw 7");
    for (const octet of [1, 2, 3]) bed.uplink(octet);
    await bed.frames(3);
    const [problem, ...others] = bed.report.problems;
    assert.deepEqual(others, []);
    assert.equal(problem?.text, "boom (3 frames, the last soil-1 #2 p2)");
    assert.deepEqual(problem.place, { line: 7, column: 5 });
    bed.workbench.setText(source, "divide 1");
    bed.uplink(250);
    await bed.until("the warning", () => bed.report.frames === 4 && bed.report.failed === 0);
    assert.deepEqual(
      bed.report.problems.map(({ severity, text }) => [severity, text]),
      [["information", "Formatter's warning: very warm (soil-1 #3 p2)"]],
    );
  });

  it("tells once each what only a run on this machine shows: time and values without meaning", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "odd");
    for (const octet of [1, 2, 3]) bed.uplink(octet);
    await bed.frames(3);
    assert.deepEqual(
      bed.report.problems.map(({ severity, text, place }) => [severity, place, text]),
      [
        [
          "warning",
          undefined,
          ".at3 is a BigInt. The server stores meaningless data for it. (3 frames, the last soil-1 #2 p2)",
        ],
        [
          "warning",
          undefined,
          "23 ms here: it may time out on the server, which stops after 100 ms and is several times slower. (3 frames, the last soil-1 #2 p2)",
        ],
      ],
    );
    assert.equal(bed.standIns.decoded, 4, "one of them got a second chance");
  });

  it("decodes no uplink on FPort 0, as the server", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "divide 1");
    const id = bed.uplink(1, undefined, "soil-1", 0);
    bed.uplink(1, undefined, "soil-1", 1);
    await bed.frames(1);
    assert.equal(bed.workbench.outcome(id), undefined);
    assert.equal(bed.standIns.decoded, 1);
  });

  it("R23 sheds live frames while the sandbox is busy, counts them, and loses no others", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "wait");
    bed.uplink(1);
    bed.clock.advance(100);
    await Promise.resolve();
    const flood = maximumQueued + 300;
    for (let index = 0; index < flood; index++) bed.uplink(1, undefined, `soil-${index + 10}`);
    assert.equal(bed.model.events.size, flood + 1);
    await bed.until("all that was kept", () => {
      bed.standIns.release();
      return bed.live.length === maximumQueued + 1;
    });
    assert.match(bed.log.join(), /frames? not decoded here, too many at once/);
  });

  it("keeps a bounded number of results", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "divide 1");
    for (let round = 0; round < 8; round++) {
      for (let index = 0; index < 400; index++) bed.uplink(1, undefined, `soil-${index + 10}`);
      await bed.until("the round", () => bed.live.length === (round + 1) * 400);
    }
    assert.equal(bed.report.frames, 1_000);
    const kept = [...bed.model.events.entries()].filter(({ id }) => bed.workbench.outcome(id));
    assert.equal(kept.length, maximumOutcomes);
  });

  it("does not keep a result too large for measurements", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "large");
    bed.uplink(1);
    await bed.frames(1);
    assert.match(bed.report.problems[0]?.text ?? "", /too large for a measurement/);
  });

  it("says once that there is no sandbox, and goes on when there is one again", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "no sandbox");
    bed.uplink(1);
    await bed.until("the log", () => bed.log.length > 0);
    assert.deepEqual(bed.log, ["formatter codecs/soil.js: the sandbox failed: no sandbox"]);
    bed.workbench.setText(source, "divide 1");
    await bed.frames(1);
  });

  it("gives what ran out of time a second chance, and does not wait for an endless loop in every frame", async () => {
    const bed = new Bed();
    for (let index = 0; index < 40; index++) bed.uplink(10);
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "slow 1");
    await bed.frames(40);
    assert.equal(bed.report.failed, 0);
    bed.standIns.decoded = 0;
    bed.workbench.setText(source, "endless");
    await bed.until("the timeout", () => bed.report.failed > 0);
    await bed.until("the end", () => bed.clock.pending === 0);
    assert.ok(bed.standIns.decoded <= 5, `${bed.standIns.decoded} runs`);
    assert.equal(bed.report.problems.length, 1);
    assert.match(bed.report.problems[0]?.text ?? "", /^script timeout/);
    bed.standIns.decoded = 0;
    for (let index = 0; index < 50; index++) bed.uplink(10);
    await bed.until("the live frames", () => bed.standIns.decoded > 0 && bed.clock.pending === 0);
    assert.ok(bed.standIns.decoded <= 5, `${bed.standIns.decoded} live runs`);
    assert.equal(bed.report.problems.length, 1);
  });

  it("stops for a binding that goes, and forgets what it made", async () => {
    const bed = new Bed();
    bed.workbench.setBindings([bound]);
    bed.workbench.setText(source, "divide 1");
    const id = bed.uplink(1);
    await bed.frames(1);
    bed.workbench.setBindings([]);
    assert.equal(bed.workbench.outcome(id), undefined);
    assert.equal(bed.workbench.report(source), undefined);
    bed.uplink(2);
    bed.clock.advance(1_000);
    assert.equal(bed.standIns.decoded, 1);
    assert.equal(bed.standIns.disposed, 1);
    assert.equal(bed.clock.pending, 0);
  });

  it("decodes only once with the newest of texts that come close together", async () => {
    const bed = new Bed();
    bed.uplink(100);
    bed.workbench.setBindings([bound]);
    for (const text of ["divide 1", "divide 2", "divide 4"]) bed.workbench.setText(source, text);
    await bed.frames(1);
    assert.deepEqual(bed.standIns.made, ["divide 4"]);
    assert.deepEqual(bed.report.latest?.answer.result?.decoded_payload, { temperature: 25 });
  });

  it("encodes fields and says whether the bytes decode to them again", async () => {
    const bed = new Bed();
    const request = {
      ...{ application: soilLabUid, deviceId: "soil-1", fPort: 15 },
      data: { value: 7 },
    };
    assert.equal(await bed.workbench.encode(request), undefined);
    bed.workbench.setBindings([bound]);
    for (const [text, isRoundTrip] of [
      ["divide 1", true],
      ["skewed", false],
      ["one way", undefined],
    ] as const) {
      bed.workbench.setText(source, text);
      const encoded = await bed.workbench.encode(request);
      assert.equal(encoded?.formatter, "codecs/soil.js");
      assert.equal(encoded.answer.result?.f_port, 15);
      assert.equal(encoded.isRoundTrip, isRoundTrip, text);
    }
    assert.equal(await bed.workbench.encode({ ...request, deviceId: "pump-1" }), undefined);
  });

  it("encodes as the server's CayenneLPP where that decodes the uplinks, and says what it drops", async () => {
    const bed = new Bed();
    const data = { digital_out_3: 1, value_2: 7.5, mode: "eco" };
    const request = { application: soilLabUid, deviceId: "lpp-1", fPort: 15, data };
    const body = uplinkBody(
      { f_port: 2, f_cnt: 1, frm_payload: "A2cBEA==", decoded_payload: { temperature_3: 27.2 } },
      { device_id: "lpp-1" },
    );
    const bytes = bytesOf(body);
    const topic = upTopic("lpp-1");
    assert.equal(await bed.workbench.encode(request), undefined);
    bed.model.apply(soilLabKey, topic, decode(topic, bytes), bytes, bed.clock.now());
    const encoded = await bed.workbench.encode(request);
    assert.deepEqual(encoded?.answer.result?.frm_payload, [2, 2, 238]);
    assert.deepEqual(encoded.losses, [
      'CayenneLPP on the server encodes only numbers named value_0 to value_255: digital_out_3, mode are dropped. Write "value_3": 1.',
    ]);
    // A formatter of its own knows better.
    bed.workbench.setBindings([{ ...bound, devices: "lpp-*" }]);
    bed.workbench.setText(source, "divide 1");
    assert.deepEqual((await bed.workbench.encode(request))?.losses, []);
  });

  it("calls nothing drift or change that changes by itself, and still tells what else differs", async () => {
    const bed = new Bed((text, options) => Promise.resolve(createFormatter(text, options)));
    bed.workbench.setBindings([bound]);
    const clock = (rest: string) =>
      `function decodeUplink(i) { return {data: {a: i.bytes[0], at: new Date().toISOString(), ${rest}}} }`;
    bed.workbench.setText(source, clock("r: Math.random()"));
    const server = { a: 7, at: "2026-01-01T00:00:00.000Z", r: 0.5 };
    const same = bed.uplink(7, server);
    const other = bed.uplink(8, server);
    await bed.frames(2);
    assert.equal(bed.report.drifting, 1);
    assert.equal(bed.workbench.outcome(same)?.agrees, true);
    const drifting = bed.workbench.outcome(other);
    assert.deepEqual(drifting?.varying, ["decoded.at", "decoded.r"]);
    const entry = bed.model.events.get(other);
    const [application] = bed.model.applications;
    assert.ok(entry && application);
    assert.match(localLine(entry, application, drifting) ?? "", /local a=8 {2}server a=7$/);
    assert.match(bed.report.problems[0]?.text ?? "", /^at, r change by themselves/);
    // The next text gives other times as well, and changes nothing else.
    bed.workbench.setText(source, `${clock("r: Math.random()")} // saved again`);
    await bed.until("compared", () => bed.report.comparable === 2);
    assert.equal(bed.report.changed, 0);
    bed.workbench.setText(source, clock("r: Math.random(), more: 1"));
    await bed.until("changed", () => bed.report.changed === 2);
  });
});
