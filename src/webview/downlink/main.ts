/** Starts the page of the downlink panel. */
import type { WebviewMessage } from "../../protocol/downlinkPage";
import { isHostMessage } from "./hostMessages";
import { DownlinkPage } from "./page";

const host = acquireVsCodeApi();
const root = document.getElementById("page");
if (root) {
  const page = new DownlinkPage(
    {
      getState: () => host.getState(),
      setState: (state) => host.setState(state),
      postMessage: (message: WebviewMessage) => host.postMessage(message),
    },
    root,
  );
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isHostMessage(data)) page.receive(data);
  });
}
