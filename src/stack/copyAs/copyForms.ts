/** A payload, a downlink or an end device in the forms people paste elsewhere. An API key is never in them. */
import { cArray } from "./cArray";
import { commandLine } from "./commandLine";
import type { CopySource } from "./copySource";
import { curlPush, curlQueue } from "./curl";
import type { Invocation } from "./invocation";
import { visibleJson } from "./jsonText";
import { mosquittoPub, mosquittoSub } from "./mosquitto";
import { nodePush, nodeWatch } from "./nodeSnippet";
import { pushOf } from "./pushBody";
import { pythonPush, pythonWatch } from "./pythonSnippet";
import type { Shell } from "./shells";
import { ttnLwCliPush, ttnLwCliQueue } from "./ttnLwCli";
import { toBase64, toHex, toText } from "../framePayload";
import { isId } from "../identifiers";
import { visible } from "../visible";

export interface CopyForm {
  readonly label: string;
  /** What to know before using it. */
  readonly note: string;
  readonly text: string;
}

/** All forms that there are, commands for the given shell. A command that the shell cannot express is left out. */
export function copyForms(source: CopySource, shell: Shell): readonly CopyForm[] {
  const forms: CopyForm[] = [];
  const add = (label: string, text: string | undefined, note = "") => {
    if (text !== undefined) forms.push({ label, note, text });
  };
  const command = (invocation: Invocation | undefined) =>
    invocation && commandLine(invocation, shell);
  const { server, topic, downlink, bytesNote, downlinkNote } = source;
  if (source.bytes) addBytes(source.bytes, (label, text) => add(label, text, bytesNote));
  const both = (note: string) => (downlinkNote === undefined ? note : `${downlinkNote}; ${note}`);
  const deviceId =
    source.deviceId !== undefined && isId(source.deviceId) ? source.deviceId : undefined;
  const push = deviceId !== undefined && downlink && pushOf(server, deviceId, downlink);
  if (push) {
    add("mosquitto_pub: send", command(mosquittoPub(server, push)), downlinkNote);
    if (source.hasHttpApi) {
      add("curl: send", command(curlPush(server, deviceId, push)), both(httpNote));
      add("ttn-lw-cli: send", command(ttnLwCliPush(server, deviceId, downlink)), both(cliNote));
    }
    add("Node: send", nodePush(server, push), both("package mqtt"));
    add("Python: send", pythonPush(server, push), both("package paho-mqtt 2"));
    add("Downlink as JSON", visibleJson(push.body), downlinkNote);
  }
  add("mosquitto_sub: watch", command(mosquittoSub(server, topic)));
  add("Node: watch", nodeWatch(server, topic), "package mqtt");
  add("Python: watch", pythonWatch(server, topic), "package paho-mqtt 2");
  if (deviceId !== undefined && source.hasHttpApi) {
    add("curl: list the downlink queue", command(curlQueue(server, deviceId)), httpNote);
    add("ttn-lw-cli: list the downlink queue", command(ttnLwCliQueue(server, deviceId)), cliNote);
  }
  add("Topic", visible(topic, Infinity));
  return forms;
}

const httpNote = "the host of the HTTP API may differ from the MQTT host";
const cliNote = "after ttn-lw-cli use and ttn-lw-cli login";

function addBytes(bytes: Uint8Array, add: (label: string, text: string | undefined) => void): void {
  const text = toText(bytes);
  add("Hex", toHex(bytes));
  add("Base64", toBase64(bytes));
  // Bytes with other control characters are no text. What is pasted is read elsewhere: nothing hidden may come along.
  const isText = text !== undefined && text !== "" && !/[^\P{Cc}\n\t]/u.test(text);
  add("Text", isText ? visible(text, Infinity) : undefined);
  add("C array", cArray(bytes));
}
