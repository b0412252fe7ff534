/** The fields of a normalized payload and what the server takes in them. Source: formatters research §1.6. */
import type { ServerProfile } from "../formatter";

export type Field =
  | { readonly kind: "object" | "boolean" | "time" }
  | { readonly kind: "text"; readonly values: readonly string[] }
  | {
      readonly kind: "number";
      readonly minimum?: number;
      readonly maximum?: number;
      /** Values from here on are out of range. */
      readonly below?: number;
    };

const object: Field = { kind: "object" };
const number = (minimum?: number, maximum?: number): Field => ({
  kind: "number",
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
});
const temperature = number(-273.15);
const partsPerMillion = number(0, 1_000_000);

const fields332: readonly (readonly [string, Field])[] = [
  ["time", { kind: "time" }],
  ["soil", object],
  ["soil.depth", number(0)],
  ["soil.moisture", number(0, 100)],
  ["soil.temperature", temperature],
  ["soil.ec", number(0, 621)],
  ["soil.pH", number(0, 14)],
  ["soil.n", partsPerMillion],
  ["soil.p", partsPerMillion],
  ["soil.k", partsPerMillion],
  ["air", object],
  ["air.temperature", temperature],
  ["air.relativeHumidity", number(0, 100)],
  ["air.pressure", number(900, 1100)],
  ["air.co2", partsPerMillion],
  ["air.lightIntensity", number(0)],
  ["wind", object],
  ["wind.speed", number(0)],
  ["wind.direction", { kind: "number", minimum: 0, below: 360 }],
];

const fields2025: readonly (readonly [string, Field])[] = [
  ...fields332,
  ["battery", number(0)],
  ["air.location", { kind: "text", values: ["indoor", "outdoor"] }],
  ["rain", object],
  ["rain.intensity", number(0)],
  ["rain.cumulative", number(0)],
  ["water", object],
  ["water.leak", { kind: "boolean" }],
  ["water.temperature", object],
  ["water.temperature.min", temperature],
  ["water.temperature.max", temperature],
  ["water.temperature.avg", temperature],
  ["water.temperature.current", temperature],
  ["metering", object],
  ["metering.water", object],
  ["metering.water.total", number(0)],
  ["action", object],
  ["action.motion", object],
  ["action.motion.detected", { kind: "boolean" }],
  ["action.motion.count", number(0)],
  ["action.contactState", { kind: "text", values: ["open", "closed"] }],
  ["position", object],
  ["position.latitude", number(-90, 90)],
  ["position.longitude", number(-180, 180)],
];

const old: ReadonlyMap<string, Field> = new Map(fields332);
const current: ReadonlyMap<string, Field> = new Map(fields2025);

/** Fields by their path, such as `air.temperature`. */
export function normalizedFields(profile: ServerProfile): ReadonlyMap<string, Field> {
  return profile === "2025" ? current : old;
}
