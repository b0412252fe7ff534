/** Tells whether a value from outside is what it should be: small guards that make up larger ones. */

export type Guard<T> = (value: unknown) => value is T;

export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

export function text(maximum: number): Guard<string> {
  return (value): value is string => typeof value === "string" && value.length <= maximum;
}

export function oneOf<T extends string>(...values: readonly T[]): Guard<T> {
  return (value): value is T => values.some((each) => each === value);
}

export function listOf<T>(guard: Guard<T>, maximum: number): Guard<readonly T[]> {
  return (value): value is readonly T[] =>
    Array.isArray(value) && value.length <= maximum && value.every((each) => guard(each));
}

export function optional<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value): value is T | undefined => value === undefined || guard(value);
}

/** An object with these own properties and no others. */
export function shape<T extends object>(guards: {
  readonly [K in keyof T]-?: Guard<T[K]>;
}): Guard<T> {
  const entries: readonly (readonly [string, Guard<unknown>])[] = Object.entries(guards);
  return (value): value is T => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const own = new Map<string, unknown>(Object.entries(value));
    if (Object.keys(value).some((key) => !Object.hasOwn(guards, key))) return false;
    return entries.every(([key, guard]) => guard(own.get(key)));
  };
}

/** An object that is no list. Its values can be anything. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
