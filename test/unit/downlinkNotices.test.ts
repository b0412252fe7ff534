/** The notification of downlinks that failed or got no answer, whichever way they were sent. */
import assert from "node:assert/strict";
import { DownlinkTracker } from "../../src/model/downlinks";
import type { Target } from "../../src/protocol/downlinkPage";
import type * as Notices from "../../src/views/downlink/downlinkNotices";
import { FakeServices, HandClock, soilLab } from "../support/downlinkFakes";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";

describe("The notification of a downlink that came to nothing", () => {
  let notices: typeof Notices;

  before(async () => {
    installFakeVscode();
    notices = await import("../../src/views/downlink/downlinkNotices");
  });
  beforeEach(() => resetFakeVscode());

  function bench() {
    const clock = new HandClock();
    const services = new FakeServices(clock);
    const shown: Target[] = [];
    const place = {
      showing: undefined as string | undefined,
      isShowing: ({ deviceId }: Target) => place.showing === deviceId,
      show: (target: Target) => shown.push(target),
    };
    assert.ok(services.tracker instanceof DownlinkTracker);
    const notice = new notices.DownlinkNotices(services.tracker, place, clock);
    const send = (deviceId: string) => {
      const item = { fPort: "15", payloadFormat: "hex", payload: "01" } as const;
      const { applicationKey, applicationUid } = soilLab;
      const input = { applicationUid, deviceId, downlinks: [item] };
      let count = 0;
      const id = () => `tts-explorer:${deviceId}-${services.sends.length}-${++count}`;
      return services.send(applicationKey, input, id, {});
    };
    return { clock, services, place, shown, notice, send };
  }

  it("tells of a failure and of a missing answer once, and opens the end device", async () => {
    const { clock, services, shown, send } = bench();
    fakeVscode.answer = () => "Open";
    await send("pump-1");
    services.serverSays("downlinkFailed", "[a link](command:evil)");
    clock.move(2_000);
    await send("pump-2");
    services.answerIsOverdue();
    clock.move(60_000);
    services.answerIsOverdue();
    clock.move(60_000);
    assert.deepEqual(fakeVscode.messages, [
      "The downlink to pump-1: failed.",
      "The downlink to pump-2: got no answer from the server.",
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      shown.map(({ deviceId }) => deviceId),
      ["pump-1", "pump-2"],
    );
  });

  it("makes one of many", async () => {
    const { clock, services, send } = bench();
    for (let device = 1; device <= 40; device++) {
      await send(`pump-${device}`);
      if (device === 1) services.serverSays("downlinkFailed");
      else services.answerIsOverdue();
    }
    clock.move(5_000);
    assert.deepEqual(fakeVscode.messages, [
      "40 downlinks to pump-1, pump-2, pump-3 and 37 more: 1 failed, 39 got no answer from the server.",
    ]);
    for (let device = 1; device <= 3; device++) {
      await send("valve-1");
      services.serverSays("downlinkFailed");
      clock.move(1_500);
    }
    clock.move(20_000);
    assert.equal(fakeVscode.messages[1], "3 downlinks to valve-1: failed.");
    assert.equal(fakeVscode.messages.length, 2, "not one after the other");
  });

  it("is quiet about what a panel shows, what was answered in time, and what is good", async () => {
    const { clock, services, place, notice, send } = bench();
    place.showing = "pump-1";
    await send("pump-1");
    services.serverSays("downlinkFailed");
    clock.move(5_000);
    place.showing = undefined;
    await send("pump-2");
    services.answerIsOverdue();
    services.serverSays("downlinkQueued");
    services.serverSays("downlinkSent");
    services.serverSays("downlinkNack");
    clock.move(60_000);
    assert.deepEqual(fakeVscode.messages, []);
    await send("pump-3");
    services.serverSays("downlinkFailed");
    notice.dispose();
    clock.move(60_000);
    assert.deepEqual(fakeVscode.messages, []);
    assert.equal(clock.waitingCount, 0);
  });
});
