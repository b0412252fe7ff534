/** Shows what is kept on this machine beside the settings, API keys and consents to plaintext, and removes what is chosen. */
import {
  applicationKey,
  isReadableOnTheWay,
  type ApplicationSettings,
} from "../../stack/applicationSettings";
import { consentName } from "../../storage/plaintextConsents";
import { secretName, type StoredKey } from "../../storage/apiKeys";
import { askModal, notify } from "../../views/notices";
import { askChoices, type Choice } from "../quickInput";
import type { Command, CommandServices } from "../services";

const title = "Manage Stored Keys and Consents";

/** What a row is, and the applications of the settings that use it. */
interface Kept {
  readonly words: string;
  readonly usedBy: readonly ApplicationSettings[];
  readonly remove: () => Promise<void>;
}

export const manageKeys: Command = (services) => async () => {
  const choices = [
    ...services.apiKeys.all().map((key) => keyChoice(services, key)),
    ...services.consents.all().map((name) => consentChoice(services, name)),
  ];
  if (choices.length === 0) {
    await notify("information", "No API key and no consent to plaintext is kept on this machine.");
    return;
  }
  const placeholder = "Choose what to remove; a key itself is never shown";
  const answer = await askChoices({ title, canGoBack: false, placeholder, choices });
  if (typeof answer === "string") return;
  const isAgreed = await askModal({
    question: `Remove ${answer.value.length === 1 ? "this" : `these ${answer.value.length}`} from this machine?`,
    lines: answer.value.flatMap(({ words, usedBy }) => [
      words,
      ...usedBy.map(({ application }) => `It is in use: ${application} is disconnected.`),
    ]),
    yes: "Remove",
    no: "Keep",
  });
  if (isAgreed) await removeAll(services, answer.value);
};

/** One after the other; one that cannot be removed does not keep the others. */
async function removeAll(services: CommandServices, list: readonly Kept[]): Promise<void> {
  const failed: string[] = [];
  for (const { words, usedBy, remove } of list) {
    try {
      for (const settings of usedBy) {
        await services.connections.disconnect(applicationKey(settings));
      }
      await remove();
    } catch (error) {
      services.diagnostics.error("removing a stored key or consent failed", error);
      failed.push(words);
    }
  }
  if (failed.length > 0) await notify("error", `Could not be removed: ${failed.join("; ")}.`);
}

function keyChoice({ applications, apiKeys }: CommandServices, key: StoredKey): Choice<Kept> {
  const usedBy = applications.read().filter((settings) => secretName(settings) === key.name);
  const bound = usedBy[0] ?? key.bound;
  const label = bound?.application ?? "Unknown application";
  const place = bound ? `${bound.host}:${bound.port}` : "";
  const words = bound ? `API key of ${label} on ${place}` : "API key of an unknown application";
  return {
    label,
    description: place,
    detail:
      usedBy.length > 0
        ? "API key, in use"
        : "API key that nothing uses: its application is not in the settings",
    value: { words, usedBy, remove: () => apiKeys.deleteNamed(key.name) },
  };
}

function consentChoice({ applications, consents }: CommandServices, name: string): Choice<Kept> {
  const usedBy = applications
    .read()
    .filter((settings) => isReadableOnTheWay(settings) && consentName(settings) === name);
  return {
    label: name,
    description: "plaintext",
    detail: `Consent that API keys travel readable to this server${usedBy.length > 0 ? ", in use" : ""}`,
    value: {
      words: `Consent to plaintext for ${name}`,
      usedBy,
      remove: () => consents.revoke(name),
    },
  };
}
