/** Puts an API key into the system's keyring, bound to its application and server. */
import type { ApplicationSettings } from "../../stack/applicationSettings";
import { apiKeyProblem, isUsualApiKey, trimApiKey } from "../../stack/identifiers";
import { sayBriefly } from "../../views/notices";
import { askText, type Answer, type Feedback } from "../quickInput";
import { askApplication } from "../targets";
import type { Command } from "../services";

export const setApiKey: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, {
    title: "Set API Key",
    accepts: ({ isDemo }) => !isDemo,
  });
  if (typeof answer === "string") return;
  const application = answer.value;
  if (application.isDemo) return;
  const key = await askApiKey(application.settings, { title: "Set API Key", canGoBack: false });
  if (typeof key === "string") return;
  await services.apiKeys.store(application.settings, key.value);
  const { phase } = application.connection;
  if (phase === "stopped") services.connections.connect(application.key);
  else services.connections.restart(application.key, { keyChanged: true });
  sayBriefly("API key stored in the system's keyring");
};

/** The masked box. It begins empty, and what was typed is shown nowhere again. */
export async function askApiKey(
  { application, host }: Pick<ApplicationSettings, "application" | "host">,
  frame: { readonly title: string; readonly canGoBack: boolean },
): Promise<Answer<string>> {
  return askText({
    ...frame,
    prompt: `API key of ${application} on ${host}. It needs the right to read application traffic, and the right to write downlinks if you want to send. It goes into the system's keyring and nowhere else.`,
    placeholder: "NNSXS.…",
    value: "",
    isSecret: true,
    trim: trimApiKey,
    check: apiKeyFeedback,
  });
}

/** What is said below the masked box, where nobody can see what was pasted. */
export function apiKeyFeedback(text: string, raw: string): Feedback {
  if (raw === "") return { error: "Enter the API key." };
  const error = apiKeyProblem(text);
  if (error !== undefined) return { error };
  const trimmed =
    text === raw ? "" : "Blanks, quotes or other marks around the key were left out. ";
  if (!isUsualApiKey(text))
    return { warning: `${trimmed}Not as long as a usual API key. Was all of it copied?` };
  return trimmed === "" ? undefined : { hint: `${trimmed}The key itself is whole.` };
}
