/** The modal questions: each says what will happen, to what, and what is lost; Escape means no. */
import type { Application } from "../model/application";
import { isReadableOnTheWay, type ApplicationSettings } from "../stack/applicationSettings";
import { parsePayload, type DownlinkInput, type DownlinkItemInput } from "../stack/downlink";
import { toSpacedHex } from "../stack/framePayload";
import { askModal } from "../views/notices";
import type { CommandServices } from "./services";
import { counted } from "../util/counted";

/** True if TLS is used, the server is this machine, or the user agrees, now or earlier (reliability R14). */
export async function consentToPlaintext(
  { consents }: Pick<CommandServices, "consents">,
  settings: ApplicationSettings,
): Promise<boolean> {
  const { host, port } = settings;
  if (!isReadableOnTheWay(settings) || consents.has(settings)) return true;
  const isAgreed = await askModal({
    question: `Send the API key readable to ${host}:${port}?`,
    lines: [
      "Plaintext is not encrypted. Everybody on the way can read the API key and all messages, and can then send " +
        "downlinks to your devices. Use TLS on port 8883 wherever the server offers it.",
      "",
      "Your answer is remembered for this host and port. As long as the connection lasts it is marked PLAINTEXT.",
    ],
    yes: "Connect Without TLS",
    no: "Do Not Connect",
  });
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
  if (!(await consentToSilence(application))) return false;
  const { settings } = application;
  const server = `${settings.host}:${settings.port}`;
  const count = input.downlinks.length;
  const mark = settings.production === true ? " (production)" : "";
  const place = `${input.deviceId} of ${settings.application}${mark} on ${server}`;
  const items = itemLines(input.downlinks);
  if (input.operation === "replace") {
    const isClear = count === 0;
    return askModal({
      question: `${isClear ? "Clear" : "Replace"} the downlink queue of ${input.deviceId}?`,
      lines: [
        `End device: ${place}.`,
        "",
        "All downlinks that wait there are thrown away, those of other senders too.",
        ...pendingLines(application, input.deviceId),
        ...goingOnLines(application, input.deviceId),
        "What a gateway has already got cannot be called back. A confirmed downlink that was transmitted is tried again until it " +
          `is acknowledged or its attempts are used up: a ${isClear ? "clear" : "replace"} cannot stop it.`,
        "",
        ...(isClear
          ? ["The server never confirms a clear."]
          : [
              `${counted(count, "new downlink takes", "new downlinks take")} their place:`,
              ...items,
            ]),
      ],
      yes: isClear ? "Clear Queue" : "Replace Queue",
      no: "Keep the Queue",
    });
  }
  if (settings.production !== true) return true;
  return askModal({
    question: `Send ${count === 1 ? "a downlink" : counted(count, "downlink")} to a production device?`,
    lines: [`End device: ${place}.`, "", ...items],
    yes: "Send",
    no: "Do Not Send",
  });
}

/** Asks before the same downlink goes to several end devices (reliability R11). */
export async function consentToMany(
  targets: readonly { readonly application: Application; readonly deviceId: string }[],
  item: DownlinkItemInput,
): Promise<boolean> {
  const applications = [...new Set(targets.map(({ application }) => application))];
  for (const each of applications) if (!(await consentToSilence(each))) return false;
  const places = applications.map((application) => {
    const { application: uid, host, port, production } = application.settings;
    const ids = targets.filter((each) => each.application === application);
    const mark = production === true ? " (production)" : "";
    return `${uid}${mark} on ${host}:${port}: ${listed(ids.map(({ deviceId }) => deviceId))}.`;
  });
  const count = counted(targets.length, "end device");
  return askModal({
    question: `Send the same downlink to ${count}?`,
    lines: [
      ...places,
      "",
      itemText(item),
      "",
      "They are sent one after the other. Cancelling stops the rest.",
    ],
    yes: `Send to ${count}`,
    no: "Do Not Send",
  });
}

/** Asks before a send that the server will not answer to, as far as the rights of the key are known (real-traffic 18). */
async function consentToSilence({ keyRights, settings }: Application): Promise<boolean> {
  if (keyRights?.mayWrite !== false) return true;
  return askModal({
    question: "Send although the API key may not send downlinks?",
    lines: [
      `The key of ${settings.application} on ${settings.host}:${settings.port} lacks the right “Write downlink application traffic”.`,
      "The server throws its downlinks away without a word. Set a key that has the right: Console, API keys.",
    ],
    yes: "Send Anyway",
    no: "Do Not Send",
  });
}

/** What a replace or clear would throw away, as far as it is known. */
function pendingLines(application: Application, deviceId: string): readonly string[] {
  const pending = waitingFor(application, deviceId).filter(({ isSent }) => !isSent);
  if (pending.length === 0) return ["No waiting downlink is known here, but there may be some."];
  const lost = pending.slice(0, maximumLost).map(({ details }) => {
    const bytes = details.framePayload;
    return `FPort ${details.fPort}, ${bytesText(bytes)}`;
  });
  if (pending.length > maximumLost) lost.push(`and ${pending.length - maximumLost} more`);
  const count = counted(pending.length, "waiting downlink is", "waiting downlinks are");
  return [`${count} known here:`, ...lost, ""];
}

/** What it would not throw away although it is known here (real-traffic 7). */
function goingOnLines(application: Application, deviceId: string): readonly string[] {
  const sent = waitingFor(application, deviceId).filter(({ isSent }) => isSent);
  if (sent.length === 0) return [];
  const count =
    sent.length === 1 ? "1 confirmed downlink was" : `${sent.length} confirmed downlinks were`;
  return [`${count} transmitted already and will go on.`];
}

function waitingFor(application: Application, deviceId: string) {
  return application.endDevices.get(deviceId)?.pendingDownlinks ?? [];
}

/** A question that is longer than the screen hides its buttons. */
function itemLines(items: readonly DownlinkItemInput[]): readonly string[] {
  const more = items.length - maximumItems;
  const lines = items.slice(0, maximumItems).map(itemText);
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}

function itemText({ fPort, payloadFormat, payload }: DownlinkItemInput): string {
  const parsed = parsePayload(payloadFormat, payload);
  if (!("bytes" in parsed)) return `FPort ${fPort}, fields.`;
  const { bytes } = parsed;
  return `FPort ${fPort}, ${bytesText(bytes)}.`;
}

function bytesText(bytes: Uint8Array): string {
  const count = counted(bytes.length, "byte");
  if (bytes.length === 0) return count;
  const shown = toSpacedHex(bytes.subarray(0, maximumHexBytes));
  return `${count}: ${shown}${bytes.length > maximumHexBytes ? " …" : ""}`;
}

function listed(ids: readonly string[]): string {
  const more = ids.length - maximumIds;
  return more > 0 ? `${ids.slice(0, maximumIds).join(", ")} and ${more} more` : ids.join(", ");
}

const maximumLost = 5;
const maximumItems = 10;
const maximumIds = 20;
const maximumHexBytes = 24;
