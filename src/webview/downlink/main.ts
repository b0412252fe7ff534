/** Starts the page of the downlink panel. */
import type { WebviewMessage } from "../../protocol/downlinkPage";
import { hearHost } from "../shared/hostPosts";
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
  hearHost(host, isHostMessage, (message) => page.receive(message));
}
