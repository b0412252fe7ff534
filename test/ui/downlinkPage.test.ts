import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import type { SendAnswer } from "../../src/views/downlink/downlinkPanelServices";
import { eventually } from "../support/conditions";
import { PanelBrowser, type OpenedPanel } from "../support/downlinkBrowser";
import { demo, slowestLimit, soilLab, type FakeServices } from "../support/downlinkFakes";
import type { ThemeName } from "../support/downlinkThemes";

const pump = { applicationKey: soilLab.applicationKey, deviceId: "pump-controller-3" };
const screenshots = "artifacts/screenshots";

const card = (page: Page, index = 0) => page.locator(".cards .card").nth(index);
const payload = (page: Page, index = 0) => card(page, index).getByLabel("Payload", { exact: true });
const fPort = (page: Page, index = 0) => card(page, index).getByLabel("FPort");
const format = (page: Page, name: string, index = 0) =>
  card(page, index).locator(".segments label", { hasText: name });
const sendButton = (page: Page) => page.getByRole("button", { name: /^(Send|Sending…|Waiting…)$/ });
const status = (page: Page, text: string | RegExp) =>
  page.getByRole("status").filter({ hasText: text });
const published = (page: Page) => page.locator(".publish pre");

describe("downlink page", function () {
  this.timeout(30_000);
  let browser: PanelBrowser;
  const opened: OpenedPanel[] = [];

  before(async () => {
    browser = await PanelBrowser.start();
    await mkdir(screenshots, { recursive: true });
  });
  after(() => browser.stop());
  afterEach(async () => {
    for (const panel of opened.splice(0)) {
      assert.deepEqual(panel.errors, []);
      await panel.close();
    }
  });

  async function open(prepare?: (services: FakeServices) => void, width?: number) {
    const panel = await browser.open(prepare, width);
    opened.push(panel);
    return panel;
  }

  async function openPump(prepare?: (services: FakeServices) => void, width?: number) {
    const panel = await open(prepare, width);
    panel.controller.show(pump);
    await panel.page.getByRole("heading", { name: "Sent to pump-controller-3" }).waitFor();
    return panel;
  }

  async function fill(page: Page, hex = "01 01 00 0F", port = "15", index = 0): Promise<void> {
    await payload(page, index).fill(hex);
    await fPort(page, index).fill(port);
  }

  it("shows sizes, other forms and exactly what would be published while the user types", async () => {
    const { page, services } = await openPump();
    await fill(page, "be:ef");
    await card(page).getByText("2 bytes").waitFor();
    await card(page).locator("dd", { hasText: "vu8=" }).waitFor();
    await card(page).locator("dd", { hasText: "not text" }).waitFor();
    await page.getByText("What will be published").click();
    await published(page).filter({ hasText: "vu8=" }).waitFor();
    await page.getByRole("button", { name: "Copy message" }).click();
    await status(page, "Message copied.").waitFor();
    const shown = await published(page).textContent();
    assert.deepEqual(services.copied, [shown]);
    await sendButton(page).click();
    await status(page, /Reached the server \(id/).waitFor();
    assert.deepEqual(JSON.parse(services.sends[0]?.payload ?? ""), JSON.parse(shown ?? ""));
  });

  it("tells the host to copy what the form holds as a command, or one that was sent", async () => {
    const { page, services } = await openPump();
    const copyAs = page.getByRole("button", { name: "Copy as…", exact: true });
    await copyAs.click();
    await status(page, "Nothing was copied: 2 fields need a change.").waitFor();
    await page.waitForFunction(() => document.activeElement?.matches("[aria-invalid]"));
    await fill(page, "be:ef", "7");
    await copyAs.click();
    await eventually("copied", () => services.copiedAs.length === 1);
    const [composed] = services.copiedAs;
    assert.equal(composed?.deviceId, pump.deviceId);
    assert.deepEqual([composed.downlink.fPort, composed.downlink.bytes?.[0]], [7, 0xbe]);
    await sendButton(page).click();
    await status(page, /Reached the server \(id/).waitFor();
    await page.getByRole("button", { name: /^Copy as…: BE EF, id/ }).click();
    await eventually("copied the sent one", () => services.copiedAs.length === 2);
    assert.equal(services.copiedAs[1]?.downlink.correlationId, services.last().correlationId);
    assert.equal(services.sends.length, 1);
    await page.getByRole("button", { name: "Add another downlink" }).click();
    await copyAs.waitFor({ state: "hidden" });
  });

  it("sends the bytes of the workspace's formatter for fields where one chooses so, and remembers it", async () => {
    const panel = await openPump((services) => {
      const answer = { milliseconds: 1, result: { f_port: 15, frm_payload: [1, 0, 15] } };
      const rest = { decodedAgain: undefined, isRoundTrip: undefined, losses: [] };
      services.localEncoder = {
        encode: () => Promise.resolve({ formatter: "codecs/pump.js", answer, ...rest }),
        onDidChange: () => ({ dispose: () => undefined }),
      };
    });
    const { page, services } = panel;
    const box = card(page).getByLabel("Send the bytes encoded here");
    assert.equal(await box.isVisible(), false);
    await format(page, "Fields").click();
    await payload(page).fill('{"valve":"open"}');
    await box.waitFor();
    assert.equal(await box.isChecked(), false);
    await card(page).getByText("size set by the formatter").waitFor();
    await page.getByText("What will be published").click();
    await box.check();
    await card(page).locator("dd", { hasText: "01 00 0F" }).waitFor();
    await published(page).filter({ hasText: '"frm_payload": "AQAP"' }).waitFor();
    assert.doesNotMatch((await published(page).textContent()) ?? "", /decoded_payload/);
    await sendButton(page).click();
    await status(page, /Reached the server/).waitFor();
    assert.match(services.sends[0]?.payload ?? "", /"f_port":15.*"frm_payload":"AQAP"/);
    assert.doesNotMatch(services.sends[0]?.payload ?? "", /decoded_payload/);
    await format(page, "Hex").click();
    assert.equal(await box.isVisible(), false);
    await format(page, "Fields").click();
    assert.equal(await box.isChecked(), true);
  });

  it("shows each error beside its field and goes to the first on Send", async () => {
    const { page, services } = await openPump();
    await page.waitForFunction(() => document.querySelector("[aria-invalid]") === null);
    await sendButton(page).click();
    await page.locator(".fPort [aria-invalid]").waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
    await payload(page).fill("BEE");
    await card(page).getByText("Half a byte at character 3").waitFor();
    const describedBy = (await payload(page).getAttribute("aria-describedby")) ?? "";
    const description = await page.locator(`#${describedBy.split(" ")[0]}`).textContent();
    assert.match(description ?? "", /Half a byte/);
    await payload(page).fill("BEEF");
    await page.waitForFunction(() => document.querySelector(".payload [aria-invalid]") === null);
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction(() => document.activeElement?.matches(".fPort input"));
    assert.equal(services.sends.length, 0);
  });

  it("changes the format without losing what was typed", async () => {
    const { page } = await openPump();
    await payload(page).fill("be:ef");
    await format(page, "Base64").click();
    await page.waitForFunction(() => document.querySelector("textarea")?.value === "vu8=");
    await format(page, "Text").click();
    await card(page).getByText("What you typed is kept under Hex.").waitFor();
    assert.equal(await payload(page).inputValue(), "");
    await format(page, "Fields").click();
    await payload(page).fill('{"valve":"open"}');
    await format(page, "Hex").click();
    assert.equal(await payload(page).inputValue(), "be:ef");
    await format(page, "Fields").click();
    assert.equal(await payload(page).inputValue(), '{"valve":"open"}');
  });

  it("is used by keyboard alone: arrows choose the format, Enter never sends, Ctrl+Enter does", async () => {
    const { page, services } = await openPump();
    await payload(page).focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    await page.keyboard.type("hi");
    await card(page).locator("dd", { hasText: "68 69" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Control+Enter");
    await status(page, /Reached the server/).waitFor();
    assert.equal(services.sends.length, 1);
    const [item] = services.sends[0]?.input.downlinks ?? [];
    assert.equal(item?.payload, "hi");
    assert.equal(item.confirmed, true);
  });

  it("asks for an empty frame to be chosen", async () => {
    const { page, services } = await openPump();
    await fill(page, "", "1");
    const choice = card(page).getByLabel("Send an empty frame");
    await choice.check();
    await sendButton(page).click();
    await status(page, /Reached/).waitFor();
    assert.equal(services.sends[0]?.input.downlinks[0]?.allowEmpty, true);
    await payload(page).fill("01");
    await choice.waitFor({ state: "hidden" });
  });

  it("sends several in one push, and removes one", async () => {
    const { page, services } = await openPump();
    await fill(page, "01", "15");
    await page.getByRole("button", { name: "Add another downlink" }).click();
    await page.getByText("one bad downlink makes the server drop them all").waitFor();
    await payload(page, 1).fill("02");
    await page.getByRole("button", { name: "Add another downlink" }).click();
    await page.keyboard.type("03");
    await page.getByRole("button", { name: "Remove downlink 2" }).click();
    await sendButton(page).click();
    await status(page, /Reached/).waitFor();
    assert.deepEqual(
      services.sends[0]?.input.downlinks.map(({ payload: typed, fPort: port }) => [typed, port]),
      [
        ["01", "15"],
        ["03", "15"],
      ],
    );
  });

  it("D23 does not send twice and keeps the form", async () => {
    const { page, services } = await openPump();
    let finish: (answer: SendAnswer) => void = () => undefined;
    services.answer = () => new Promise((resolve) => (finish = resolve));
    await fill(page);
    await sendButton(page).dblclick();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Sending…", disabled: true }).waitFor();
    await page.locator(".sentList .card").waitFor();
    finish({ sent: true });
    await status(page, /Reached/).waitFor();
    await page.waitForFunction(() => document.querySelector("[aria-disabled]") === null);
    assert.equal(services.sends.length, 1);
    assert.equal(await payload(page).inputValue(), "01 01 00 0F");
  });

  it("replaces and clears only on their own buttons", async () => {
    const { page, services } = await openPump();
    await page.getByRole("button", { name: /Clear the queue/ }).click();
    await status(page, /does not answer/).waitFor();
    await fill(page);
    services.answer = () => Promise.resolve({ problem: "Nothing was sent: you declined." });
    await page.getByRole("button", { name: /Replace the queue/ }).click();
    await status(page, "you declined").waitFor();
    assert.deepEqual(
      services.sends.map(({ input }) => [input.operation, input.downlinks.length]),
      [
        ["replace", 0],
        ["replace", 1],
      ],
    );
  });

  it("follows what was sent to the server's last word", async () => {
    const { page, services } = await openPump();
    await fill(page);
    await card(page).getByLabel("Confirmed").check();
    await card(page)
      .getByLabel(/correlation ids/)
      .fill("order-7");
    await sendButton(page).click();
    const row = page.locator(".sentList .card");
    await row.getByText("reached the server; waiting for its answer").waitFor();
    services.serverSays("downlinkQueued");
    await row.getByText("in the server's queue").waitFor();
    services.serverSays("downlinkSent");
    await row.getByText("waiting for the acknowledgement").waitFor();
    services.serverSays("downlinkFailed", "<b>no</b> gateway");
    await row.getByText("failed: <b>no</b> gateway").waitFor();
    assert.equal(await row.locator("b").count(), 0);
    assert.deepEqual(await row.locator(".steps .word").allTextContents(), [
      "composed",
      "reached the server",
      "queued",
      "sent",
      "failed",
    ]);
    const [sent] = services.tracked(pump.applicationKey);
    await row.getByText(`id ${sent?.correlationId.slice(-4)}, order-7`).waitFor();
    await page.getByRole("button", { name: "Show events" }).click();
    await page.evaluate(() => 0); // the page's message was posted before this answer
    assert.deepEqual(services.opened, ["key:soil-lab pump-controller-3"]);
  });

  it("uses a downlink again, and brings back what was in the form", async () => {
    const { page } = await openPump();
    await fill(page);
    await sendButton(page).click();
    await status(page, /Reached/).waitFor();
    await fill(page, "AA BB", "99");
    await page.getByRole("button", { name: /Use again: 01 01 00 0F/ }).click();
    assert.equal(await payload(page).inputValue(), "01 01 00 0F");
    assert.equal(await fPort(page).inputValue(), "15");
    await page.getByRole("button", { name: "Bring back what was in the form" }).click();
    assert.equal(await payload(page).inputValue(), "AA BB");
    assert.equal(await fPort(page).inputValue(), "99");
  });

  it("warns of an end device id never seen and refuses a wrong one", async () => {
    const { page, services } = await openPump();
    await page
      .getByLabel("End device", { exact: true })
      .selectOption({ label: "Another end device id…" });
    await page.keyboard.type("Pump");
    await page.getByText("3 to 36 characters").waitFor();
    await page.getByLabel("End device id").fill("pump-9");
    await page.getByText("Never seen in this application").waitFor();
    await fill(page);
    await sendButton(page).click();
    await status(page, /Reached/).waitFor();
    assert.match(services.sends[0]?.topic ?? "", /devices\/pump-9\//);
  });

  it("tells demo, production and missing connections", async () => {
    const { page, services } = await openPump((each) => {
      each.list = [{ ...soilLab, connected: false, production: true, mayNotSend: true }, demo];
    });
    await page.getByText("Not connected.").waitFor();
    await page.getByText("Marked as production").waitFor();
    await page.getByText("The API key may not send downlinks").waitFor();
    await fill(page);
    await sendButton(page).click();
    await status(page, "the application is not connected").waitFor();
    await page.getByLabel("Application").selectOption({ label: "Demo network" });
    await page.getByText("Demo network: its end devices are simulated").waitFor();
    services.setTargets({ ...soilLab, connected: false, production: true });
    await page
      .getByRole("option", { name: "Choose an application" })
      .waitFor({ state: "attached" });
    assert.equal(services.sends.length, 0);
  });

  it("keeps a draft per end device over switching and reloading", async () => {
    const { page, controller } = await openPump();
    await fill(page, "01", "11");
    const device = page.getByLabel("End device", { exact: true });
    await device.selectOption("greenhouse-07");
    assert.equal(await payload(page).inputValue(), "");
    await fill(page, "02", "12");
    await page.reload();
    await page.getByRole("heading", { name: "Sent to greenhouse-07" }).waitFor();
    assert.equal(await payload(page).inputValue(), "02");
    controller.show(pump);
    await page.getByRole("heading", { name: "Sent to pump-controller-3" }).waitFor();
    assert.equal(await payload(page).inputValue(), "01");
    assert.equal(await fPort(page).inputValue(), "11");
  });

  it("measures the payload against the data rate last heard, as an estimate", async () => {
    const { page, services, controller } = await openPump();
    await fill(page);
    await card(page).getByText("4 bytes", { exact: true }).waitFor();
    const payloadLimit = slowestLimit;
    services.hear(pump, { ...services.facts, payloadLimit });
    await card(page).getByText("4 / 50 bytes (estimate for SF12 in EU868)").waitFor();
    await payload(page).fill("00".repeat(60));
    await card(page).getByText("60 / 50 bytes").waitFor();
    const told = card(page).locator(".note.warning", { hasText: "do not fit" });
    assert.match((await told.textContent()) ?? "", /60 bytes do not fit at SF12 in EU868: 50 do\./);
    controller.show({ ...pump, deviceId: "greenhouse-07" });
    await page.getByRole("heading", { name: "Sent to greenhouse-07" }).waitFor();
  });

  it("D11 takes class B and C only with good gateways and a time to come", async () => {
    const { page, services } = await openPump((each) => {
      each.facts = { ...each.facts, gateways: ["roof-gw-1", "barn-gw-2"] };
    });
    await fill(page);
    const gateways = card(page).getByLabel("Gateways (optional)");
    assert.equal(await gateways.isVisible(), false);
    await card(page)
      .getByLabel(/Class B or C/)
      .check();
    await card(page).getByText("Not for class A").waitFor();
    await card(page).getByLabel("barn-gw-2").check();
    await card(page).getByLabel("roof-gw-1").check();
    assert.equal(await gateways.inputValue(), "barn-gw-2, roof-gw-1");
    await card(page).getByLabel("barn-gw-2").uncheck();
    assert.equal(await gateways.inputValue(), "roof-gw-1");
    const time = card(page).getByLabel("Time of transmission (optional)");
    await time.fill("2020-01-01T00:00:00Z");
    await sendButton(page).click();
    await card(page).getByText("This time is past").waitFor();
    await page.waitForFunction(() => document.activeElement?.matches(".absoluteTime input"));
    await card(page).getByRole("button", { name: "In one minute" }).click();
    await gateways.fill("roof-gw-1, Barn");
    await card(page).getByText("A gateway id has 3 to 36 characters").waitFor();
    assert.equal(services.sends.length, 0);
    await gateways.fill("roof-gw-1");
    await sendButton(page).click();
    await status(page, /Reached/).waitFor();
    const [sent] = (JSON.parse(services.sends[0]?.payload ?? "") as { downlinks: unknown[] })
      .downlinks;
    const { class_b_c: classBC } = sent as {
      class_b_c: { gateways: unknown; absolute_time: string };
    };
    assert.deepEqual(classBC.gateways, [{ gateway_ids: { gateway_id: "roof-gw-1" } }]);
    assert.equal(`${classBC.absolute_time.slice(0, 19)}Z`, await time.inputValue());
  });

  it("asks for the attempts of a confirmed downlink only", async () => {
    const { page, services } = await openPump();
    await fill(page);
    const attempts = card(page).getByLabel("Attempts at most");
    assert.equal(await attempts.isVisible(), false);
    await card(page).getByLabel("Confirmed").check();
    await attempts.fill("99");
    await sendButton(page).click();
    await card(page).getByText("whole number from 1 to 32").waitFor();
    await attempts.fill("3");
    await sendButton(page).click();
    await status(page, /Reached/).waitFor();
    assert.match(
      services.sends[0]?.payload ?? "",
      /"confirmed_retry":\{"attempt":1,"max_attempts":3\}/,
    );
  });

  it("shows the wait for a turn, quietly, and cancels it", async () => {
    const { page, services } = await openPump();
    services.answer = ({ onWait, signal }) =>
      new Promise((resolve) => {
        onWait?.({ until: Date.now() + 60_000, perMinute: 10 });
        signal?.addEventListener("abort", () =>
          resolve({ problem: "Cancelled. Nothing was sent." }),
        );
      });
    await fill(page);
    await sendButton(page).click();
    await page.getByText(/^Waits (60|59) s: at most 10 a minute\.$/).waitFor();
    await status(page, "Waiting for its turn.").waitFor();
    assert.equal(await page.getByRole("status").getByText(/Waits/).count(), 0);
    await page.getByRole("button", { name: "Waiting…", disabled: true }).waitFor();
    await page.getByRole("button", { name: "Cancel sending" }).click();
    await status(page, "Cancelled. Nothing was sent.").waitFor();
    await page.getByRole("button", { name: "Cancel sending" }).waitFor({ state: "hidden" });
    await page.waitForFunction(() => document.querySelector("[aria-disabled]") === null);
  });

  it("lists what waits for the end device, of ours and of others", async () => {
    const { page, services } = await openPump();
    const queue = page.getByRole("region", { name: "Waiting for the end device" });
    assert.equal(await queue.isVisible(), false);
    await fill(page);
    await card(page).getByLabel("Confirmed").check();
    await sendButton(page).click();
    await page.locator(".sentList .card").waitFor();
    services.serverSays("downlinkQueued");
    await queue.getByText("01 01 00 0F").waitFor();
    await queue.getByText(/FPort 15 · waits since/).waitFor();
    services.hear(pump, { ...services.facts, othersPending: 2 });
    await queue.getByText("2 of other senders.").waitFor();
    services.serverSays("downlinkSent");
    services.serverSays("downlinkAck");
    await queue.getByText("01 01 00 0F").waitFor({ state: "detached" });
    services.hear(pump, { ...services.facts, othersPending: 0 });
    await queue.waitFor({ state: "hidden" });
  });

  it("W01 shows hostile strings as text", async () => {
    const evil = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>';
    const { page } = await open((services) => {
      services.facts = {
        gateways: [evil],
        payloadLimit: { ...slowestLimit, bands: [evil] },
        othersPending: 0,
      };
      services.list = [
        {
          ...soilLab,
          label: evil,
          server: evil,
          devices: [{ deviceId: "pump-controller-3", detail: evil }],
        },
      ];
    });
    await page.getByLabel("End device", { exact: true }).selectOption("pump-controller-3");
    await card(page)
      .getByLabel(/Class B or C/)
      .check();
    await card(page).getByLabel(evil).waitFor();
    await payload(page).fill("3C 73 63 72 69 70 74 3E"); // <script>
    await card(page)
      .getByText(`8 / 50 bytes (estimate for the usual RX2 data rate in ${evil})`)
      .waitFor();
    await card(page).locator("dd", { hasText: "<script>" }).waitFor();
    assert.equal(await page.locator("img, iframe, main script").count(), 0);
    assert.equal(await page.title(), "Downlink");
  });

  it("W03 cannot load, send or evaluate anything", async () => {
    const { page } = await openPump();
    const outcome = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => {
        violations.push(event.effectiveDirective);
      });
      const blocked = async (act: () => unknown) => {
        try {
          await act();
          return false;
        } catch {
          return true;
        }
      };
      const fetchBlocked = await blocked(() => fetch(location.href));
      // The debugger's own evaluation is exempt from the policy, a callback of it is not.
      const evalBlocked = new Promise<boolean>((resolve) => {
        setTimeout(() => void blocked(() => window.eval("1")).then(resolve));
      });
      const image = new Image();
      const imageBlocked = new Promise<boolean>((resolve) => {
        image.onload = () => resolve(false);
        image.onerror = () => resolve(true);
      });
      image.src = "/image.png";
      const script = document.createElement("script");
      script.textContent = "document.title = 'injected'";
      const frame = document.createElement("iframe");
      frame.src = "/frame.html";
      const frameLoaded = new Promise((resolve) => (frame.onload = resolve));
      document.body.append(script, frame);
      await frameLoaded;
      return {
        blocked: [fetchBlocked, await evalBlocked, await imageBlocked],
        violations,
      };
    });
    assert.deepEqual(outcome.blocked, [true, true, true]);
    for (const directive of ["connect-src", "img-src", "script-src", "frame-src"]) {
      assert.ok(
        outcome.violations.some((each) => each.startsWith(directive)),
        `${directive} in ${outcome.violations.join()}`,
      );
    }
    assert.equal(await page.title(), "Downlink");
  });

  it("has a name for every control, polite live regions and a sensible order of focus", async () => {
    const { page } = await openPump();
    await page.getByRole("button", { name: "Add another downlink" }).click();
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLInputElement>("input, select, textarea, button")]
        .filter((each) => !each.labels?.length && !each.textContent && !each.ariaLabel)
        .map((each) => `${each.tagName} ${each.className}`),
    );
    assert.deepEqual(unnamed, []);
    const live = page.locator("[aria-live], [role=status], [role=alert], output");
    assert.deepEqual(
      await live.evaluateAll((all) => all.map((each) => [each.ariaLive, each.ariaLabel])),
      [
        ["polite", null],
        ["polite", "Verdicts"],
      ],
    );
    assert.equal(await page.locator("[tabindex]").count(), 0);
    const ids = await page.evaluate(() =>
      [...document.querySelectorAll("[id]")].map(({ id }) => id),
    );
    assert.equal(new Set(ids).size, ids.length);
    const levels = await page
      .locator("h1, h2, h3")
      .evaluateAll((all) => all.map((each) => each.tagName));
    assert.equal(levels[0], "H1");
    await page.locator("body").click({ position: { x: 2, y: 2 } });
    const order: string[] = [];
    for (let stop = 0; stop < 11; stop++) {
      await page.keyboard.press("Tab");
      order.push(
        await page.evaluate(() => {
          const focused = document.activeElement as HTMLInputElement | null;
          return (
            focused?.ariaLabel ?? focused?.labels?.[0]?.textContent ?? focused?.textContent ?? ""
          );
        }),
      );
    }
    assert.deepEqual(order, [
      "Application",
      "End device",
      "Remove downlink 1",
      "Hex",
      "Payload",
      "Send an empty frame",
      "FPort",
      "Priority",
      "Confirmed",
      "Class B or C: choose gateways or a time",
      "Your correlation ids (optional)",
    ]);
  });

  it("fits into 300 px and moves nothing when motion is to be reduced", async () => {
    const { page, services } = await openPump(undefined, 300);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await fill(page, "00".repeat(242));
    await page.getByText("What will be published").click();
    await sendButton(page).click();
    await page.locator(".sentList .card").waitFor();
    services.serverSays("downlinkFailed", "x".repeat(500));
    await page.getByText(/^failed: x/).waitFor();
    const { scroll, client } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }));
    assert.ok(scroll <= client, `${scroll} > ${client}`);
    const transition = await sendButton(page).evaluate((each) => getComputedStyle(each).transition);
    assert.match(transition, /^(all|none)( 0s.*)?$/);
  });

  for (const theme of ["dark", "light", "hcDark", "hcLight"] as const satisfies ThemeName[]) {
    for (const width of [1280, 300]) {
      it(`looks right in ${theme} at ${width} px`, async () => {
        const panel = await openPump((each) => {
          each.list = [{ ...soilLab, production: true }, demo];
          const payloadLimit = slowestLimit;
          each.facts = { gateways: ["roof-gw-1", "barn-gw-2"], payloadLimit, othersPending: 2 };
        }, width);
        const { page, services } = panel;
        await panel.useTheme(theme);
        await fill(page);
        await card(page).getByLabel("Confirmed").check();
        for (const word of ["downlinkAck", "downlinkFailed"] as const) {
          const sentBefore = services.sends.length;
          await sendButton(page).click();
          await page.locator(".sentList .card").nth(sentBefore).waitFor();
          await page.waitForFunction(() => document.querySelector("[aria-disabled]") === null);
          services.serverSays("downlinkQueued");
          services.serverSays(word, "60 bytes do not fit at SF12");
        }
        await page.locator(".sentState", { hasText: "failed: 60 bytes" }).waitFor();
        await page.getByText("What will be published").click();
        await page.getByRole("button", { name: "Add another downlink" }).click();
        await fill(page, "AQE", "224", 1);
        await card(page, 1).getByText("reserved").waitFor();
        await card(page, 1)
          .getByLabel(/Class B or C/)
          .check();
        await card(page, 1).getByLabel("roof-gw-1").check();
        await card(page, 1).getByLabel("Time of transmission (optional)").fill("yesterday");
        await card(page, 1).getByText("Write the time with its zone").waitFor();
        await page.screenshot({
          path: `${screenshots}/downlink-${theme}-${width}.png`,
          fullPage: true,
        });
        // Text must stand out from what is behind it, in whatever theme.
        const { color, background } = await page.evaluate(() => ({
          color: getComputedStyle(document.body).color,
          background: getComputedStyle(document.body).backgroundColor,
        }));
        assert.notEqual(color, background);
      });
    }
  }
});
