/** Runs the bound formatter on a frame under the debugger. */
import * as vscode from "vscode";
import { builtInFormatter } from "../../formatters/workbench/bindings";
import { notify } from "../../views/notices";
import { askFrame } from "./frameTarget";
import type { Command } from "../services";

export const debugFormatter: Command = (services) => async (argument) => {
  const target = await askFrame(services, argument, "Debug Payload Formatter");
  if (!target) return;
  const { frame, binding } = target;
  if (binding.source === builtInFormatter) {
    void notify("information", "CayenneLPP is built into the server: nothing to debug.");
    return;
  }
  const { fPort, recvTime } = frame;
  await services.debugFormatter.start(
    vscode.Uri.parse(binding.source),
    "decodeUplink",
    {
      fPort,
      bytes: [...frame.bytes],
      ...(recvTime !== undefined && { recvTime: Number(recvTime) }),
    },
    binding.profile,
  );
};
