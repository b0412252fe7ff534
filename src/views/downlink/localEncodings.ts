/** What the workspace's own formatter makes of the fields in the form, as hints below them, and as what is sent where one wants that. */
import type { EncodedDownlink } from "../../formatters/formatter";
import type { EncodeRequest, LocalEncoding } from "../../formatters/workbench/downlinks";
import { errorText } from "../../formatters/workbench/report";
import {
  maximumDownlinks,
  type Draft,
  type DraftDownlink,
  type FieldProblem,
  type Preview,
  type Target,
} from "../../protocol/downlinkPage";
import { parseFPort } from "../../stack/downlink";
import { parseFields } from "../../stack/fieldsPayload";
import { toHex, toSpacedHex } from "../../stack/framePayload";
import { isId } from "../../stack/identifiers";
import { visible } from "../../stack/visible";
import type { PayloadLimit } from "../../stack/payloadLimit";
import type { Event } from "../../util/emitter";
import { windowOf } from "./downlinkDraft";
import { fittingWords } from "./fittingWords";
import { counted } from "../../util/counted";

/** Encodes with the formatter that is bound to an end device; undefined where none is. */
export interface LocalEncoder {
  encode(request: EncodeRequest): Promise<LocalEncoding | undefined>;
  /** A formatter or its binding may have changed. */
  readonly onDidChange: Event<unknown>;
}

/** More than one draft has, so that its encodings do not drive each other out. */
const maximumKept = 2 * maximumDownlinks;
const maximumBytesShown = 64;

/** What is known for one request; a stale one counts until the new answer is there. */
interface Known {
  readonly fPort: number | undefined;
  isStale: boolean;
  /** The first answer came. */
  isAnswered: boolean;
  encoding: LocalEncoding | undefined;
}

interface Edited {
  readonly draft: Draft;
  readonly target: Target;
}

/** A draft in which the fields that are sent as bytes are bytes. */
export interface EncodedDraft {
  readonly draft: Draft;
  /** Of fields that could not be encoded. */
  readonly problems: readonly FieldProblem[];
  /** The encoder works; `onKnown` tells when it is done. */
  readonly isPending: boolean;
}

export class LocalEncodings {
  /** By request. */
  private readonly known = new Map<string, Known>();
  private readonly subscription: { dispose(): void };
  /** The end device whose fields were encoded last, so that the choice stays while one types. */
  private encodedFor = "";

  /** @param onKnown called when encodings that were asked for are there or may be others */
  constructor(
    private readonly encoder: LocalEncoder,
    private readonly onKnown: () => void,
  ) {
    this.subscription = encoder.onDidChange(() => {
      if (this.known.size === 0) return;
      for (const each of this.known.values()) each.isStale = true;
      onKnown();
    });
  }

  /** The draft as it is sent. */
  encoded({ draft, target }: Edited, application: string | undefined): EncodedDraft {
    const problems: FieldProblem[] = [];
    let isPending = false;
    const downlinks = draft.downlinks.map((each, item) => {
      if (each.format !== "fields" || each.sendEncoded !== true) return each;
      if (!("fields" in parseFields(each.texts.fields))) return each;
      const known = this.lookUp(application, target.deviceId, each);
      if (known?.isAnswered === false) isPending = true;
      const result = known?.encoding?.answer.result;
      if (result) return asBytes(each, result);
      const message = known?.encoding
        ? "The formatter of this workspace fails on these fields, so there are no bytes to send."
        : "No formatter of this workspace encodes these fields: clear the box below.";
      problems.push({ item, field: "payload", message });
      return each;
    });
    return { draft: { ...draft, downlinks }, problems, isPending };
  }

