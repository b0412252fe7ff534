/** A payload or a message's topic in the forms people paste elsewhere. An API key is never in it. */
import type { ApplicationSettings } from "./applicationSettings";
import { toBase64, toCArray, toHex, toText } from "./framePayload";

export interface CopySource {
  readonly settings: Pick<
    ApplicationSettings,
    "application" | "host" | "port" | "security" | "caFile"
  >;
  readonly topic: string;
  readonly deviceId: string | undefined;
  readonly bytes: Uint8Array | undefined;
}

export interface CopyForm {
  readonly label: string;
  readonly text: string;
}

export function copyForms({ settings, topic, deviceId, bytes }: CopySource): readonly CopyForm[] {
  const forms: CopyForm[] = [];
  if (bytes) {
    forms.push({ label: "Hex", text: toHex(bytes) });
    forms.push({ label: "Base64", text: toBase64(bytes) });
    const text = toText(bytes);
    if (text !== undefined && text !== "") forms.push({ label: "Text", text });
    forms.push({ label: "C array", text: `const uint8_t payload[] = ${toCArray(bytes)};` });
  }
  forms.push({ label: "mosquitto_sub command (bash)", text: mosquittoSub(settings, topic) });
  if (deviceId !== undefined)
    forms.push({
      label: "curl command (bash): the device's downlink queue",
      text: curl(settings, deviceId),
    });
  forms.push({ label: "Topic", text: topic });
  return forms;
}

function mosquittoSub(
  { application, host, port, security, caFile }: CopySource["settings"],
  topic: string,
): string {
  const tls =
    security === "plaintext"
      ? ""
      : caFile === undefined
        ? " --tls-use-os-certs"
        : ` --cafile ${quote(caFile)}`;
  return `mosquitto_sub -h ${quote(host)} -p ${port}${tls} -u ${quote(application)} -P "$TTS_API_KEY" -t ${quote(topic)} -v`;
}

/** The queue as the server knows it (tts-mqtt §9.2); the tenant is part of the host there. */
function curl({ application, host }: CopySource["settings"], deviceId: string): string {
  const id = application.split("@", 1)[0] ?? application;
  const url = `https://${host}/api/v3/as/applications/${id}/devices/${deviceId}/down`;
  return `curl -s -H "Authorization: Bearer $TTS_API_KEY" ${quote(url)}`;
}

/** One word for a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
