/** Shows which fields depend on which bytes of a frame. */
import * as vscode from "vscode";
import { mapBytes } from "../../formatters/bytes/byteMap";
import { frameName } from "../../formatters/workbench/frame";
import { visible } from "../../stack/visible";
import { askFrame, type FrameTarget } from "./frameTarget";
import type { Command, CommandServices } from "../services";

/** Formatters that take so long for a frame's two or three thousand variants are not run to the end. Milliseconds. */
const longest = 20_000;

export const showByteMap: Command = (services) => async (argument) => {
  const target = await askFrame(services, argument, "Byte Map");
  if (!target) return;
  const map = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: "Changing each bit of the frame",
      cancellable: true,
    },
    (progress, token) => run(services, target, progress, token),
  );
  if (map === "cancelled") return;
  if ("problem" in map) {
    void vscode.window.showWarningMessage(visible(map.problem, 300));
    return;
  }
  const { deviceId, fCnt = "none", fPort } = target.frame;
  // Not `#1042` in the text: VS Code would show it as a colour.
  const frame = `${visible(deviceId, 40)}, FCnt ${fCnt}, FPort ${fPort}`;
  const title = `Byte map of ${frame}, decoded with ${visible(target.binding.file, 200)}`;
  await services.byteMaps.show(map, title, frameName(target.frame));
};

async function run(
  { frameRunner }: CommandServices,
  { frame, binding }: FrameTarget,
  progress: vscode.Progress<{ readonly increment: number }>,
  token: vscode.CancellationToken,
) {
  const end = performance.now() + longest;
  let shown = 0;
  const map = await mapBytes(
    frame.bytes,
    async (all) => {
      const { fPort, recvTime } = frame;
      const inputs = all.map((bytes) => ({ bytes, fPort, recvTime }));
      return (await frameRunner.decode(binding, inputs)) ?? [];
    },
    {
      isCancelled: () => token.isCancellationRequested || performance.now() > end,
      onProgress: (share) => {
        progress.report({ increment: (share - shown) * 100 });
        shown = share;
      },
    },
  );
  if (map !== "cancelled" || token.isCancellationRequested) return map;
  return { problem: `Not finished after ${longest / 1000} s: the formatter takes too long.` };
}
