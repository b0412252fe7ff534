/** Shows which fields depend on which bytes of a frame. */
import { mapBytes } from "../../formatters/bytes/byteMap";
import { frameName } from "../../formatters/workbench/frame";
import { visible } from "../../stack/visible";
import { notify, showProgress, type Progress } from "../../views/notices";
import { askFrame, type FrameTarget } from "./frameTarget";
import type { Command, CommandServices } from "../services";

/** Formatters that take so long for a frame's two or three thousand variants are not run to the end. Milliseconds. */
const longest = 20_000;

export const showByteMap: Command = (services) => async (argument) => {
  const target = await askFrame(services, argument, "Byte Map");
  if (!target) return;
  const map = await showProgress("Changing each bit of the frame", (progress) =>
    run(services, target, progress),
  );
  if (map === "cancelled") return;
  if ("problem" in map) {
    void notify("warning", visible(map.problem, 300));
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
  { report, signal }: Progress,
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
      isCancelled: () => signal.aborted || performance.now() > end,
      onProgress: (share) => {
        report(undefined, (share - shown) * 100);
        shown = share;
      },
    },
  );
  if (map !== "cancelled" || signal.aborted) return map;
  return { problem: `Not finished after ${longest / 1000} s: the formatter takes too long.` };
}
