import assert from "node:assert/strict";
import { AnswerWatch } from "../../src/model/answerWatch";
import type { EncodeRequest, LocalEncoding } from "../../src/formatters/workbench/downlinks";
import type { JsonObject } from "../../src/formatters/formatter";
import type { Draft, HostMessage, Operation, Target } from "../../src/protocol/downlinkPage";
import type { Posted } from "../../src/protocol/pagePost";
import { DownlinkPanelController } from "../../src/views/downlink/downlinkPanelController";
import type { SendAnswer } from "../../src/views/downlink/downlinkPanelServices";
import {
  demo,
  draftOf,
  FakeServices,
  HandClock,
  hexDownlink,
  slowestLimit,
  soilLab,
} from "../support/downlinkFakes";

const pump: Target = { applicationKey: soilLab.applicationKey, deviceId: "pump-controller-3" };

/** A panel whose page is played by the test. */
class FakePage {
  readonly clock = new HandClock();
  readonly services = new FakeServices(this.clock);
  readonly posts: { at: number; message: Posted<HostMessage> }[] = [];
  /** Says of every message that it was seen. */
  isAnswering = true;
  readonly controller = new DownlinkPanelController(
    this.services,
    (message) => {
      this.posts.push({ at: this.clock.now(), message });
      if (this.isAnswering) this.answer();
    },
    this.clock,
  );
  revision = 0;

  state() {
    const found = this.posts.findLast(({ message }) => message.type === "state")?.message;
    assert.ok(found?.type === "state");
    return found;
  }

  preview() {
    const found = this.posts.findLast(({ message }) => message.type === "preview")?.message;
    assert.ok(found?.type === "preview");
    return found;
  }

  answer(): void {
    this.controller.receive({ type: "seen", post: this.posts.at(-1)?.message.post });
  }

  settle(): void {
    this.clock.move(400);
  }

  ready(target?: Target): void {
    this.controller.receive({ type: "ready", target });
    this.settle();
  }

  edit(target = pump, draft = draftOf(hexDownlink())): void {
    const { targetNumber } = this.state();
    this.controller.receive({
      type: "edit",
      revision: ++this.revision,
      targetNumber,
      target,
      draft,
    });
    this.settle();
  }

  async send(
    operation: Operation = "push",
    draft = draftOf(hexDownlink()),
    target = pump,
    targetNumber = this.state().targetNumber,
  ): Promise<void> {
    const revision = ++this.revision;
    this.controller.receive({ type: "send", operation, revision, targetNumber, target, draft });
    await new Promise((resolve) => setImmediate(resolve));
    this.settle();
  }
}

function pendingAnswer() {
  let resolve: (answer: SendAnswer) => void = () => undefined;
  const promise = new Promise<SendAnswer>((settle) => (resolve = settle));
  return { promise, resolve: (answer: SendAnswer) => resolve(answer) };
}

