/** Formatters on the server's own engine: `up/decode`, `down/encode`, `down/decode`. Source: real-http 1, 4, formatters §1. */
import { toBase64 } from "../../stack/framePayload";
import type { JsonObject } from "../../stack/messages";
import { isJsonObject } from "../../stack/wireReaders";
import { withoutZeros, type WireObject } from "../server/wireObject";
import { failed, failedWith, invalid, notHere, ok, type ApiAnswer } from "./apiAnswer";
import { member, type ApiCall } from "./apiCall";
import type { FormatterFault, FormatterRun, FormatterRunner } from "./formatterEngine";

/** Characters of a script. */
export const maximumScript = 40_960;
export const scriptTooLong = `value length must be at most ${maximumScript} runes`;

/** gRPC's numbers. */
const codes: Readonly<Record<string, number>> = {
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  ABORTED: 10,
};
/** Errors that are all attribute. */
const attributeOf: Readonly<Record<string, string>> = {
  script: "message",
  output_errors: "errors",
};

/** Of the body's `uplink`: reception, data rate and frequency have to be there. */
export async function postDecodeUplink(call: ApiCall): Promise<ApiAnswer> {
  const uplink = member(call.body, "uplink");
  const gateways = member(uplink, "rx_metadata");
  const hasGateways =
    Array.isArray(gateways) && gateways.every((each) => isJsonObject(member(each, "gateway_ids")));
  const settings = member(uplink, "settings");
  const isComplete =
    hasGateways &&
    isJsonObject(member(settings, "data_rate")) &&
    Boolean(member(settings, "frequency"));
  if (!isJsonObject(uplink) || !isComplete) {
    const place = [["uplink", "DecodeUplinkRequest"]] as const;
    return failed(
      invalid(place, "embedded message failed validation"),
      call.services.network.random,
    );
  }
  const { bytes, fPort } = frameOf(uplink);
  return run(
    call,
    (runner) => runner.decodeUplink({ bytes, fPort }),
    (result) => {
      const { f_port, frm_payload, ...rest } = uplink;
      return { uplink: withoutZeros({ f_port, frm_payload, ...result, ...rest }) };
    },
  );
}

export async function postEncodeDownlink(call: ApiCall): Promise<ApiAnswer> {
  const downlink = member(call.body, "downlink");
  const fields = member(downlink, "decoded_payload");
  const { fPort } = frameOf(downlink);
  const data: JsonObject = isJsonObject(fields) ? fields : {};
  return run(
    call,
    (runner) => runner.encodeDownlink({ data, fPort }),
    (result) => {
      const bytes = member(result, "frm_payload");
      const numbers = Array.isArray(bytes) ? bytes.map(Number) : [];
      return {
        downlink: withoutZeros({
          f_port: member(result, "f_port") ?? fPort,
          frm_payload: toBase64(Uint8Array.from(numbers)),
          decoded_payload: fields,
          decoded_payload_warnings: member(result, "warnings"),
        }),
      };
    },
  );
}

export async function postDecodeDownlink(call: ApiCall): Promise<ApiAnswer> {
  const downlink = member(call.body, "downlink");
  const { bytes, fPort } = frameOf(downlink);
  return run(
    call,
    (runner) => runner.decodeDownlink({ bytes, fPort }),
    (result) => ({
      downlink: withoutZeros({
        f_port: fPort,
        frm_payload: toBase64(bytes),
        decoded_payload: member(result, "decoded_payload"),
        decoded_payload_warnings: member(result, "warnings"),
      }),
    }),
  );
}

/** Runs the formatter that the body names, once, and forgets it. */
async function run(
  { services, body }: ApiCall,
  act: (runner: FormatterRunner) => Promise<FormatterRun>,
  answer: (result: WireObject) => WireObject,
): Promise<ApiAnswer> {
  const parameter = member(body, "parameter");
  const script = typeof parameter === "string" ? parameter : "";
  const kind = kindOf(member(body, "formatter"));
  if (Array.from(script).length > maximumScript) {
    return failed(
      invalid([["parameter", "FormatterRequest"]], scriptTooLong),
      services.network.random,
    );
  }
  if (kind === undefined) return ok(answer({}));
  if (services.createFormatter === undefined) return notHere;
  const runner = await services.createFormatter(script, { kind });
  try {
    const { result, error } = await act(runner);
    return error === undefined ? ok(answer({ ...result })) : failedWith(detailsOf(error));
  } finally {
    runner.dispose();
  }
}

function kindOf(formatter: unknown): "javascript" | "cayennelpp" | undefined {
  if (formatter === "FORMATTER_JAVASCRIPT") return "javascript";
  return formatter === "FORMATTER_CAYENNELPP" ? "cayennelpp" : undefined;
}

function frameOf(message: unknown): { readonly bytes: Uint8Array; readonly fPort: number } {
  const payload = member(message, "frm_payload");
  const fPort = member(message, "f_port");
  return {
    bytes: Buffer.from(typeof payload === "string" ? payload : "", "base64"),
    fPort: typeof fPort === "number" ? fPort : 0,
  };
}

function detailsOf({ name, code, message, cause }: FormatterFault): WireObject {
  const [namespace, short = ""] = name.split(":");
  const attribute = attributeOf[short];
  return {
    namespace,
    name: short,
    message_format: attribute === undefined ? message : `{${attribute}}`,
    attributes: attribute === undefined ? undefined : { [attribute]: message },
    cause: cause === undefined ? undefined : detailsOf(cause),
    code: codes[code] ?? 2,
  };
}
