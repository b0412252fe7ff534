/** Finds a location in a decoded payload, under the names the server knows. Source: tts-mqtt §5.11. */
import type { JsonObject, JsonValue } from "../../stack/messages";
import { withoutZeros, type WireObject } from "./wireObject";

interface Names {
  readonly latitude: string;
  readonly longitudes: readonly string[];
  readonly altitudes: readonly string[];
}

const pairs: readonly Names[] = [
  { latitude: "lat", longitudes: ["lon", "lng", "long"], altitudes: ["alt", "altitude"] },
  { latitude: "latitude", longitudes: ["longitude"], altitudes: ["altitude", "height", "alt"] },
  { latitude: "Latitude", longitudes: ["Longitude"], altitudes: ["Altitude"] },
  { latitude: "latitudeDeg", longitudes: ["longitudeDeg"], altitudes: ["height"] },
  { latitude: "gps_lat", longitudes: ["gps_lng"], altitudes: ["gps_alt", "gpsalt"] },
];
const accuracies = ["acc", "accuracy", "hacc", "hdop", "gps_hdop"];

/** The `location` of a `location/solved` message; (0,0) is ignored. */
export function findLocation(payload: JsonObject): WireObject | undefined {
  for (const [key, value] of Object.entries(payload)) {
    if (/^gps_[0-9]+$/.test(key) && isObject(value)) {
      return location(value.latitude, value.longitude, value.altitude, undefined);
    }
  }
  for (const { latitude, longitudes, altitudes } of pairs) {
    const longitude = first(payload, longitudes);
    if (payload[latitude] === undefined || longitude === undefined) continue;
    const altitude = first(payload, altitudes);
    return location(payload[latitude], longitude, altitude, first(payload, accuracies));
  }
  return undefined;
}

function location(
  latitude: JsonValue | undefined,
  longitude: JsonValue | undefined,
  altitude: JsonValue | undefined,
  accuracy: JsonValue | undefined,
): WireObject | undefined {
  if (typeof latitude !== "number" || typeof longitude !== "number") return undefined;
  if (latitude === 0 && longitude === 0) return undefined;
  const whole = (value: JsonValue | undefined): number =>
    typeof value === "number" ? Math.trunc(value) : 0;
  return withoutZeros({
    latitude,
    longitude,
    altitude: whole(altitude),
    accuracy: whole(accuracy),
    source: "SOURCE_GPS",
  });
}

function first(payload: JsonObject, names: readonly string[]): JsonValue | undefined {
  return names.map((name) => payload[name]).find((value) => value !== undefined);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
