/** Rules for what normalizeUplink returns: the fields that the server knows, and their ranges. Source: formatters research §1.6. */
import type { ServerProfile } from "../formatter";
import { isNewDate, numberIn, onlyToken, readList, readObject, type Property } from "./lintObject";
import {
  endOfValue,
  findingAt,
  type EntryFunction,
  type LintFinding,
  type Script,
} from "./lintScript";
import { normalizedFields, type Field } from "../server/normalizedFields";

/** Fields of one returned result that are looked at. */
const maximumFields = 500;

export function lintMeasurements(
  script: Script,
  entry: EntryFunction,
  result: readonly Property[],
  profile: ServerProfile,
): LintFinding[] {
  const findings: LintFinding[] = [];
  const fields = normalizedFields(profile);
  for (const field of result) {
    if (field.key !== "data") continue;
    const list = readList(script, field.start) ?? [field];
    for (const { start, end } of list) readMeasurement(start, end);
  }
  return findings;

  function readMeasurement(start: number, end: number): void {
    const only = onlyToken(script, start, end);
    if (only?.kind === "name")
      assignments(script, entry, only.text).forEach((each) => check(each.path, each));
    else checkObject("", start);
  }

  function checkObject(prefix: string, start: number): boolean {
    const fields = readObject(script, start);
    fields?.forEach((field) => check(prefix + field.key, field));
    return fields !== undefined;
  }

  function check(path: string, field: Property): void {
    const token = script.tokens[field.keyAt];
    if (!token || findings.length >= maximumFields) return;
    const add = (severity: LintFinding["severity"], message: string) =>
      findings.push(findingAt("normalized-field", severity, token, message));
    const known = fields.get(path);
    if (known?.kind === "object") {
      if (!checkObject(`${path}.`, field.start) && isScalar(script, field)) {
        add("error", `\`${path}\` must be an object: the server refuses the whole decode.`);
      }
    } else if (!known) {
      const servers = normalizedFields("2025").has(path)
        ? "Servers before mid-2025 know"
        : "The server knows";
      const refuses = servers.startsWith("The") ? "refuses" : "refuse";
      add("error", `${servers} no normalized field \`${path}\` and ${refuses} the whole decode.`);
    } else {
      const problem = valueProblem(script, field, known);
      if (problem) add(problem.severity, `\`${path}\` ${problem.text}`);
    }
  }
}

function isScalar(script: Script, { start, end }: Property): boolean {
  const only = onlyToken(script, start, end);
  return (
    only !== undefined &&
    (only.kind !== "name" || /^(?:null|undefined|true|false)$/.test(only.text))
  );
}

/** What is wrong with a value that is a literal; of any other value the text tells nothing. */
function valueProblem(
  script: Script,
  { start, end }: Property,
  known: Exclude<Field, { kind: "object" }>,
): { readonly severity: LintFinding["severity"]; readonly text: string } | undefined {
  const refused = "the server refuses the whole decode.";
  const only = onlyToken(script, start, end);
  if (/^(?:null|undefined)$/.test(only?.text ?? "")) {
    return {
      severity: "error",
      text: `must not be ${only?.text ?? ""}: ${refused} Leave the field away.`,
    };
  }
  if (isNewDate(script, start, end))
    return { severity: "error", text: `must not be a Date: ${refused}` };
  if (only?.kind === "string" && known.kind === "number") {
    return { severity: "error", text: `must be a number: ${refused}` };
  }
  if (
    only?.kind === "string" &&
    known.kind === "text" &&
    !known.values.includes(only.text.slice(1, -1))
  ) {
    return { severity: "error", text: `must be one of ${known.values.join(", ")}: ${refused}` };
  }
  const number = numberIn(script, start, end);
  if (number === undefined) return undefined;
  if (known.kind !== "number")
    return { severity: "error", text: `must not be a number: ${refused}` };
  const { minimum = -Infinity, maximum = Infinity, below = Infinity } = known;
  if (number >= minimum && number <= maximum && number < below) return undefined;
  const range = [
    minimum === -Infinity ? "" : `at least ${minimum}`,
    maximum === Infinity ? "" : `at most ${maximum}`,
    below === Infinity ? "" : `less than ${below}`,
  ];
  return {
    severity: "warning",
    text: `must be ${range.filter(Boolean).join(" and ")}: the server leaves it out.`,
  };
}

/** `data = { air: … }` and `data.air.temperature = …` of the variable that is returned as data. */
function assignments(
  script: Script,
  entry: EntryFunction,
  name: string,
): readonly (Property & { readonly path: string })[] {
  const { tokens } = script;
  const found: (Property & { readonly path: string })[] = [];
  for (let at = entry.bodyStart; at < entry.bodyEnd && found.length < maximumFields; at++) {
    if (tokens[at]?.text !== name || /^\??\.$/.test(tokens[at - 1]?.text ?? "")) continue;
    const keys: string[] = [];
    let last = at;
    while (keys.length < 4 && tokens[last + 1]?.text === "." && tokens[last + 2]?.kind === "name") {
      last += 2;
      keys.push(tokens[last]?.text ?? "");
    }
    if (tokens[last + 1]?.text !== "=") continue;
    const end = endOfValue(script, last + 2, entry.bodyEnd);
    if (keys.length > 0)
      found.push({
        path: keys.join("."),
        key: keys.at(-1) ?? "",
        keyAt: last,
        start: last + 2,
        end,
      });
    else
      for (const field of readObject(script, last + 2) ?? [])
        found.push({ ...field, path: field.key });
  }
  return found;
}
