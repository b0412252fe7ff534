/** Opens what is remembered between starts: applications, API keys and consents, each shared with the other windows. */
import type { ExtensionContext } from "vscode";
import type { Clock } from "../util/clock";
import { ApiKeys } from "./apiKeys";
import { ApplicationStore } from "./applicationStore";
import { PlaintextConsents } from "./plaintextConsents";
import { SharedFile } from "./sharedFile";

export interface Stores {
  readonly applications: ApplicationStore;
  readonly apiKeys: ApiKeys;
  readonly consents: PlaintextConsents;
}

/** @param onProblem told of each entry of the settings that cannot be used */
export function openStores(
  context: Pick<ExtensionContext, "secrets" | "globalState" | "globalStorageUri">,
  clock: Clock,
  onProblem: (text: string) => void,
): Stores {
  const { secrets, globalState: state, globalStorageUri } = context;
  const shared = (name: string) => new SharedFile(globalStorageUri.fsPath, `${name}.json`, clock);
  return {
    applications: new ApplicationStore(onProblem, shared("applications"), clock),
    apiKeys: new ApiKeys(secrets, clock, { shared: shared("keys"), state }),
    consents: new PlaintextConsents(shared("consents"), state),
  };
}
