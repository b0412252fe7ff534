/** The modal questions: each says what will happen, to what, and what is lost; Escape means no. */
import * as vscode from "vscode";
import type { Application } from "../model/application";
import { isReadableOnTheWay, type ApplicationSettings } from "../stack/applicationSettings";
import type { DownlinkInput } from "../stack/downlink";
import type { CommandServices } from "./services";

/** True if TLS is used, the server is this machine, or the user agrees, now or earlier (reliability R14). */
export async function consentToPlaintext(
  { consents }: Pick<CommandServices, "consents">,
  settings: ApplicationSettings,
): Promise<boolean> {
  const { host, port } = settings;
  if (!isReadableOnTheWay(settings) || consents.has(settings)) return true;
  const isAgreed = await ask(
    `Send the API key readable to ${host}:${port}?`,
    "Plaintext is not encrypted. Everybody on the way can read the API key and all messages, and can then send " +
      "downlinks to your devices. Use TLS on port 8883 wherever the server offers it.\n\nYour answer is remembered " +
      "for this host and port. As long as the connection lasts it is marked PLAINTEXT.",
    { yes: "Connect Without TLS", no: "Do Not Connect" },
  );
  if (!isAgreed) return false;
  await consents.grant(settings);
  return true;
}

/**
 * Asks before a downlink that throws others away, and before every send to a production application (reliability R11).
 * The host asks, never the page. Returns true when nothing needs asking.
 */
export async function consentToDownlink(
  application: Application,
  input: DownlinkInput,
): Promise<boolean> {
  const { settings } = application;
  const server = `${settings.host}:${settings.port}`;
  const count = input.downlinks.length;
  const known = application.endDevices.get(input.deviceId)?.pendingCount ?? 0;
  const place = `${input.deviceId} of ${settings.application} on ${server}`;
  const knownText =
    known === 0
      ? "No waiting downlink is known here, but there may be some."
      : `${known} waiting downlinks are known here.`;
  if (input.operation === "replace") {
    const isClear = count === 0;
    return ask(
      isClear
        ? `Clear the downlink queue of ${input.deviceId}?`
        : `Replace the downlink queue of ${input.deviceId}?`,
      `End device: ${place}.\n\nAll downlinks that wait there are thrown away, those of other senders too. ${knownText} ` +
        "What a gateway has already got, and a confirmed downlink that waits for its answer, cannot be called back." +
        (isClear
          ? "\n\nThe server never confirms a clear."
          : `\n\n${count} new ${count === 1 ? "downlink takes" : "downlinks take"} their place.`),
      { yes: isClear ? "Clear Queue" : "Replace Queue", no: "Keep the Queue" },
    );
  }
  if (settings.production !== true) return true;
  const ports = [...new Set(input.downlinks.map(({ fPort }) => fPort))].join(", ");
  return ask(
    `Send ${count === 1 ? "a downlink" : `${count} downlinks`} to a production device?`,
    `End device: ${place}.\nFPort: ${ports}.`,
    { yes: "Send", no: "Do Not Send" },
  );
}

/** Enter without reading means no: VS Code gives the focus to the first button (reliability R11). */
async function ask(
  question: string,
  detail: string,
  { yes, no }: { readonly yes: string; readonly no: string },
): Promise<boolean> {
  const options = { modal: true, detail };
  return (await vscode.window.showWarningMessage(question, options, no, yes)) === yes;
}
