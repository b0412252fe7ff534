/** What the server's CayenneLPP encoder makes of fields: it drops or changes some of them without a word. Source: real-traffic 16, formatters research §2. */
import { visible } from "../../stack/visible";
import type { JsonObject, JsonValue } from "../formatter";
import { isSame } from "../workbench/differences";
import {
  channelOf,
  decodeCayenneLpp,
  decodeCayenneLppDownlink,
  encodeCayenneLpp,
} from "./cayenneLpp";

const maximumTold = 5;
const largest = 327.67;
const smallest = -327.68;

/** What of these fields does not reach the end device as it is written, a sentence each; empty where all of it does. */
export function cayenneLosses(data: JsonObject): readonly string[] {
  const entries = Object.entries(data);
  if (entries.length === 0)
    return ['CayenneLPP takes numbers named value_0 to value_255: {"value_1": 21.5}'];
  const dropped = entries.filter(([name, value]) => !isEncoded(name, value));
  const losses = entries.flatMap(([name, value]) =>
    typeof value === "number" && isEncoded(name, value) ? valueLoss(name, value) : [],
  );
  const told = losses.slice(0, maximumTold);
  return dropped.length === 0 ? told : [droppedText(dropped, entries.length), ...told];
}

/** True when an uplink was decoded by the server's CayenneLPP, as far as one frame tells. */
export function isCayenneUplink(bytes: Uint8Array, decoded: JsonObject | undefined): boolean {
  if (decoded === undefined || Object.keys(decoded).length === 0) return false;
  const own = decodeCayenneLpp(bytes).payload;
  return own !== undefined && isSame(own, decoded);
}

function isEncoded(name: string, value: JsonValue): boolean {
  return typeof value === "number" && channelOf(name) !== undefined;
}

function droppedText(dropped: readonly (readonly [string, JsonValue])[], all: number): string {
  const names = dropped.slice(0, maximumTold).map(([name]) => visible(name, 40));
  const more = dropped.length > maximumTold ? ` and ${dropped.length - maximumTold} more` : "";
  const verb = dropped.length === 1 ? "is" : "are";
  const rest = dropped.length === all ? " Nothing is left: the downlink would be empty." : "";
  const [renamed] = dropped.flatMap(([name, value]) => suggestion(name, value) ?? []);
  const advice = renamed === undefined ? "" : ` Write ${renamed}.`;
  return `CayenneLPP on the server encodes only numbers named value_0 to value_255: ${names.join(", ")}${more} ${verb} dropped.${rest}${advice}`;
}

/** `digital_out_3: true` as the field that would be encoded. */
function suggestion(name: string, value: JsonValue): string | undefined {
  const [, digits] = /(?:^|[^\d])(\d{1,3})$/.exec(name.slice(-8)) ?? [];
  const number = typeof value === "boolean" ? Number(value) : numberOf(value);
  const channel = digits === undefined ? 1 : Number(digits);
  return number === undefined || channel > 255 ? undefined : `"value_${channel}": ${number}`;
}

function numberOf(value: JsonValue): number | undefined {
  if (typeof value === "number") return value;
  const isNumber =
    typeof value === "string" && value.length < 20 && /^-?\d+(?:\.\d+)?$/.test(value);
  return isNumber ? Number(value) : undefined;
}

function valueLoss(name: string, value: number): readonly string[] {
  const shown = visible(name, 40);
  if (channelOf(name) === 255)
    return [`${shown}: channel 255 ends the payload, so the end device reads nothing behind it.`];
  const [read] = Object.values(
    decodeCayenneLppDownlink(encodeCayenneLpp({ [name]: value })).payload ?? {},
  );
  if (typeof read !== "number" || isSame(read, value)) return [];
  return value > largest || value < smallest
    ? [
        `${shown}: ${value} does not fit, ${smallest} to ${largest} do. The end device gets ${read}.`,
      ]
    : [`${shown}: only hundredths are sent. The end device gets ${read}, not ${value}.`];
}
