/** A VS Code window with the extension in it, on a folder of its own, for a suite of tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCodeServer, type CodeServer, type CodeServerOptions } from "./codeServer.mjs";
import { Workbench, type WindowSize } from "./workbench";

export interface WindowOptions extends Pick<
  Partial<CodeServerOptions>,
  "settings" | "vsix" | "workspaceTrust"
> {
  readonly size?: WindowSize;
  /** Fills the folder before the window opens it. */
  readonly prepare?: (folder: string) => Promise<void>;
}

export class OpenedWindow {
  private constructor(
    readonly editor: CodeServer,
    readonly workbench: Workbench,
    readonly folder: string,
  ) {}

  /** Opens a window that shows the extension's view; without a `vsix` it is loaded from its source folder. */
  static async open({ size, prepare, ...options }: WindowOptions = {}): Promise<OpenedWindow> {
    const folder = await mkdtemp(path.join(tmpdir(), "explorer-window-"));
    await prepare?.(folder);
    const editor = await startCodeServer({
      which: "newest",
      workspaceFolder: folder,
      ...(options.vsix === undefined ? { extensionFolder: path.resolve(".") } : {}),
      ...options,
      defaultViews: ["thethingsstack.applications"],
    });
    return new OpenedWindow(editor, await Workbench.open(editor.url, size), folder);
  }

  /** For `afterEach`: what the screen showed when a test failed. */
  async keepFailure(test: { readonly state?: string | undefined } | undefined, name: string) {
    if (test?.state === "failed") await this.workbench.screenshot(`${name}-failure`);
  }

  async close(): Promise<void> {
    await this.workbench.close();
    await this.editor.stop();
    await rm(this.folder, { recursive: true });
  }
}