describe("downlink panel: what it is pointed at", () => {
  it("tells the page everything when it is loaded", () => {
    const page = new FakePage();
    page.controller.show(pump);
    page.ready();
    assert.deepEqual(page.state().target, pump);
    assert.deepEqual(
      page
        .state()
        .applications.map(({ label, server, connected, isDemo }) => [
          label,
          server,
          connected,
          isDemo,
        ]),
      [
        ["soil-lab@ttn", "eu1.cloud.thethings.network:8883", true, false],
        ["Demo network", "127.0.0.1:18883", true, true],
      ],
    );
    assert.deepEqual(page.state().devices, soilLab.devices);
    assert.equal(page.posts.length, 1);
  });

  it("W10 takes the remembered target of a restored page only if its application is ours", () => {
    const restored = new FakePage();
    restored.ready({ applicationKey: demo.applicationKey, deviceId: "demo-valve" });
    assert.equal(restored.state().target?.deviceId, "demo-valve");
    const foreign = new FakePage();
    foreign.ready({ applicationKey: "key:evil", deviceId: "demo-valve" });
    assert.deepEqual(foreign.state().target, {
      applicationKey: soilLab.applicationKey,
      deviceId: "",
    });
  });

  it("W10 takes the remembered target although the panel was shown before the page was there", () => {
    const page = new FakePage();
    page.controller.setVisible(true);
    page.settle();
    assert.deepEqual(page.posts, [], "nothing before the page is there");
    page.ready(pump);
    assert.deepEqual(page.state().target, pump);
  });

  it("W10 takes the remembered target when its application comes after the page, unless one was chosen", () => {
    for (const isChosen of [false, true]) {
      const page = new FakePage();
      page.services.list = [demo];
      page.ready(pump);
      assert.equal(page.state().target?.applicationKey, demo.applicationKey);
      page.edit({ applicationKey: demo.applicationKey, deviceId: "" });
      const valve = { applicationKey: demo.applicationKey, deviceId: "demo-valve" };
      if (isChosen) page.controller.show(valve);
      page.services.setTargets(demo, soilLab);
      page.settle();
      assert.deepEqual(page.state().target, isChosen ? valve : pump);
    }
  });

  it("W10 prefers its own target to the remembered one", () => {
    const page = new FakePage();
    page.controller.show(pump);
    page.ready({ applicationKey: demo.applicationKey, deviceId: "demo-valve" });
    assert.deepEqual(page.state().target, pump);
  });

  it("shows an empty page without applications, and the first one that comes", () => {
    const page = new FakePage();
    page.services.list = [];
    page.ready();
    assert.equal(page.state().target, undefined);
    page.services.setTargets({ ...soilLab, connected: false }, demo);
    page.settle();
    assert.equal(page.state().target?.applicationKey, demo.applicationKey);
  });

  it("does not follow an edit that was on its way while it was pointed elsewhere", () => {
    const page = new FakePage();
    page.ready();
    const { targetNumber } = page.state();
    page.controller.show({ applicationKey: demo.applicationKey, deviceId: "demo-valve" });
    page.controller.receive({
      type: "edit",
      revision: 1,
      targetNumber,
      target: pump,
      draft: draftOf({}),
    });
    page.settle();
    assert.equal(page.state().target?.deviceId, "demo-valve");
  });

  it("posts a thousand devices and counts the rest", () => {
    const page = new FakePage();
    const devices = Array.from({ length: 1234 }, (_, index) => ({
      deviceId: `device-${index}`,
      detail: "",
    }));
    page.services.list = [{ ...soilLab, devices }];
    page.ready();
    assert.equal(page.state().devices.length, 1000);
    assert.equal(page.state().moreDevices, 234);
  });
});

