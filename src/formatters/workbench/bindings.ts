/** Which payload formatter is for which end devices: the entries of the setting, read without trusting them. */
import { looksLikeApiKey, parseApplicationUid } from "../../stack/identifiers";
import { globMatches } from "../../util/glob";
import type { ServerProfile } from "../formatter";

/** The server's own CayenneLPP, in place of a file. */
export const builtInFormatter = "cayennelpp";
export const serverProfiles: readonly ServerProfile[] = ["3.32", "3.33.1", "2025"];
export const maximumBindings = 200;

export interface Binding {
  /** Path inside the folder with `/`, or {@link builtInFormatter}. */
  readonly file: string;
  /** `soil-lab@ttn`. */
  readonly application: string;
  /** End device ids, `*` for any text. */
  readonly devices: string;
  /** Of uplinks; undefined: all. Downlinks are bound on every FPort, for the encoder may choose it. */
  readonly fPorts: readonly number[] | undefined;
  readonly profile: ServerProfile;
}

/** The usable entries in their order, and what is wrong with the others in words. */
export interface ReadBindings {
  readonly bindings: readonly Binding[];
  readonly problems: readonly string[];
}

/** Reads the value of the setting. Never throws; an entry that cannot be used is left out and named. */
export function readBindings(value: unknown): ReadBindings {
  if (value === undefined || value === null) return { bindings: [], problems: [] };
  if (!Array.isArray(value)) return { bindings: [], problems: ["must be a list"] };
  const bindings: Binding[] = [];
  const problems: string[] = [];
  for (const [index, entry] of (value as readonly unknown[]).slice(0, maximumBindings).entries()) {
    const read = readBinding(entry);
    if ("problem" in read) problems.push(`entry ${index + 1}: ${read.problem}`);
    else bindings.push(read);
  }
  if (value.length > maximumBindings)
    problems.push(`only the first ${maximumBindings} entries are used`);
  return { bindings, problems };
}

export function readBinding(entry: unknown): Binding | { readonly problem: string } {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    return { problem: "must be an object" };
  const { file, application, devices = "*", fPorts, profile = "2025" } = entry as RawBinding;
  const problem =
    fileProblem(file) ??
    applicationProblem(application) ??
    devicesProblem(devices) ??
    fPortsProblem(fPorts) ??
    (serverProfiles.some((each) => each === profile)
      ? undefined
      : `"profile" is one of ${serverProfiles.join(", ")}`);
  if (problem !== undefined) return { problem };
  return {
    file: (file as string).replace(/^(?:\.\/)+/, ""),
    application: application as string,
    devices: devices as string,
    fPorts: fPorts as readonly number[] | undefined,
    profile: profile as ServerProfile,
  };
}

type RawBinding = Partial<Record<keyof Binding, unknown>>;

/** The first binding that is for such an uplink. */
export function matchUplink<B extends Binding>(
  bindings: readonly B[],
  application: string,
  deviceId: string,
  fPort: number,
): B | undefined {
  return bindings.find(
    (each) =>
      each.application === application &&
      (each.fPorts?.includes(fPort) ?? true) &&
      globMatches(each.devices, deviceId),
  );
}

/** The first binding that is for downlinks on this FPort, or else the first for this end device. */
export function matchDownlink<B extends Binding>(
  bindings: readonly B[],
  application: string,
  deviceId: string,
  fPort: number | undefined,
): B | undefined {
  const own = bindings.filter(
    (each) => each.application === application && globMatches(each.devices, deviceId),
  );
  return own.find(({ fPorts }) => fPort !== undefined && fPorts?.includes(fPort)) ?? own[0];
}

const longestPath = 500;

function fileProblem(file: unknown): string | undefined {
  if (typeof file !== "string" || file === "") return '"file" is missing';
  if (file === builtInFormatter) return undefined;
  if (file.length > longestPath || /[\p{Cc}\\]/u.test(file))
    return '"file" is a path with / inside the folder';
  if (/^(?:\/|[a-z][\w+.-]*:)/i.test(file) || file.split("/").includes(".."))
    return '"file" must be a path inside the folder, without ".."';
  if (!/\.[cm]?js$/i.test(file)) return `"file" is a .js file, or "${builtInFormatter}"`;
  return undefined;
}

function applicationProblem(application: unknown): string | undefined {
  if (typeof application !== "string") return '"application" is missing';
  if (looksLikeApiKey(application)) return '"application" looks like an API key: remove it';
  return parseApplicationUid(application) ? undefined : '"application" is an id as soil-lab@ttn';
}

/** Says why a text is no pattern of end device ids. */
export function devicesProblem(devices: unknown): string | undefined {
  return typeof devices === "string" && /^[a-z0-9*-]{1,100}$/.test(devices)
    ? undefined
    : '"devices" is an end device id, with * for any text: soil-*';
}

function fPortsProblem(fPorts: unknown): string | undefined {
  if (fPorts === undefined) return undefined;
  const isList = Array.isArray(fPorts) && fPorts.length > 0 && fPorts.length <= 255;
  return isList && fPorts.every(isFPort) ? undefined : '"fPorts" is a list of numbers, 1 to 255';
}

/** Uplinks on FPort 0 are never decoded (formatters research §1.1). */
export function isFPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 255;
}
