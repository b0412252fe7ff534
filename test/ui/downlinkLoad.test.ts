/** The downlink panel's real page under load. Source: reliability §6.8. */
import assert from "node:assert/strict";
import { PanelBrowser, type OpenedPanel } from "../support/downlinkBrowser";
import { soilLab } from "../support/downlinkFakes";
import { eventually } from "../support/eventually";

const target = { applicationKey: soilLab.applicationKey, deviceId: "pump-controller-3" } as const;

/** A post of the host, as the page got it. */
interface Post {
  readonly type: string;
  readonly rows: number;
  readonly characters: number;
  /** From its arrival until it is painted. Milliseconds. */
  readonly took: number;
}

describe("downlink page under load", function () {
  this.timeout(30_000);
  let browser: PanelBrowser;
  let panel: OpenedPanel;

  before(async () => {
    browser = await PanelBrowser.start();
    panel = await browser.open();
    panel.controller.show(target);
    await panel.page.getByRole("heading", { name: `Sent to ${target.deviceId}` }).waitFor();
  });

  after(async () => {
    await panel.close();
    await browser.stop();
  });

  /** From here on the page notes what the host posts. */
  async function watchPosts(): Promise<() => Promise<Post[]>> {
    await panel.page.evaluate(() => {
      const posts: Post[] = [];
      Object.assign(window, { posts });
      const note = ({ data }: MessageEvent<{ type: string; sent?: unknown[] }>) => {
        const start = performance.now();
        requestAnimationFrame(() =>
          setTimeout(() => {
            const size = { rows: data.sent?.length ?? 0, characters: JSON.stringify(data).length };
            posts.push({ type: data.type, ...size, took: performance.now() - start });
          }),
        );
      };
      window.addEventListener("message", note, { capture: true });
    });
    // All that came before this question: each is noted one painting later.
    return () =>
      panel.page.evaluate(async () => {
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return (window as unknown as { posts: Post[] }).posts;
      });
  }

  let number = 0;

  /** A downlink of ours that reached the server. */
  function send(): string {
    const { tracker } = panel.services;
    const correlationId = `tts-explorer:${String(++number).padStart(26, "0")}`;
    const payload = { fPort: 15, bytes: Uint8Array.of(number % 256), fields: undefined };
    const rest = { priority: "NORMAL", confirmed: false, userCorrelationIds: [] } as const;
    tracker.begin(
      { ...target, operation: "push" },
      [{ ...payload, ...rest, correlationId }],
      Date.now(),
    );
    tracker.published(correlationId, Date.now());
    return correlationId.slice(-4);
  }

  it("F07 gets nothing while hidden, and then one snapshot, of few rows and quickly shown", async () => {
    const posts = await watchPosts();
    panel.controller.setVisible(false);
    const before = await posts();
    const later = async () => (await posts()).slice(before.length);
    const end = performance.now() + 1_200; // many times the pause between two posts
    while (performance.now() < end) {
      for (let count = 0; count < 20; count++) send();
      const devices = Array.from({ length: 2_000 }, (_, index) => ({
        deviceId: `probe-${index}`,
        detail: `${number}`,
      }));
      panel.services.setTargets({ ...soilLab, devices });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(number > 1_000, `${number} downlinks`);
    const newest = send();
    assert.equal((await posts()).length, before.length, "nothing while hidden");

    panel.controller.setVisible(true);
    const { page } = panel;
    await page.locator(".sentList .card").first().getByText(`id ${newest}`).waitFor();
    const snapshot = await eventually("the snapshot", async () =>
      (await later()).find(({ type }) => type === "state"),
    );
    assert.ok(snapshot.rows > 0 && snapshot.rows <= 1_000, `${snapshot.rows} rows`);
    assert.ok(snapshot.characters <= 256 * 1024, `${snapshot.characters} characters`);
    assert.ok(snapshot.took < 200, `${snapshot.took} ms`);
    assert.equal(await page.locator(".sentList > .card").count(), snapshot.rows);
    await page.getByText(/\d+ older ones are not listed\./).waitFor();

    // Whatever else were posted for what is over would come before the post for this one.
    const last = send();
    await page.locator(".sentList .card").first().getByText(`id ${last}`).waitFor();
    const all = await eventually("its post", async () => {
      const now = await later();
      return now.filter(({ type }) => type === "state").length > 1 ? now : undefined;
    });
    const types = all.map(({ type }) => type);
    assert.deepEqual(
      types.filter((type) => type === "state"),
      ["state", "state"],
      "one snapshot, and one for the last downlink",
    );
    assert.ok(types.length <= 3, "beside them only one preview of the form");
    assert.deepEqual(panel.errors, []);
  });
});
