/** The downlink panel's real page in a real browser, bridged to the real host-side controller. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type Page } from "playwright-core";
import type { HostMessage } from "../../src/protocol/downlinkPage";
import type { Posted } from "../../src/protocol/pagePost";
import { systemClock } from "../../src/util/clock";
import { DownlinkPanelController } from "../../src/views/downlink/downlinkPanelController";
import { downlinkPanelHtml } from "../../src/views/downlink/downlinkPanelHtml";
import { FakeServices } from "./downlinkFakes";
import { themes, type ThemeName } from "./downlinkThemes";

const files: Readonly<Record<string, readonly [path: string, type: string]>> = {
  "/webview.js": ["dist/webview.js", "text/javascript"],
  "/downlink.css": ["media/downlink.css", "text/css"],
};

/** What VS Code puts into a webview, as far as the page can see it; state lives as long as the tab. */
function stubVsCode(): void {
  const { hostReceive } = window as unknown as { hostReceive: (message: unknown) => void };
  const api = {
    postMessage: (message: unknown) => hostReceive(JSON.parse(JSON.stringify(message))),
    getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") as unknown,
    setState: (state: unknown) => {
      sessionStorage.setItem("state", JSON.stringify(state));
      return state;
    },
  };
  Object.assign(window, { acquireVsCodeApi: () => api });
}

export class PanelBrowser {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly address: string,
  ) {}

  static async start(): Promise<PanelBrowser> {
    const server = createServer((request, response) => {
      void answer(server, request.url ?? "").then(({ type, body }) => {
        response.setHeader("content-type", type);
        response.end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    return new PanelBrowser(browser, server, addressOf(server));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** A panel with services of its own, loaded and pointed at nothing yet. */
  async open(
    prepare: (services: FakeServices) => void = () => undefined,
    width = 1280,
  ): Promise<OpenedPanel> {
    const services = new FakeServices(systemClock);
    prepare(services);
    const context = await this.browser.newContext({ viewport: { width, height: 900 } });
    context.setDefaultTimeout(5000);
    const page = await context.newPage();
    const panel = new OpenedPanel(page, services);
    await page.exposeFunction("hostReceive", (data: unknown) => panel.controller.receive(data));
    await page.addInitScript(stubVsCode);
    await page.goto(this.address);
    await page.locator(".columns").waitFor();
    await panel.useTheme("dark");
    return panel;
  }
}

export class OpenedPanel {
  readonly errors: string[] = [];
  readonly controller: DownlinkPanelController;

  constructor(
    readonly page: Page,
    readonly services: FakeServices,
  ) {
    const post = (message: Posted<HostMessage>) => {
      // Fails only while the page is being reloaded, which asks for everything afterwards.
      page
        .evaluate((data) => window.postMessage(JSON.parse(data), "*"), JSON.stringify(message))
        .catch(() => undefined);
    };
    this.controller = new DownlinkPanelController(services, post, systemClock);
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** Sets the theme as VS Code does: variables on the root element, a class on the body. */
  async useTheme(name: ThemeName): Promise<void> {
    await this.page.evaluate(
      ({ variables, isDark }) => {
        const { style } = document.documentElement;
        style.cssText = "";
        for (const [key, value] of Object.entries(variables)) {
          style.setProperty(`--vscode-${key}`, value);
        }
        style.setProperty("color-scheme", isDark ? "dark" : "light");
      },
      { variables: themes[name], isDark: name === "dark" || name === "hcDark" },
    );
  }

  async close(): Promise<void> {
    this.controller.dispose();
    await this.page.context().close();
  }
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(server: Server, url: string): Promise<{ type: string; body: string }> {
  const file = files[url];
  if (file) return { type: file[1], body: await readFile(file[0], "utf8") };
  const origin = addressOf(server);
  const html = downlinkPanelHtml({
    cspSource: origin,
    script: `${origin}/webview.js`,
    style: `${origin}/downlink.css`,
  });
  return { type: "text/html", body: html };
}
