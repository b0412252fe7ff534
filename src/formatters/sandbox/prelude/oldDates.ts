/** The dates that the engine of 3.32 reads from text: ISO forms and the forms that programs print, and no others. */
import { apply, construct, method, NativeDate, NativeProxy, textOf } from "./captured";
import { replace } from "./replace";

const clock = "(\\d\\d?):(\\d\\d)(?::(\\d\\d)(\\.\\d+)?)?";
const zone = "(Z|[+-]\\d\\d:?\\d\\d)?";
const year = "([+-]\\d{6}|\\d{4})";
const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = "(\\d\\d?):(\\d\\d):(\\d\\d)(\\.\\d+)?";

/** Each with the names of what it captures: year, month, day, hour, minute, second, fraction, zone. */
const forms: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^${year}(?:-(\\d\\d)(?:-(\\d\\d))?)?(?:T${clock}${zone})?$`), "ymdhisfz"],
  [new RegExp(`^${year}-(\\d\\d)-(\\d\\d) ${time}$`), "ymdhisf"],
  [
    new RegExp(
      `^${day}, (\\d\\d?) ${month} (\\d{4}) ${time} (?:GMT)?([+-]\\d{4})(?: \\(\\w+\\))?$`,
      "i",
    ),
    "dmyhisfz",
  ],
  [new RegExp(`^${day}, (\\d\\d?) ${month} (\\d{4}) ${time} [A-Z]{3,4}$`), "dmyhisf"],
  [
    new RegExp(`^${day} ${month} (\\d\\d?) (\\d{4}) ${time} GMT([+-]\\d{4}) \\(\\w+\\)$`, "i"),
    "mdyhisfz",
  ],
  [new RegExp(`^${day} ${month} ?(\\d\\d?) ${time}(?: [A-Z]{3,4})? (\\d{4})$`), "mdhisfy"],
  [new RegExp(`^${day} ${month} (\\d\\d?) ${time} ([+-]\\d{4}) (\\d{4})$`, "i"), "mdhisfzy"],
  [new RegExp(`^${month} ?(\\d\\d?), (\\d{4})$`, "i"), "mdy"],
];
const monthNames = "jan feb mar apr may jun jul aug sep oct nov dec";

const exec = method(RegExp.prototype, "exec");
const indexIn = method(String.prototype, "indexOf");
const lower = method(String.prototype, "toLowerCase");
const nativeSlice: unknown = Reflect.get(String.prototype, "slice");
const slice = (text: string, from: number, to: number): string =>
  apply(nativeSlice as typeof text.slice, text, [from, to]);
const { UTC } = NativeDate;
const monthOf = method(NativeDate.prototype, "getUTCMonth");
const timeIn = method(NativeDate.prototype, "getTime");
const maxTime = 8.64e15;

export function useOldDates(): void {
  const { parse } = { parse: (text: unknown) => parseDate(textOf(text)) };
  replace(NativeDate, "parse", parse);
  const Old = new NativeProxy(NativeDate, {
    construct(target, args: unknown[], newTarget) {
      const [first] = args;
      const isText = args.length === 1 && typeof first === "string";
      return construct(target, isText ? [parseDate(first)] : args, newTarget) as object;
    },
  });
  replace(NativeDate.prototype, "constructor", Old);
  replace(globalThis, "Date", Old);
}

function parseDate(text: string): number {
  for (let index = 0; index < forms.length; index++) {
    const form = forms[index];
    const match = form && (exec(form[0], text) as readonly (string | undefined)[] | null);
    if (form && match) return timeOf(match, form[1]);
  }
  return NaN;
}

function timeOf(match: readonly (string | undefined)[], names: string): number {
  const part = (name: string) => match[(indexIn(names, name) as number) + 1] ?? "";
  const has = (name: string) => (indexIn(names, name) as number) >= 0 && part(name) !== "";
  const number = (name: string, otherwise: number) => (has(name) ? +part(name) : otherwise);
  const named = indexIn(monthNames, lower(part("m"))) as number;
  const monthNumber = part("m").length === 3 ? named / 4 + 1 : number("m", 1);
  const [years, days] = [number("y", 0), number("d", 1)];
  const [hours, minutes, seconds] = [number("h", 0), number("i", 0), number("s", 0)];
  const date = new NativeDate(UTC(2000, 0, 1, hours, minutes, seconds));
  setDate(date, years, monthNumber - 1, days);
  if (monthOf(date) !== monthNumber - 1 || days < 1) return NaN;
  if (hours > 23 || minutes > 59 || seconds > 59) return NaN;
  const fraction = has("f") ? +`0${part("f")}` * 1000 : 0;
  const total =
    (timeIn(date) as number) + (fraction - (fraction % 1)) - (has("z") ? offsetOf(part("z")) : 0);
  return total >= -maxTime && total <= maxTime ? total : NaN;
}

const nativeSetYear = Reflect.get(NativeDate.prototype, "setUTCFullYear") as () => number;

function setDate(date: Date, years: number, monthIndex: number, days: number): void {
  apply(nativeSetYear, date, [years, monthIndex, days] as never);
}

/** Milliseconds of `+hhmm` or `+hh:mm`. */
function offsetOf(text: string): number {
  if (text === "Z") return 0;
  const hours = +slice(text, 1, 3);
  const minutes = +slice(text, text.length - 2, text.length);
  return (slice(text, 0, 1) === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
