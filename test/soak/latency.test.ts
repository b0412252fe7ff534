/** How long after its publish a message is seen in a real window, at fifty messages a second. Prints the figures. */
import assert from "node:assert/strict";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import { MachineLoad } from "../support/machineLoad.mjs";
import { OpenedWindow } from "../editor/openedWindow";
import type { Workbench } from "../editor/workbench";
import { eventually } from "../support/eventually";

const uid = "app1@tenant1";
const rate = 50;
const samples = 60;
const limit = 700;

describe("Latency in a window", function () {
  this.timeout(1_800_000); // a busy machine takes its time
  const load = new MachineLoad();
  let server: ApplicationServer;
  let opened: OpenedWindow;
  let workbench: Workbench;

  before(async () => {
    await load.look();
    server = await createApplicationServer();
    server.addApplication({ uid });
    opened = await OpenedWindow.open({ size: { width: 1400, height: 1000 } });
    ({ workbench } = opened);
    await workbench.page.getByRole("button", { name: "Add an Application" }).waitFor();
    const { quickInput } = workbench;
    await workbench.runCommand("The Things Stack: Add an Application…");
    await quickInput.step(/Paste what you have/);
    await quickInput.type(`${uid} 127.0.0.1:${server.port}`);
    await quickInput.accept();
    await quickInput.pick(`Plaintext on port ${server.port}`);
    await quickInput.step(/API key/);
    await quickInput.paste(server.addApiKey(uid));
    await quickInput.accept();
    await quickInput.pick("Connect now");
    await eventually("the connection", () => server.connections.length > 0);
    await workbench.runCommand("The Things Stack: Show Events");
  });

  after(async () => {
    await opened.close();
    await server.close();
  });

  function publish(device: string, value: number): void {
    const body = {
      end_device_ids: { device_id: device, application_ids: { application_id: "app1" } },
      received_at: new Date().toISOString(),
      uplink_message: {
        f_port: 1,
        f_cnt: value,
        frm_payload: "AQ==",
        decoded_payload: { probe: value },
      },
    };
    server.publishRaw(uid, `v3/${uid}/devices/${device}/up`, JSON.stringify(body));
  }

  /** Milliseconds from each publish until the text stood in an element of the page, ascending. */
  async function measure(selector: string): Promise<number[]> {
    const latencies: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const value = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
      const seen = workbench.page.evaluate(
        ([where, text]) =>
          new Promise<number>((resolve) => {
            const look = () => {
              const found = [...document.querySelectorAll(where ?? "")].some((element) =>
                element.textContent.includes(text ?? ""),
              );
              if (found) resolve(Date.now());
              else requestAnimationFrame(look);
            };
            look();
          }),
        [selector, `probe=${value}`],
      );
      const start = Date.now();
      publish("a-probe", value);
      latencies.push((await seen) - start);
    }
    return latencies.sort((a, b) => a - b);
  }

  function report(what: string, latencies: readonly number[]): number {
    const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? NaN;
    console.log(`    publish → ${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (limit ${limit} ms)`);
    return at(0.95);
  }

  it(`shows rows and lines within ${limit} ms at ${rate} messages a second (p95)`, async () => {
    let count = 0;
    const traffic = setInterval(() => publish(`noise-${count % 40}`, count++), 1000 / rate);
    try {
      const rows = report("row updated", await measure(".monaco-list-row .label-description"));
      const lines = report("line readable", await measure(".part.panel .view-line"));
      console.log(`    ${load.text}${load.isBusy ? ": too busy to judge the times" : ""}`);
      assert.ok(load.isBusy || (rows <= limit && lines <= limit));
    } finally {
      clearInterval(traffic);
    }
  });
});
