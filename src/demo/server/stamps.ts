/** Timestamps, durations and correlation ids in the forms the server writes. Source: tts-mqtt §5.1, §7.3, real-traffic. */
import type { Random } from "../random";

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export class Stamps {
  private lastMillisecond = 0;
  private nanoseconds = 0;

  constructor(
    private readonly now: () => number,
    private readonly random: Random,
  ) {}

  milliseconds(): number {
    return this.now();
  }

  /** The present as UTC RFC 3339 with nine digits; never earlier than the one before (tts-mqtt §5.1). */
  time(): string {
    const millisecond = Math.max(this.now(), this.lastMillisecond);
    const isSame = millisecond === this.lastMillisecond;
    this.nanoseconds = (isSame ? this.nanoseconds : 0) + this.random.integer(501, 2500);
    if (this.nanoseconds % 1000 === 0) this.nanoseconds++; // would be written with fewer digits
    this.lastMillisecond = millisecond;
    const fraction = String(Math.min(this.nanoseconds, 999_999)).padStart(6, "0");
    return new Date(millisecond).toISOString().replace("Z", `${fraction}Z`);
  }

  /** `<prefix>:<ULID>`, as correlation ids look (tts-mqtt §7.3). */
  correlationId(prefix: string): string {
    let time = "";
    for (let rest = this.now(), digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32)) {
      time = crockford.charAt(rest % 32) + time;
    }
    const noise = Array.from(this.random.bytes(16), (byte) => crockford.charAt(byte & 31));
    return `${prefix}:${time}${noise.join("")}`;
  }

  /** The id of a call between servers, such as `NsAs/HandleUplink`. */
  rpcId(method: string): string {
    return this.correlationId(`rpc:/ttn.lorawan.v3.${method}`);
  }

  /** What a frame heard by a gateway leaves in everything that comes of it. */
  uplinkIds(): readonly string[] {
    return [
      this.correlationId("gs:uplink"),
      this.rpcId("GsNs/HandleUplink"),
      this.rpcId("NsAs/HandleUplink"),
    ];
  }

  /** What the network's own news, without a frame before them, carry instead. */
  newsIds(): readonly string[] {
    return [this.correlationId("as:up"), this.rpcId("NsAs/HandleUplink")];
  }
}

/** A gateway's time: microseconds are enough. UTC RFC 3339 with a fraction of 0, 3 or 6 digits. */
export function gatewayTime(milliseconds: number, microseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  if (microseconds > 0) return text.replace("Z", `${String(microseconds).padStart(3, "0")}Z`);
  return text.replace(".000Z", "Z");
}

/** Decimal seconds with a fraction of 0, 3 or 6 digits: `0.056576s`. */
export function duration(microseconds: number): string {
  const fraction = String(microseconds % 1_000_000).padStart(6, "0");
  const short = fraction.replace(/(?:000){1,2}$/, "");
  return `${Math.floor(microseconds / 1_000_000)}${short === "" ? "" : `.${short}`}s`;
}
