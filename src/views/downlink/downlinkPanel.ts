/** The downlink panel's VS Code side: opens, restores and closes the one panel; all else is its controller's. */
import * as vscode from "vscode";
import { systemClock, type Clock } from "../../util/clock";
import { DisposableStore, MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import type { HostMessage, Target } from "../../protocol/downlinkPage";
import type { Posted } from "../../protocol/pagePost";
import { DownlinkPanelController } from "./downlinkPanelController";
import { downlinkPanelHtml } from "./downlinkPanelHtml";
import type { DownlinkPanelServices } from "./downlinkPanelServices";

export type { DownlinkPanelServices, DownlinkTarget, SendAnswer } from "./downlinkPanelServices";

export const downlinkPanelViewType = "thethingsstack.downlink";

export class DownlinkPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private readonly disposables = new DisposableStore();
  private readonly open = this.disposables.add(new MutableDisposable<OpenPanel>());

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly services: DownlinkPanelServices,
    private readonly clock: Clock = systemClock,
  ) {
    this.disposables.add(vscode.window.registerWebviewPanelSerializer(downlinkPanelViewType, this));
  }

  /** Opens the panel or brings it to the front, and points it at an end device if one is given. */
  show(target?: Target): void {
    const panel = this.open.value ?? this.adopt(this.create());
    panel.reveal();
    if (target) panel.controller.show(target);
  }

  /** The user has this end device's downlinks before the eyes. */
  isShowing(target: Target): boolean {
    return this.open.value?.isShowing(target) === true;
  }

  /** After a reload. The page's own state stays with the page, which asks for its target as any page does. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = this.options();
    this.adopt(panel);
    return Promise.resolve();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private create(): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(
      downlinkPanelViewType,
      "Downlink",
      vscode.ViewColumn.Active,
      this.options(),
    );
  }

  private options(): vscode.WebviewOptions {
    return {
      enableScripts: true,
      localResourceRoots: ["dist", "media"].map((folder) => this.uri(folder)),
    };
  }

  private adopt(panel: vscode.WebviewPanel): OpenPanel {
    const { webview } = panel;
    const html = downlinkPanelHtml({
      cspSource: webview.cspSource,
      script: webview.asWebviewUri(this.uri("dist", "webview.js")).toString(),
      style: webview.asWebviewUri(this.uri("media", "downlink.css")).toString(),
    });
    const opened = new OpenPanel(panel, html, this.services, this.clock);
    panel.onDidDispose(() => {
      if (this.open.value === opened) this.open.value = undefined;
    });
    this.open.value = opened;
    return opened;
  }

  private uri(...path: string[]): vscode.Uri {
    return vscode.Uri.joinPath(this.extensionUri, ...path);
  }
}

/** A panel on screen with its controller. */
class OpenPanel implements Disposable {
  readonly controller: DownlinkPanelController;
  private readonly disposables = new DisposableStore();

  constructor(
    private readonly panel: vscode.WebviewPanel,
    html: string,
    services: DownlinkPanelServices,
    clock: Clock,
  ) {
    this.disposables.add(panel);
    const post = (message: Posted<HostMessage>) => {
      // A panel closed meanwhile refuses the message, which is right: nobody reads it.
      panel.webview.postMessage(message).then(undefined, () => undefined);
    };
    this.controller = this.disposables.add(new DownlinkPanelController(services, post, clock));
    this.controller.setVisible(panel.visible);
    this.disposables.add(
      panel.webview.onDidReceiveMessage((data: unknown) => this.controller.receive(data)),
    );
    this.disposables.add(
      panel.onDidChangeViewState(() => this.controller.setVisible(panel.visible)),
    );
    panel.webview.html = html;
  }

  isShowing(target: Target): boolean {
    return this.panel.visible && this.controller.isPointedAt(target);
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.disposables.dispose();
  }
}
