/** Makes the sandbox's built-ins those of the server (formatters §1.5), before any formatter runs. */
import { useBigNumbers } from "./bigNumbers";
import { watchProxies } from "./kinds";
import * as goMath from "./goMath";
import * as goTrigonometry from "./goTrigonometry";
import { useServerCollation } from "./collation";
import { useOldDates } from "./oldDates";
import { hypot } from "./hypot";
import { removeMissing } from "./missingBuiltIns";
import { useServerGroups } from "./namedGroups";
import { replace } from "./replace";
import { useServerSort } from "./sort";

export interface WorldOptions {
  readonly profile: "3.32" | "3.33.1" | "2025";
  readonly hasNamedGroups: boolean;
  /** The script handles integers of any size. */
  readonly hasBigInts: boolean;
}

export function prepareWorld({ profile, hasNamedGroups, hasBigInts }: WorldOptions): void {
  const isBefore3331 = profile === "3.32";
  const world = globalThis;
  removeMissing(world, isBefore3331);
  watchProxies(world);
  patchMath();
  patchDate();
  patchNumber();
  if (hasBigInts && !isBefore3331) useBigNumbers();
  useServerSort();
  useServerCollation();
  if (isBefore3331) useOldDates();
  if (hasNamedGroups) useServerGroups();
  replace(world, "GoError", class GoError extends Error {});
}

function patchMath(): void {
  for (const [name, ported] of Object.entries({ ...goMath, ...goTrigonometry })) {
    const native = Reflect.get(Math, name) as { length: number };
    // An object with one method, so that the function is no constructor and carries the name.
    const holder = {
      [name](x: unknown, y: unknown) {
        return ported(+(x as number), +(y as number));
      },
    };
    const patched = holder[name] ?? native;
    Object.defineProperty(patched, "length", { value: native.length, configurable: true });
    replace(Math, name, patched);
  }
  replace(Math, "hypot", hypot);
}

const days = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function patchDate(): void {
  const { prototype } = Date;
  const read = {
    time: reader("getTime"),
    year: reader("getUTCFullYear"),
    month: reader("getUTCMonth"),
    date: reader("getUTCDate"),
    day: reader("getUTCDay"),
    hours: reader("getUTCHours"),
    minutes: reader("getUTCMinutes"),
    seconds: reader("getUTCSeconds"),
  };
  const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);
  const four = (year: number) => {
    const size = year < 0 ? -year : year;
    const zeros = size < 10 ? "000" : size < 100 ? "00" : size < 1000 ? "0" : "";
    return `${year < 0 ? "-" : ""}${zeros}${size}`;
  };
  const clock = (self: unknown) =>
    `${two(read.hours(self))}:${two(read.minutes(self))}:${two(read.seconds(self))}`;
  const day = (self: unknown) =>
    `${days[read.day(self)] ?? ""} ${months[read.month(self)] ?? ""} ${two(read.date(self))} ${four(read.year(self))}`;
  const slashed = (self: unknown) =>
    `${two(read.month(self) + 1)}/${two(read.date(self))}/${four(read.year(self))}`;
  const texts: Readonly<Record<string, (self: unknown) => string>> = {
    toString: (self: unknown) => `${day(self)} ${clock(self)} GMT+0000 (UTC)`,
    toDateString: day,
    toTimeString: (self: unknown) => `${clock(self)} GMT+0000 (UTC)`,
    toLocaleString: (self: unknown) => `${slashed(self)}, ${clock(self)}`,
    toLocaleDateString: slashed,
    toLocaleTimeString: clock,
  };
  for (const name of Object.keys(texts)) {
    const text = texts[name];
    if (text === undefined) continue;
    const holder = {
      [name](this: unknown) {
        const time = read.time(this);
        return time === time ? text(this) : "Invalid Date";
      },
    };
    replace(prototype, name, holder[name]);
  }
}

function reader(name: string): (self: unknown) => number {
  const native = Reflect.get(Date.prototype, name) as (this: unknown) => number;
  const { apply } = Reflect;
  return (self) => apply(native, self, []);
}

/** The first argument is a radix there, so `toLocaleString("en-US")` throws. */
function patchNumber(): void {
  const native = Reflect.get(Number.prototype, "toString") as (
    this: unknown,
    radix?: unknown,
  ) => string;
  const { apply } = Reflect;
  const holder = {
    toLocaleString(this: unknown, radix: unknown) {
      return apply(native, this, [radix]);
    },
  };
  Object.defineProperty(holder.toLocaleString, "length", { value: 0, configurable: true });
  replace(Number.prototype, "toLocaleString", holder.toLocaleString);
}
