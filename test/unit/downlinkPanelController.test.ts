import assert from "node:assert/strict";
import { AnswerWatch } from "../../src/model/answerWatch";
import type { HostMessage, Operation, Target } from "../../src/protocol";
import { DownlinkPanelController } from "../../src/views/downlink/downlinkPanelController";
import type { SendAnswer } from "../../src/views/downlink/downlinkPanelServices";
import {
  demo,
  draftOf,
  FakeServices,
  HandClock,
  hexDownlink,
  soilLab,
} from "../support/downlinkFakes";

const pump: Target = { applicationKey: soilLab.applicationKey, deviceId: "pump-controller-3" };

/** A panel whose page is played by the test. */
class FakePage {
  readonly clock = new HandClock();
  readonly services = new FakeServices(this.clock);
  readonly posts: { at: number; message: HostMessage }[] = [];
  readonly controller = new DownlinkPanelController(
    this.services,
    (message) => this.posts.push({ at: this.clock.now(), message }),
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
    const payloadLimit = { bytes: 51, dataRate: "SF12" };
    page.services.hear(pump, { gateways: ["roof-gw-1"], payloadLimit, othersPending: 2 });
    page.settle();
    assert.deepEqual(page.state().gateways, ["roof-gw-1"]);
    assert.equal(page.state().queue.others, 2);
    assert.deepEqual(page.preview().downlinks[0]?.limit, payloadLimit);
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
      ["composed", "published", "queued", "sent", "acknowledged"],
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
