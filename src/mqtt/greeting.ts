/** Names what answers where an MQTT server was expected, from its first bytes. Source: reliability C39, C20. */

/** `mqtt`: begins as a CONNACK does; `more`: too few bytes to tell; `foreign`: in our own words, "" for what has no name. */
export type GreetingVerdict =
  { readonly is: "mqtt" | "more" } | { readonly is: "foreign"; readonly name: string };

/** A TLS server that was spoken to without TLS answers with an alert: this is what is said of it. */
export const tlsGreeting = "a TLS record, not MQTT";

/** So many bytes of a text are enough to name it. */
const telling = 12;
const cr = 0x0d;
const lf = 0x0a;
const tab = 0x09;

/**
 * Judges the first bytes of a server, the same however they are cut into pieces.
 * @param isAll nothing more will come
 */
export function judgeGreeting(bytes: Uint8Array, isAll = false): GreetingVerdict {
  const [first] = bytes;
  if (first === undefined) return { is: "more" };
  if (first === 0x20) return { is: "mqtt" }; // CONNACK without flags (MQTT 3.1.1 §3.2)
  const binary = binaryGreetings.find(({ pattern }) => fits(bytes, pattern));
  if (binary && (isAll || bytes.length >= binary.pattern.length)) {
    return { is: "foreign", name: binary.name };
  }
  if (binary) return { is: "more" };
  const beginning = bytes.subarray(0, telling);
  const text = Buffer.from(beginning).toString("latin1");
  const known = textGreetings.find(([pattern]) => pattern.test(text))?.[1];
  if (known !== undefined) return { is: "foreign", name: `${known}, not MQTT` };
  const end = beginning.indexOf(lf);
  if (!(end < 0 ? beginning : beginning.subarray(0, end)).every(isText)) {
    return { is: "foreign", name: "" };
  }
  if (!isAll && end < 0 && beginning.length < telling) return { is: "more" };
  return { is: "foreign", name: "text, not MQTT" };
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === cr || byte === tab;
}

/** One byte of a pattern: the lowest and the highest that fit. */
type Range = readonly [number, number];

const any: Range = [0, 255];
const exactly = (byte: number): Range => [byte, byte];
const zero = exactly(0);

const binaryGreetings: readonly { readonly pattern: readonly Range[]; readonly name: string }[] = [
  { pattern: [[0x14, 0x17], exactly(3)], name: tlsGreeting },
  { pattern: [exactly(0xff), [0xfb, 0xfe]], name: "Telnet, not MQTT" },
  // A SETTINGS frame of stream 0.
  { pattern: [zero, zero, any, exactly(4), any, zero, zero, zero, zero], name: "HTTP/2, not MQTT" },
  // A length of three bytes, packet 0, protocol 10.
  { pattern: [[0x21, 0x7e], zero, zero, zero, exactly(10)], name: "MySQL, not MQTT" },
];

/** True for what may still become such a greeting, too. */
function fits(bytes: Uint8Array, pattern: readonly Range[]): boolean {
  return pattern.every(([low, high], at) => {
    const byte = bytes[at];
    return byte === undefined || (byte >= low && byte <= high);
  });
}

const textGreetings: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, "HTTP"],
  [/^</, "a web page"],
  [/^(?:RTSP|SIP)\//, "RTSP or SIP"],
  [/^SSH-/, "SSH"],
  [/^\d{3}[ -]/, "the greeting of a mail or FTP server"],
  [/^\* (?:OK|BYE|PREAUTH)/, "IMAP"],
  [/^[+-](?:OK|ERR)/, "POP3 or Redis"],
  [/^RFB \d/, "VNC"],
  [/^AMQP/, "AMQP"],
  [/^INFO \{/, "NATS"],
];