describe("downlink panel: preview", () => {
  it("answers an edit with its revision and stable ids", () => {
    const page = new FakePage();
    page.ready();
    page.edit();
    const first = page.preview();
    assert.equal(first.revision, 1);
    assert.equal(first.downlinks[0]?.byteCount, 4);
    page.edit();
    assert.equal(page.preview().revision, 2);
    assert.equal(page.preview().publish?.body, first.publish?.body);
  });

  it("copies what the host shows, never what the page says", () => {
    const page = new FakePage();
    page.ready();
    page.controller.receive({ type: "copy", what: "topic" });
    assert.deepEqual(page.services.copied, []);
    page.edit();
    page.controller.receive({ type: "copy", what: "topic" });
    page.controller.receive({ type: "copy", what: "body" });
    assert.deepEqual(page.services.copied, [
      "v3/soil-lab@ttn/devices/pump-controller-3/down/push",
      page.preview().publish?.body,
    ]);
  });

  it("copies nothing while it is pointed elsewhere and the page has not followed", () => {
    const page = new FakePage();
    page.ready();
    page.edit();
    page.controller.show({ applicationKey: demo.applicationKey, deviceId: "demo-valve" });
    page.controller.receive({ type: "copy", what: "topic" });
    page.controller.receive({ type: "copyAs" });
    page.settle();
    assert.deepEqual(page.services.copied, []);
    assert.deepEqual(page.services.copiedAs, []);
    assert.equal(page.state().outcome, undefined);
  });

  it("copies as a command what is composed, and names what is wrong with it", () => {
    const page = new FakePage();
    page.ready();
    page.controller.receive({ type: "copyAs" });
    page.edit(pump, draftOf(hexDownlink("01 0")));
    page.controller.receive({ type: "copyAs" });
    page.settle();
    assert.equal(page.services.copiedAs.length, 0);
    assert.deepEqual(page.state().outcome, {
      number: 1,
      kind: "invalid",
      text: "Nothing was copied: one field needs a change.",
    });
    page.edit(pump, draftOf(hexDownlink("01 02", "7")));
    const before = page.preview().publish?.body;
    page.controller.receive({ type: "copyAs" });
    const [copied, ...more] = page.services.copiedAs;
    assert.deepEqual(more, []);
    assert.equal(copied?.applicationKey, pump.applicationKey);
    assert.equal(copied.deviceId, pump.deviceId);
    assert.equal(copied.downlink.fPort, 7);
    assert.deepEqual(copied.downlink.bytes, Uint8Array.of(1, 2));
    page.edit(pump, draftOf(hexDownlink("01 02", "7")));
    assert.equal(page.preview().publish?.body, before);
    page.edit(pump, draftOf(hexDownlink(), hexDownlink()));
    page.controller.receive({ type: "copyAs" });
    assert.equal(page.services.copiedAs.length, 1);
    assert.deepEqual(page.services.sends, []);
  });

  it("copies as a command one that was sent to its end device, and no other", async () => {
    const page = new FakePage();
    page.ready();
    await page.send("push", draftOf(hexDownlink("0A", "9")));
    const { correlationId } = page.services.last();
    page.controller.receive({ type: "copyAs", correlationId: "tts-explorer:other" });
    page.edit({ ...pump, deviceId: "greenhouse-07" });
    page.controller.receive({ type: "copyAs", correlationId });
    assert.equal(page.services.copiedAs.length, 0);
    page.edit();
    page.controller.receive({ type: "copyAs", correlationId });
    assert.deepEqual(
      page.services.copiedAs.map(({ deviceId, downlink }) => [deviceId, downlink.fPort]),
      [[pump.deviceId, 9]],
    );
  });

  it("opens events of known applications and valid ids only", () => {
    const page = new FakePage();
    page.ready();
    page.controller.receive({ type: "openEvents" });
    page.edit({ ...pump, deviceId: "../x" });
    page.controller.receive({ type: "openEvents" });
    page.edit({ ...pump, applicationKey: "key:evil" });
    page.controller.receive({ type: "openEvents" });
    assert.deepEqual(page.services.opened, []);
    page.edit();
    page.controller.receive({ type: "openEvents" });
    assert.deepEqual(page.services.opened, ["key:soil-lab pump-controller-3"]);
  });
});

