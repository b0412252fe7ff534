/** The question for one parameter of a downlink file. */
import { parseArgument, type Parameter } from "../../stack/downlinkFile/downlinkFileParameters";
import type { ParameterValue } from "../../stack/downlinkFile/downlinkFilePlaceholders";
import { visible } from "../../stack/visible";
import { askChoice, askText, type Answer, type StepFrame } from "../quickInput";

interface ParameterFrame extends StepFrame {
  /** The answer of before one came back to the question. */
  readonly before: ParameterValue | undefined;
  /** What is wrong with a value beyond the parameter's own rules. */
  readonly problemOf: (value: ParameterValue) => string | undefined;
}

export async function askParameter(
  parameter: Parameter,
  { before, problemOf, ...frame }: ParameterFrame,
): Promise<Answer<ParameterValue>> {
  const { name, type, description, choices, initial } = parameter;
  const question = visible(description ?? name, 200);
  const value = before ?? initial;
  const offered = choices ?? (type === "boolean" ? [true, false] : undefined);
  if (offered) {
    return askChoice<ParameterValue>({
      ...frame,
      placeholder: question,
      choices: offered.map((each) => ({
        label: visible(String(each), 100),
        value: each,
      })),
      ...(value === undefined ? {} : { active: value }),
    });
  }
  const answer = await askText({
    ...frame,
    prompt: `${question} (${rangeOf(parameter)})`,
    placeholder: name,
    value: value === undefined ? "" : String(value),
    check: (text) => {
      const parsed = parseArgument(parameter, text);
      const problem = "problem" in parsed ? parsed.problem : problemOf(parsed.value);
      return problem === undefined ? undefined : { error: problem };
    },
  });
  if (typeof answer === "string") return answer;
  const parsed = parseArgument(parameter, answer.value);
  return "problem" in parsed ? "cancel" : parsed;
}

function rangeOf({ type, minimum, maximum }: Parameter): string {
  const kind = { integer: "a whole number", number: "a number", boolean: "", string: "text" }[type];
  const from = minimum === undefined ? "" : ` from ${minimum}`;
  const to = maximum === undefined ? "" : ` to ${maximum}`;
  return `${kind}${from}${to}`;
}