  /** The preview with the hints for each of its downlinks. */
  addTo(
    preview: Omit<Preview, "revision">,
    { draft, target }: Edited,
    application: string | undefined,
    limit: PayloadLimit | undefined,
  ): Omit<Preview, "revision"> {
    const device = JSON.stringify([application, target.deviceId]);
    const downlinks = preview.downlinks.map((each, index) => {
      const downlink = draft.downlinks[index];
      if (downlink?.format !== "fields") return each;
      const known = this.lookUp(application, target.deviceId, downlink);
      const { encoding, fPort, isAnswered = false } = known ?? {};
      if (encoding?.answer.result) this.encodedFor = device;
      else if (isAnswered && !encoding && this.encodedFor === device) this.encodedFor = "";
      const canSendEncoded = this.encodedFor === device;
      if (!encoding) return { ...each, canSendEncoded };
      // Of an empty form only what it takes is worth a word.
      const own = isBlank(downlink) ? encoding.losses : encodingHints(encoding, fPort);
      // Bytes that are sent were measured already.
      const size =
        downlink.sendEncoded === true ? 0 : (encoding.answer.result?.frm_payload.length ?? 0);
      const fitting = fittingWords(size, limit, windowOf(downlink));
      const hints = [...each.hints, ...own, ...fitting.hints];
      return { ...each, hints, warnings: [...each.warnings, ...fitting.warnings], canSendEncoded };
    });
    return { ...preview, downlinks };
  }

  dispose(): void {
    this.subscription.dispose();
    this.known.clear();
  }

  /** What is known now; what is not is asked for. Undefined where there is nothing to encode. */
  private lookUp(
    application: string | undefined,
    deviceId: string,
    downlink: DraftDownlink,
  ): Known | undefined {
    const parsed = isBlank(downlink) ? { fields: {} } : parseFields(downlink.texts.fields);
    if (application === undefined || !isId(deviceId) || !("fields" in parsed)) return undefined;
    const port = parseFPort(downlink.fPort);
    const fPort = "fPort" in port ? port.fPort : undefined;
    const request: EncodeRequest = { application, deviceId, fPort, data: parsed.fields };
    const key = JSON.stringify(request);
    const known = this.known.get(key) ?? this.keep(key, fPort);
    if (known.isStale) {
      known.isStale = false;
      void this.ask(known, request);
    }
    return known;
  }

  private keep(key: string, fPort: number | undefined): Known {
    const oldest = this.known.keys().next();
    if (this.known.size >= maximumKept && oldest.done !== true) this.known.delete(oldest.value);
    const known = { fPort, isStale: true, isAnswered: false, encoding: undefined };
    this.known.set(key, known);
    return known;
  }

  private async ask(known: Known, request: EncodeRequest): Promise<void> {
    const encoding = await this.encoder.encode(request);
    if (known.isStale) return; // it is asked for again
    known.isAnswered = true;
    known.encoding = encoding;
    this.onKnown();
  }
}

function isBlank({ texts }: DraftDownlink): boolean {
  return texts.fields.trim() === "";
}

/** An FPort that cannot be read stays, and stands there as a problem. */
function asBytes(downlink: DraftDownlink, { frm_payload, f_port }: EncodedDownlink): DraftDownlink {
  const { fPort, texts } = downlink;
  const isUsable = fPort.trim() === "" || "fPort" in parseFPort(fPort);
  const hex = toHex(Uint8Array.from(frm_payload));
  return {
    ...{ ...downlink, format: "hex", typedAs: "hex", texts: { ...texts, hex } },
    fPort: isUsable ? String(f_port) : fPort,
  };
}

/** @param fPort as chosen in the form */
export function encodingHints(
  { formatter, answer, isRoundTrip, decodedAgain, losses }: LocalEncoding,
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
  const size = counted(bytes.length, "byte");
  return [
    `Encoded here with ${name}: ${payload} on FPort ${port}${elsewhere} (${size}).`,
    ...warnings.slice(0, 5).map((text) => `Warning of ${name}: ${visible(text, 200)}`),
    ...losses,
    // What is lost was just said in better words.
    ...(isRoundTrip === false && losses.length === 0
      ? [`Decoded again the fields differ: ${visible(JSON.stringify(decodedAgain ?? null), 200)}`]
      : []),
  ];
}