describe("downlink panel: bytes encoded here", () => {
  const fields = (text: string, options: object = {}) =>
    draftOf({
      ...{ format: "fields" as const, sendEncoded: true },
      texts: { hex: "", base64: "", text: "", fields: text },
      ...options,
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** A panel whose formatter is the given function from fields to bytes. */
  function encodingPage(encode?: (data: JsonObject) => readonly number[] | string) {
    const page = new FakePage();
    page.services.localEncoder.encode = ({ data }: EncodeRequest) => {
      const bytes = encode?.(data);
      if (bytes === undefined) return Promise.resolve(undefined);
      const answer: LocalEncoding["answer"] =
        typeof bytes === "string"
          ? { milliseconds: 1, error: { name: "script", code: "ABORTED", message: bytes } }
          : { milliseconds: 1, result: { f_port: 15, frm_payload: bytes } };
      const rest = { decodedAgain: undefined, isRoundTrip: undefined, losses: [] };
      return Promise.resolve({ formatter: "codecs/pump.js", answer, ...rest });
    };
    page.ready();
    return page;
  }

  async function shown(page: FakePage, draft: Draft) {
    page.edit(pump, draft);
    await turn();
    page.settle();
    return page.preview();
  }

  it("are published in the place of the fields, as the preview shows", async () => {
    const page = encodingPage(() => [1, 0, 15]);
    const draft = fields('{"valve":"open"}');
    const preview = await shown(page, draft);
    assert.deepEqual(preview.problems, []);
    assert.equal(preview.downlinks[0]?.byteCount, 3);
    assert.equal(preview.downlinks[0].canSendEncoded, true);
    await page.send("push", draft);
    const sent = page.services.sends[0]?.payload ?? "";
    assert.deepEqual(JSON.parse(sent), JSON.parse(preview.publish?.body ?? ""));
    const { downlinks } = JSON.parse(sent) as { downlinks: Record<string, unknown>[] };
    assert.equal(downlinks[0]?.frm_payload, "AQAP");
    assert.equal(downlinks[0].f_port, 15);
    assert.equal("decoded_payload" in downlinks[0], false);
  });

  it("are offered and not sent unless one chooses them", async () => {
    const page = encodingPage(() => [1]);
    const draft = fields('{"valve":"open"}', { sendEncoded: undefined, fPort: "7" });
    const preview = await shown(page, draft);
    assert.equal(preview.downlinks[0]?.canSendEncoded, true);
    assert.equal(preview.downlinks[0].byteCount, undefined);
    assert.match(preview.publish?.body ?? "", /"decoded_payload"/);
    assert.doesNotMatch(preview.publish?.body ?? "", /frm_payload/);
  });

  it("are not sent before they are known, where the formatter fails, or without one", async () => {
    const early = encodingPage(() => [1]);
    await early.send("push", fields("{}"));
    assert.match(early.state().outcome?.text ?? "", /^Nothing was sent: the fields are still/);
    assert.deepEqual(early.services.sends, []);
    for (const [page, problem] of [
      [encodingPage(() => "no valve"), /^The formatter of this workspace fails/],
      [encodingPage(), /^No formatter of this workspace encodes these fields/],
    ] as const) {
      const preview = await shown(page, fields("{}"));
      assert.match(preview.problems.at(-1)?.message ?? "", problem);
      assert.equal(preview.publish, undefined);
      await page.send("push", fields("{}"));
      assert.equal(page.state().outcome?.kind, "invalid");
      assert.deepEqual(page.services.sends, []);
    }
  });

  it("D26 are valid for the server whatever the formatter makes, or nothing is published", async () => {
    for (const octets of [[], [0], [255, 1], Array.from({ length: 300 }, () => 1)]) {
      const page = encodingPage(() => octets);
      const preview = await shown(page, fields("{}", { fPort: octets.length > 1 ? "abc" : "" }));
      const isSendable = octets.length === 1;
      assert.equal(preview.problems.length === 0, isSendable, JSON.stringify(preview.problems));
      assert.equal(preview.publish !== undefined, isSendable);
    }
  });
});

describe("downlink panel: sending", () => {
  it("publishes with the ids of the preview and never uses them again", async () => {
    const page = new FakePage();
    page.ready();
    page.edit();
    const shown = page.preview().publish?.body ?? "";
    await page.send();
    await page.send();
    const [first, second] = page.services.sends;
    assert.deepEqual(JSON.parse(first?.payload ?? ""), JSON.parse(shown));
    assert.notEqual(second?.payload, first?.payload);
    assert.equal(page.state().outcome?.kind, "sent");
    assert.match(page.state().outcome?.text ?? "", /^Reached the server \(id \w{4}\)\./);
    assert.equal(page.state().sent.length, 2);
  });

  it("D23 sends once however often it is asked before the answer", async () => {
    const page = new FakePage();
    page.ready();
    const { promise, resolve } = pendingAnswer();
    page.services.answer = () => promise;
    await page.send();
    await page.send();
    await page.send();
    assert.equal(page.state().sending, true);
    assert.equal(page.services.sends.length, 1);
    resolve({ sent: true });
    await promise;
    await new Promise((done) => setImmediate(done));
    page.settle();
    assert.equal(page.state().sending, false);
    assert.equal(page.services.sends.length, 1);
  });

  it("refuses a wrong draft with the number of wrong fields", async () => {
    const page = new FakePage();
    page.ready();
    await page.send("push", draftOf(hexDownlink("BEE", "0")));
    assert.equal(page.state().outcome?.kind, "invalid");
    assert.match(page.state().outcome?.text ?? "", /2 fields need a change/);
    assert.equal(page.preview().problems.length, 2);
    assert.equal(page.services.sends.length, 0);
  });

  it("W06 refuses an application that is not ours", async () => {
    const page = new FakePage();
    page.ready();
    await page.send("push", draftOf(hexDownlink()), { ...pump, applicationKey: "key:evil" });
    assert.equal(page.state().outcome?.kind, "invalid");
    assert.equal(page.services.sends.length, 0);
  });

  it("D22 refuses when it was pointed elsewhere meanwhile", async () => {
    const page = new FakePage();
    page.ready();
    const { targetNumber } = page.state();
    page.controller.show({ applicationKey: demo.applicationKey, deviceId: "demo-valve" });
    await page.send("push", draftOf(hexDownlink()), pump, targetNumber);
    assert.match(page.state().outcome?.text ?? "", /another end device/);
    assert.equal(page.services.sends.length, 0);
  });

  it("refuses while not connected, before any consent is asked", async () => {
    const page = new FakePage();
    page.services.list = [{ ...soilLab, connected: false }];
    page.ready();
    await page.send();
    assert.match(page.state().outcome?.text ?? "", /not connected/);
    assert.equal(page.services.sends.length, 0);
  });

  it("replaces with the draft and clears with nothing, whatever the draft", async () => {
    const page = new FakePage();
    page.ready();
    await page.send("replace");
    await page.send("clear", draftOf(hexDownlink("nonsense", "")));
    assert.deepEqual(
      page.services.sends.map(({ topic, input }) => [topic, input.downlinks.length]),
      [
        ["v3/soil-lab@ttn/devices/pump-controller-3/down/replace", 1],
        ["v3/soil-lab@ttn/devices/pump-controller-3/down/replace", 0],
      ],
    );
    assert.match(page.state().outcome?.text ?? "", /does not answer/);
  });

  it("names the end device in the result when the panel shows another one by then", async () => {
    for (const answer of [{ sent: true }, { problem: "Not confirmed." }] as const) {
      const page = new FakePage();
      page.ready();
      const { promise, resolve } = pendingAnswer();
      page.services.answer = () => promise;
      await page.send();
      page.controller.show({ ...pump, deviceId: "greenhouse-07" });
      resolve(answer);
      await new Promise((done) => setImmediate(done));
      page.settle();
      assert.match(page.state().outcome?.text ?? "", /^pump-controller-3: (Reached|Not confirmed)/);
    }
  });

  it("tells the problem in the words of the service, and survives its bugs", async () => {
    const page = new FakePage();
    page.ready();
    page.services.answer = () => Promise.resolve({ problem: "You declined." });
    await page.send();
    assert.equal(page.state().outcome?.text, "You declined.");
    page.services.answer = () => Promise.reject(new Error("bug"));
    await page.send();
    assert.match(page.state().outcome?.text ?? "", /not known/);
    assert.equal(page.state().sending, false);
    assert.match(page.services.logged.join(), /bug/);
  });
});

describe("downlink panel: waiting for a turn", () => {
  /** A send that has to wait, and ends when it is cancelled. */
  async function waitingPage(until: number) {
    const page = new FakePage();
    page.ready();
    page.services.answer = ({ onWait, signal }) =>
      new Promise((resolve) => {
        onWait?.({ until: page.clock.now() + until, perMinute: 10 });
        signal?.addEventListener("abort", () => resolve({ problem: "Cancelled." }));
      });
    await page.send();
    return page;
  }

  it("counts down why and how long, and posts no more than needed for it", async () => {
    const page = await waitingPage(4_000);
    assert.equal(page.state().sending, true);
    assert.equal(page.state().wait, "Waits 4 s: at most 10 a minute.");
    const before = page.posts.length;
    page.clock.move(2_000);
    assert.equal(page.state().wait, "Waits 2 s: at most 10 a minute.");
    assert.ok(page.posts.length - before <= 2);
  });

  it("ends the wait when it is cancelled, and says that nothing was sent", async () => {
    const page = await waitingPage(4_000);
    page.controller.receive({ type: "cancel" });
    await new Promise((done) => setImmediate(done));
    page.settle();
    assert.equal(page.state().wait, "");
    assert.equal(page.state().sending, false);
    assert.equal(page.state().outcome?.text, "Cancelled.");
    page.controller.receive({ type: "cancel" });
  });

  it("R9 cancels with the panel what would be sent unseen", async () => {
    const page = new FakePage();
    page.ready();
    const signals: AbortSignal[] = [];
    page.services.answer = ({ signal }) => {
      if (signal) signals.push(signal);
      return new Promise(() => undefined);
    };
    await page.send();
    assert.equal(signals[0]?.aborted, false);
    page.controller.dispose();
    assert.equal(signals[0].aborted, true);
    assert.equal(page.clock.waitingCount, 0);
  });
});

describe("downlink panel: what is known of the end device", () => {
  it("offers its gateways and measures against its data rate, as soon as an uplink tells them", () => {
    const page = new FakePage();
    page.controller.show(pump);
    page.ready();
    page.edit();
    assert.deepEqual(page.state().gateways, []);
    assert.equal(page.preview().downlinks[0]?.limit, undefined);
    page.services.hear(pump, {
      ...{ gateways: ["roof-gw-1"], payloadLimit: slowestLimit, othersPending: 2 },
    });
    page.settle();
    assert.deepEqual(page.state().gateways, ["roof-gw-1"]);
    assert.equal(page.state().queue.others, 2);
    assert.deepEqual(page.preview().downlinks[0]?.limit, { bytes: 50, basis: "SF12 in EU868" });
  });

  it("posts nothing for what other end devices say", () => {
    const page = new FakePage();
    page.controller.show(pump);
    page.ready();
    const before = page.posts.length;
    page.services.hear({ ...pump, deviceId: "greenhouse-07" }, page.services.facts);
    page.services.hear({ ...pump, applicationKey: demo.applicationKey }, page.services.facts);
    page.settle();
    assert.equal(page.posts.length, before);
  });

  it("lists what waits in the order in which the end device gets it, until it has it", async () => {
    const page = new FakePage();
    page.ready();
    for (const hex of ["01", "02"]) {
      await page.send("push", draftOf({ ...hexDownlink(hex), confirmed: true }));
      page.services.serverSays("downlinkQueued");
    }
    page.settle();
    assert.deepEqual(
      page.state().queue.ours.map(({ title }) => title),
      ["01", "02"],
    );
    assert.match(
      page.state().queue.ours[0]?.details ?? "",
      /^FPort 15 · waits since \d\d:\d\d:\d\d · id \w{4}$/,
    );
    page.services.serverSays("downlinkSent");
    page.settle();
    assert.match(page.state().queue.ours[1]?.details ?? "", /sent, waits for its answer/);
    page.services.serverSays("downlinkAck");
    page.settle();
    assert.deepEqual(
      page.state().queue.ours.map(({ title }) => title),
      ["01"],
    );
  });

  it("lists a bounded part of a long queue", async () => {
    const page = new FakePage();
    page.ready();
    for (let count = 0; count < 23; count++) {
      await page.send("push", draftOf(hexDownlink("00".repeat(242))));
      page.services.serverSays("downlinkQueued");
    }
    page.settle();
    const { ours, more } = page.state().queue;
    assert.deepEqual([ours.length, more], [20, 3]);
    assert.ok(JSON.stringify(ours).length < 10_000);
  });
});

describe("downlink panel: what was sent", () => {
  it("follows a downlink step by step", async () => {
    const page = new FakePage();
    page.ready();
    await page.send("push", draftOf({ ...hexDownlink(), confirmed: true }));
    assert.equal(page.state().sent[0]?.state, "reached the server; waiting for its answer");
    page.clock.move(800);
    page.services.serverSays("downlinkQueued");
    page.settle();
    page.services.serverSays("downlinkSent");
    page.settle();
    page.services.serverSays("downlinkAck");
    page.settle();
    const [row] = page.state().sent;
    assert.deepEqual(
      row?.steps.map((step) => step.word),
      ["composed", "reached the server", "queued", "sent", "acknowledged"],
    );
    assert.equal(row.steps[2]?.since, "+1.2 s");
    assert.equal(row.state, "acknowledged by the end device");
  });

  it("R10 D15 says after 15 s of silence that nothing is confirmed, and why that may be", async () => {
    const page = new FakePage();
    const watch = new AnswerWatch(page.services.tracker, page.clock);
    page.ready();
    await page.send();
    page.clock.move(14_000);
    assert.doesNotMatch(page.state().sent[0]?.state ?? "", /not confirmed/);
    page.clock.move(1_500);
    assert.match(page.state().sent[0]?.state ?? "", /not confirmed/);
    assert.match(page.state().sent[0]?.causes[0]?.text ?? "", /API key/);
    page.services.serverSays("downlinkQueued");
    page.settle();
    assert.equal(page.state().sent[0]?.state, "in the server's queue");
    assert.deepEqual(page.state().sent[0]?.causes, []);
    watch.dispose();
  });

  it("checks the connection of its own application, whatever the page says", () => {
    const page = new FakePage();
    page.ready();
    page.controller.receive({ type: "check", applicationKey: "key:evil" });
    page.controller.receive({ type: "check" });
    assert.deepEqual(page.services.checked, [soilLab.applicationKey]);
  });

  it("tells the wait anew while it goes on, and is quiet when nothing waits or nobody looks", async () => {
    const page = new FakePage();
    page.ready();
    page.services.known = { ...page.services.known, lastHeardAt: page.clock.now() };
    await page.send();
    page.services.serverSays("downlinkQueued");
    page.settle();
    assert.match(page.state().sent[0]?.advice ?? "", /next chance in about 10 min/);
    page.clock.move(5 * 60_000);
    assert.match(page.state().sent[0]?.advice ?? "", /next chance in about 5 min/);
    page.controller.setVisible(false);
    page.settle();
    page.clock.move(20_000);
    const before = page.posts.length;
    page.clock.move(60_000);
    assert.equal(page.posts.length, before);
    assert.equal(page.clock.waitingCount, 0);
  });
});

describe("downlink panel: what it costs", () => {
  it("posts at most ten times a second, whatever happens", () => {
    const page = new FakePage();
    page.ready();
    const { targetNumber } = page.state();
    const start = page.clock.now();
    for (let step = 0; step < 1000; step++) {
      page.services.setTargets(soilLab);
      page.controller.receive({
        type: "edit",
        revision: step,
        targetNumber,
        target: pump,
        draft: draftOf({}),
      });
      page.clock.move(1);
    }
    const posts = page.posts.filter(({ at }) => at >= start && at < start + 1000);
    assert.ok(posts.length <= 10, `${posts.length} posts`);
    assert.ok(posts.length >= 8, `${posts.length} posts`);
  });

  it("posts nothing more to a page that does not answer, and then the newest", async () => {
    const page = new FakePage();
    page.ready();
    await page.send();
    page.isAnswering = false;
    page.services.serverSays("downlinkQueued");
    page.settle();
    const before = page.posts.length;
    for (let second = 0; second < 10; second++) {
      page.services.setTargets(soilLab);
      page.edit(pump, draftOf(hexDownlink(`0${second}`)));
      page.clock.move(1_000);
    }
    page.controller.receive({ type: "seen", post: 1 });
    page.controller.receive({ type: "seen", post: "x" });
    page.settle();
    assert.equal(page.posts.length, before);
    page.isAnswering = true;
    page.answer();
    page.settle();
    assert.equal(page.posts.length, before + 2, "one state and one preview");
    assert.equal(page.preview().downlinks[0]?.texts.hex, "09");
    page.isAnswering = false;
    page.services.setTargets(demo);
    page.settle();
    page.isAnswering = true;
    page.ready();
    assert.equal(page.state().applications.length, 1, "a page loaded anew has nothing to answer");
  });

  it("makes few acts of many wishes, of every kind", async () => {
    const page = new FakePage();
    page.ready();
    await page.send("push", draftOf(hexDownlink("0A", "9")));
    page.edit();
    const { correlationId } = page.services.last();
    for (let count = 0; count < 800; count++) {
      page.controller.receive({ type: "check" });
      page.controller.receive({ type: "openEvents" });
      page.controller.receive({ type: "copyAs" });
      page.controller.receive({ type: "copyAs", correlationId });
      page.controller.receive({ type: "copy", what: "body" });
      page.clock.move(1);
    }
    page.clock.move(5_000);
    const { services } = page;
    assert.deepEqual(
      [services.checked.length, services.opened.length],
      [1, 1],
      "the same wish again is one wish",
    );
    assert.ok(services.copied.length <= 3, `${services.copied.length} copies`);
    assert.ok(services.copiedAs.length <= 4, `${services.copiedAs.length} lists to choose from`);
    for (let count = 0; count < 800; count++) {
      page.edit(count % 2 === 0 ? pump : { ...pump, deviceId: "greenhouse-07" });
      page.controller.receive({ type: "check" });
    }
    // 800 edits of 400 ms each: no more than one check every two seconds.
    assert.ok(services.checked.length <= 162, `${services.checked.length} checks`);
  });

  it("D23 refuses visibly what would be sent right after another, and never keeps it", async () => {
    const page = new FakePage();
    page.ready();
    const { targetNumber } = page.state();
    const sendAt = (revision: number) =>
      page.controller.receive({
        ...{ type: "send", operation: "push", revision, targetNumber, target: pump },
        draft: draftOf(hexDownlink()),
      });
    for (let revision = 1; revision <= 800; revision++) {
      sendAt(revision);
      await new Promise((resolve) => setImmediate(resolve));
      page.clock.move(1);
    }
    page.clock.move(10_000);
    const sent = page.services.sends.length;
    assert.ok(sent <= 13, `${sent} sends: a few at once, then one every 300 ms`);
    assert.match(
      page.state().outcome?.text ?? "",
      /^Nothing was sent: it came right after another/,
    );
    sendAt(801);
    sendAt(801);
    await new Promise((resolve) => setImmediate(resolve));
    page.settle();
    assert.equal(page.services.sends.length, sent + 1);
    assert.equal(page.state().outcome?.kind, "sent");
  });

  it("posts nothing while hidden and everything afterwards", async () => {
    const page = new FakePage();
    page.ready();
    page.controller.setVisible(false);
    const before = page.posts.length;
    await page.send();
    page.services.serverSays("downlinkQueued");
    page.clock.move(60_000);
    assert.equal(page.posts.length, before);
    page.controller.setVisible(true);
    page.settle();
    assert.equal(page.state().sent[0]?.state, "in the server's queue");
    assert.equal(page.state().outcome?.kind, "sent");
  });

  it("W09 is quiet after it was closed, even in the middle of a send", async () => {
    const page = new FakePage();
    page.ready();
    const { promise, resolve } = pendingAnswer();
    page.services.answer = () => promise;
    await page.send();
    page.controller.dispose();
    const before = page.posts.length;
    resolve({ sent: true });
    await promise;
    page.services.setTargets(demo);
    page.controller.receive({ type: "ready" });
    page.clock.move(60_000);
    assert.equal(page.posts.length, before);
    assert.equal(page.clock.waitingCount, 0);
  });

  it("W05 ignores what it does not know and logs it once per type", () => {
    const page = new FakePage();
    for (let repeat = 0; repeat < 3; repeat++) {
      for (const data of [7, "x", null, [], {}, { type: "publish" }, { type: "x".repeat(1e7) }]) {
        page.controller.receive(data);
      }
    }
    assert.equal(page.services.logged.length, new Set(page.services.logged).size);
    assert.ok(page.services.logged.every((line) => line.length < 120));
    assert.ok(page.services.logged.some((line) => line.includes('"publish"')));
    for (let type = 0; type < 1000; type++) page.controller.receive({ type: `t${type}` });
    assert.ok(page.services.logged.length <= 20);
  });
});
