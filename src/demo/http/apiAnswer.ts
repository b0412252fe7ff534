/** Answers of the HTTP API: a status and JSON, errors in the form of gRPC's gateway. Source: real-http. */
import type { Random } from "../random";
import { errorDetails, type ServerFailure } from "../server/serverErrors";
import { wireJson } from "../server/wireJson";
import type { WireObject } from "../server/wireObject";

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** gRPC code -> HTTP status. */
const statuses: Readonly<Record<number, number>> = {
  2: 500,
  3: 400,
  4: 504,
  5: 404,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  16: 401,
};

export function ok(body: WireObject): ApiAnswer {
  return { status: 200, text: wireJson(body) };
}

/** No such call, or none that this server has: says nothing about what was asked for. */
export const notHere: ApiAnswer = { status: 404, text: '{"code":5, "message":"Not Found"}' };

/** The body is not what the call takes. */
export function unreadable(message: string): ApiAnswer {
  return { status: 400, text: wireJson({ code: 3, message }, true) };
}

export function failed(failure: ServerFailure, random: Random): ApiAnswer {
  return failedWith(errorDetails(failure, random));
}

/** An error that is spelled out already, such as a formatter's. */
export function failedWith(details: WireObject): ApiAnswer {
  const { namespace, name, message_format, attributes, code } = details;
  const text = String(message_format).replace(/\{(\w+)\}/g, (_, key: string) =>
    String(valueOf(attributes, key)),
  );
  const message = `error:${String(namespace)}:${String(name)} (${text})`;
  const type = "type.googleapis.com/ttn.lorawan.v3.ErrorDetails";
  const body = { code, message, details: [{ "@type": type, ...details }] };
  return { status: statuses[Number(code)] ?? 500, text: wireJson(body, true) };
}

/** A field breaks the schema: each level of the message wraps the reason once more. */
export function invalid(
  path: readonly (readonly [field: string, message: string])[],
  reason: string,
): ServerFailure {
  const [[field, message] = ["", ""], ...inner] = path;
  const name = `${message}ValidationError`;
  if (inner.length === 0) return { name: "validation", attributes: { field, name, reason } };
  return {
    name: "validation",
    attributes: { field, name, reason: "embedded message failed validation" },
    cause: invalid(inner, reason),
  };
}

function valueOf(attributes: unknown, key: string): unknown {
  if (typeof attributes !== "object" || attributes === null) return "";
  return Object.entries(attributes).find(([name]) => name === key)?.[1] ?? "";
}
