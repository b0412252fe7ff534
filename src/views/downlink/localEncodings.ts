/** What the workspace's own formatter makes of the fields in the form, as hints below them. The server encodes what is sent. */
import type { EncodeRequest, LocalEncoding } from "../../formatters/workbench/downlinks";
import { errorText } from "../../formatters/workbench/report";
import type { Draft, DraftDownlink, Preview, Target } from "../../protocol";
import { parseFPort } from "../../stack/downlink";
import { parseFields } from "../../stack/fieldsPayload";
import { toSpacedHex } from "../../stack/framePayload";
import { isId } from "../../stack/identifiers";
import { visible } from "../../stack/visible";
import type { Event } from "../../util/emitter";

/** Encodes with the formatter that is bound to an end device; undefined where none is. */
export interface LocalEncoder {
  encode(request: EncodeRequest): Promise<LocalEncoding | undefined>;
  /** A formatter or its binding may have changed. */
  readonly onDidChange: Event<unknown>;
}

const maximumKept = 30;
const maximumBytesShown = 64;

export class LocalEncodings {
  /** By request; undefined while the encoder works. */
  private readonly known = new Map<string, readonly string[] | undefined>();
  private readonly subscription: { dispose(): void };

  /** @param onKnown called when hints that were asked for are there or may be others */
  constructor(
    private readonly encoder: LocalEncoder,
    private readonly onKnown: () => void,
  ) {
    this.subscription = encoder.onDidChange(() => {
      if (this.known.size === 0) return;
      this.known.clear();
      onKnown();
    });
  }

  /** What is known now; what is not is asked for, and `onKnown` tells when it is there. */
  private hints(application: string, deviceId: string, downlink: DraftDownlink): readonly string[] {
    if (downlink.format !== "fields") return [];
    const parsed = parseFields(downlink.texts.fields);
    if (!("fields" in parsed)) return [];
    const port = parseFPort(downlink.fPort);
    const fPort = "fPort" in port ? port.fPort : undefined;
    const request: EncodeRequest = { application, deviceId, fPort, data: parsed.fields };
    const key = JSON.stringify(request);
    if (!this.known.has(key)) void this.ask(key, request);
    return this.known.get(key) ?? [];
  }

  /** The preview with the hints for each of its downlinks. */
  addTo(
    preview: Omit<Preview, "revision">,
    { draft, target }: { readonly draft: Draft; readonly target: Target },
    application: string | undefined,
  ): Omit<Preview, "revision"> {
    if (application === undefined || !isId(target.deviceId)) return preview;
    const downlinks = preview.downlinks.map((each, index) => {
      const downlink = draft.downlinks[index];
      const more = downlink ? this.hints(application, target.deviceId, downlink) : [];
      return more.length === 0 ? each : { ...each, hints: [...each.hints, ...more] };
    });
    return { ...preview, downlinks };
  }

  dispose(): void {
    this.subscription.dispose();
    this.known.clear();
  }

  private async ask(key: string, request: EncodeRequest): Promise<void> {
    const oldest = this.known.keys().next();
    if (this.known.size >= maximumKept && oldest.done !== true) this.known.delete(oldest.value);
    this.known.set(key, undefined);
    const encoding = await this.encoder.encode(request);
    if (!this.known.has(key)) return;
    this.known.set(key, encoding ? encodingHints(encoding, request.fPort) : []);
    if (encoding) this.onKnown();
  }
}

/** @param fPort as chosen in the form */
export function encodingHints(
  { formatter, answer, isRoundTrip, decodedAgain }: LocalEncoding,
  fPort: number | undefined,
): readonly string[] {
  const name = visible(formatter, 100);
  if (answer.error) return [`Encoding fails here with ${name}: ${errorText(answer.error)}`];
  const { frm_payload: octets, f_port: port, warnings = [] } = answer.result;
  const bytes = Uint8Array.from(octets);
  const hex = toSpacedHex(bytes.subarray(0, maximumBytesShown));
  const payload =
    bytes.length === 0 ? "no bytes" : hex + (bytes.length > maximumBytesShown ? " …" : "");
  const elsewhere = fPort !== undefined && fPort !== port ? ", not the one above" : "";
  const size = bytes.length === 1 ? "1 byte" : `${bytes.length} bytes`;
  return [
    `Encoded here with ${name}: ${payload} on FPort ${port}${elsewhere} (${size}).`,
    ...warnings.slice(0, 5).map((text) => `Warning of ${name}: ${visible(text, 200)}`),
    ...(isRoundTrip === false
      ? [`Decoded again the fields differ: ${visible(JSON.stringify(decodedAgain ?? null), 200)}`]
      : []),
  ];
}
