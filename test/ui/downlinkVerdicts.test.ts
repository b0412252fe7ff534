/** The downlink panel's cards: each verdict as a user sees it, in a real browser. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { PanelBrowser, type OpenedPanel } from "../support/downlinkBrowser";
import { soilLab, type FakeServices } from "../support/downlinkFakes";
import type { ThemeName } from "../support/downlinkThemes";

const pump = { applicationKey: soilLab.applicationKey, deviceId: "pump-controller-3" };
const screenshots = "artifacts/screenshots";
const minute = 60_000;

const payload = (page: Page) =>
  page.locator(".cards .card").first().getByLabel("Payload", { exact: true });
const fPort = (page: Page) => page.locator(".cards .card").first().getByLabel("FPort");
const cards = (page: Page) => page.locator(".sentList .card");
const spoken = (page: Page) => page.getByLabel("Verdicts");

describe("downlink page: verdicts", function () {
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
    panel.controller.show(pump);
    await panel.page.getByRole("heading", { name: "Sent to pump-controller-3" }).waitFor();
    return panel;
  }

  /** Sends what is in the form and waits for its card. */
  async function send({ page, services }: OpenedPanel, hex = "01 01 00 0F"): Promise<void> {
    const before = services.sends.length;
    await payload(page).fill(hex);
    await fPort(page).fill("15");
    await page.getByRole("button", { name: /^Send$/ }).click();
    await cards(page).nth(before).waitFor();
    await page.waitForFunction(() => document.querySelector("[aria-disabled]") === null);
  }

  it("D15 shows the likeliest causes with a check for each, and does what is chosen", async () => {
    const panel = await open((services) => {
      services.known = {
        ...services.known,
        isKnownDevice: false,
        nearestDevice: () => "greenhouse-07",
      };
    });
    const { page, services } = panel;
    await send(panel);
    services.answerIsOverdue();
    const card = cards(page).first();
    await card.getByText("not confirmed: no answer from the server").waitFor();
    assert.equal(await card.locator(".causes li").count(), 3);
    await card.getByText("greenhouse-07 was: a slip in the id?").waitFor();
    await card.getByRole("button", { name: "Check the connection" }).click();
    await card.getByRole("button", { name: "Show events" }).click();
    await page.evaluate(() => 0); // the page's messages were posted before this answer
    assert.deepEqual(services.checked, [soilLab.applicationKey]);
    assert.deepEqual(services.opened, ["key:soil-lab pump-controller-3"]);
    await card.getByRole("button", { name: "Use greenhouse-07" }).click();
    await page.getByRole("heading", { name: "Sent to greenhouse-07" }).waitFor();
    assert.equal(await payload(page).inputValue(), "01 01 00 0F");
    assert.equal(services.sends.length, 1, "nothing is sent by choosing");
  });

  it("D15 brings fields into the form as bytes to be typed", async () => {
    const panel = await open();
    const { page, services } = panel;
    await page.locator(".segments label", { hasText: "Fields" }).click();
    await send(panel, '{"valv":"open"}');
    services.answerIsOverdue();
    await cards(page).getByRole("button", { name: "Send as bytes…" }).click();
    assert.ok(await page.getByLabel("Hex").isChecked());
    assert.equal(await fPort(page).inputValue(), "15");
    assert.equal(services.sends.length, 1);
  });

  it("D13 offers to send again as a new act", async () => {
    const panel = await open((services) => {
      services.answer = () => {
        services.tracker.published(services.last().correlationId, Date.now(), "unknown");
        return Promise.resolve({ problem: "The server did not confirm in time." });
      };
    });
    const { page, services } = panel;
    await send(panel);
    await cards(page).getByText("unknown whether it was sent").waitFor();
    await cards(page)
      .getByRole("button", { name: /^Send again…/ })
      .click();
    assert.equal(services.sends.length, 1);
    await page.getByRole("button", { name: /^Send$/ }).click();
    await cards(page).nth(1).waitFor();
    const ids = services.tracker
      .of(soilLab.applicationKey)
      .map(({ correlationId }) => correlationId);
    assert.equal(new Set(ids).size, 2);
  });

  it("says a changed verdict once, and not the waits that go on", async () => {
    const panel = await open();
    const { page, services } = panel;
    await send(panel);
    assert.equal(await spoken(page).getAttribute("aria-live"), "polite");
    assert.equal(await spoken(page).textContent(), "");
    services.serverSays("downlinkQueued");
    await spoken(page).filter({ hasText: "in the server's queue" }).waitFor();
    await page.evaluate(() => {
      const watched = document.querySelector('[aria-label="Verdicts"]');
      const count = { changes: 0 };
      Object.assign(window, { count });
      if (watched)
        new MutationObserver(() => count.changes++).observe(watched, { childList: true });
    });
    services.known = { ...services.known, lastHeardAt: Date.now() - 7 * minute };
    services.setTargets(soilLab);
    await cards(page).getByText("next chance in about").waitFor();
    const changes = () =>
      page.evaluate(() => (window as unknown as { count: { changes: number } }).count.changes);
    assert.equal(await changes(), 0);
    services.serverSays("downlinkFailed", { name: "no_device_session" });
    await spoken(page).filter({ hasText: "failed: the end device has never joined" }).waitFor();
    assert.equal(await changes(), 1);
  });

  it("keeps the focus on a cause's button while the card is told anew", async () => {
    const panel = await open();
    const { page, services } = panel;
    await send(panel);
    services.answerIsOverdue();
    const check = cards(page).getByRole("button", { name: "Check the connection" });
    await check.focus();
    services.tracker.disconnected(soilLab.applicationKey, Date.now() + 60_000);
    services.tracker.connected(soilLab.applicationKey, Date.now() + 61_000);
    await cards(page).locator(".steps .word", { hasText: "not connected" }).waitFor();
    services.setTargets(soilLab);
    assert.equal(
      await page.evaluate(() => document.activeElement?.textContent),
      "Check the connection",
    );
  });

  /** What must have happened for each state, the last one at the top. */
  async function everyVerdict(panel: OpenedPanel): Promise<void> {
    const { page, services } = panel;
    const id = () => services.last().correlationId;
    const confirmed = page.locator(".cards .card").first().getByLabel("Confirmed");
    await send(panel);
    services.serverSays("downlinkQueued");
    services.tracker.superseded([id()], Date.now(), "the queue was cleared");
    await send(panel, "00".repeat(60));
    services.serverSays("downlinkQueued");
    const attributes = { length: 60, max: 51 };
    const text = "application downlink payload length `60` exceeds maximum '51'";
    services.serverSays("downlinkFailed", {
      ...{ name: "application_downlink_too_long", text, attributes },
    });
    await send(panel);
    services.serverSays("downlinkQueued");
    services.serverSays("downlinkSent");
    await confirmed.check();
    await send(panel);
    services.serverSays("downlinkQueued");
    services.serverSays("downlinkSent");
    services.tracker.disconnected(soilLab.applicationKey, Date.now());
    services.tracker.connected(soilLab.applicationKey, Date.now() + 6 * minute);
    await send(panel);
    services.serverSays("downlinkQueued");
    services.serverSays("downlinkSent");
    services.serverSays("downlinkNack");
    await send(panel);
    services.serverSays("downlinkQueued");
    services.serverSays("downlinkSent");
    services.serverSays("downlinkAck");
    await send(panel);
    services.serverSays("downlinkQueued", "", { framePayload: new Uint8Array() });
    services.answer = () => {
      services.tracker.published(id(), Date.now(), "unknown");
      return Promise.resolve({ problem: "The server did not confirm in time." });
    };
    await send(panel, "02");
    services.answer = () => Promise.resolve({ sent: true });
    await send(panel, "03");
    services.answerIsOverdue();
    await send(panel, "04");
    await cards(page).nth(9).waitFor();
    await cards(page).getByText("not confirmed: no answer").waitFor();
  }

  for (const theme of ["dark", "light", "hcDark", "hcLight"] as const satisfies ThemeName[]) {
    for (const width of [1280, 300]) {
      it(`looks right in ${theme} at ${width} px, with every verdict`, async () => {
        const panel = await open((services) => {
          services.known = {
            ...services.known,
            ...{ isKnownDevice: false, nearestDevice: () => "greenhouse-07" },
            ...{ lastHeardAt: Date.now() - 60 * minute },
            ...{ limit: { bytes: 51, dataRate: "SF12" } },
          };
        }, width);
        const { page } = panel;
        await panel.useTheme(theme);
        await everyVerdict(panel);
        await page.screenshot({
          path: `${screenshots}/verdicts-${theme}-${width}.png`,
          fullPage: true,
        });
        const { scroll, client } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          client: document.documentElement.clientWidth,
        }));
        assert.ok(scroll <= client, `${scroll} > ${client}`);
        // No meaning by colour alone: each picture stands beside words.
        const wordless = await page.evaluate(
          () =>
            [...document.querySelectorAll(".sentList .icon")].filter(
              (each) => (each.parentElement?.textContent ?? "").trim() === "",
            ).length,
        );
        assert.equal(wordless, 0);
      });
    }
  }
});
