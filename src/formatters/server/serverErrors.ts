/** The server's errors of the formatters, under their names and codes. Source: formatters research §1.4. */
import type { FormatterError } from "../formatter";

export type Place = NonNullable<FormatterError["place"]>;

const scripting = "pkg/scripting/javascript";
const javascript = "pkg/messageprocessors/javascript";
const normalized = "pkg/messageprocessors/normalizedpayload";

/** An error of a library behind the server, which has no code of its own. */
export function plainError(name: string, message: string): FormatterError {
  return { name, code: "UNKNOWN", message };
}

/** Thrown by the script, or a script that cannot be read. */
export function scriptError(message: string, place?: Place): FormatterError {
  return {
    name: `${scripting}:script`,
    code: "ABORTED",
    message,
    cause: plainError("*goja.Exception", message),
    ...(place && { place }),
  };
}

/** Thrown while the server looked at what the script threw or returned. */
export function runtimeError(message: string, place?: Place): FormatterError {
  return {
    name: `${scripting}:runtime`,
    code: "ABORTED",
    message,
    cause: plainError("*goja.Exception", message),
    ...(place && { place }),
  };
}

/** The server cannot convert a result: its `runtime` error with the reason. */
export function conversionError(message: string): FormatterError {
  return {
    name: `${scripting}:runtime`,
    code: "ABORTED",
    message,
    cause: plainError("*errors.errorString", message),
  };
}

export function timeoutError(): FormatterError {
  return {
    name: `${scripting}:script_timeout`,
    code: "DEADLINE_EXCEEDED",
    message: "script timeout",
    cause: plainError("context.deadlineExceededError", "context deadline exceeded"),
  };
}

export function noOutputError(): FormatterError {
  return { name: `${scripting}:no_script_output`, code: "ABORTED", message: "no script output" };
}

export function noEntryError(): FormatterError {
  return {
    name: `${scripting}:entrypoint_not_found`,
    code: "NOT_FOUND",
    message: "entrypoint `main` not found",
  };
}

/** A result that the server cannot use; `cause` says why. */
export function outputError(cause?: FormatterError): FormatterError {
  return {
    name: `${javascript}:output`,
    code: "UNKNOWN",
    message: "invalid output",
    ...(cause && { cause }),
    ...(cause?.place && { place: cause.place }),
  };
}

/** The script's own `errors`. */
export function outputErrors(errors: readonly string[]): FormatterError {
  return { name: `${javascript}:output_errors`, code: "ABORTED", message: errors.join(", ") };
}

/** NaN or Infinity in the result. */
export function outputEncodingError(findings: readonly string[]): FormatterError {
  return {
    name: `${javascript}:output_encoding`,
    code: "INVALID_ARGUMENT",
    message: findings.join(", "),
  };
}

export function stackDepthError(): FormatterError {
  return {
    name: "pkg/goproto:stack_depth_exceeded",
    code: "RESOURCE_EXHAUSTED",
    message: "stack depth exceeded",
  };
}

export function functionValueError(): FormatterError {
  return plainError("*errors.errorString", "can not map a value of kind func to a *structpb.Value");
}

export function unknownFieldError(path: string): FormatterError {
  return {
    name: `${normalized}:unknown_field`,
    code: "INVALID_ARGUMENT",
    message: `unknown field \`${path}\``,
  };
}

export function fieldTypeError(path: string): FormatterError {
  return {
    name: `${normalized}:field_type`,
    code: "INVALID_ARGUMENT",
    message: `invalid field type of \`${path}\``,
  };
}

export function timeFormatError(text: string): FormatterError {
  const layout = "2006-01-02T15:04:05.999999999Z07:00";
  return plainError("*time.ParseError", `parsing time ${JSON.stringify(text)} as "${layout}"`);
}

/** CayenneLPP that cannot be read. */
export function cayenneError(message: string): FormatterError {
  return {
    name: "pkg/messageprocessors/cayennelpp:output",
    code: "UNKNOWN",
    message: "invalid output",
    cause: plainError("*errors.errorString", message),
  };
}

/** No sandbox could be started here; nothing is said about the formatter. */
export function sandboxError(): FormatterError {
  return { name: "sandbox", code: "UNAVAILABLE", message: "the sandbox did not start" };
}

/** Not the server's: more than is kept here of a result. */
export function tooLargeError(): FormatterError {
  return {
    name: "result",
    code: "TOO_LARGE",
    message: "The result is too large for a measurement or nested too deep: it is not kept here.",
  };
}
