/** Takes over what another window does to an API key: a new one is used, a deleted one ends the connection. */
import type { SecretStorage } from "vscode";
import type { Connections } from "../connections/connections";
import type { Application } from "../model/application";
import type { Model } from "../model/model";
import { secretName, type ApiKeys } from "../storage/apiKeys";
import type { Disposable } from "../util/emitter";

export function watchKeyring(parts: {
  readonly secrets: Pick<SecretStorage, "onDidChange">;
  readonly apiKeys: Pick<ApiKeys, "lookAgain">;
  readonly model: Pick<Model, "applications">;
  readonly connections: Pick<Connections, "restart" | "stopWithoutKey">;
  readonly log: (line: string) => void;
}): Disposable {
  const { secrets, apiKeys, model, connections, log } = parts;
  const look = async ({ key, settings }: Application) => {
    const change = await apiKeys.lookAgain(settings);
    if (change === "changed") connections.restart(key, { keyChanged: true });
    if (change === "deleted") connections.stopWithoutKey(key);
  };
  return secrets.onDidChange(({ key: name }) => {
    // The event only means "look again": it comes twice, late, or for nothing (reliability A14).
    const application = model.applications.find(
      ({ isDemo, settings }) => !isDemo && secretName(settings) === name,
    );
    if (!application || application.connection.phase === "stopped") return;
    look(application).catch(() => log("the system's keyring did not tell what changed"));
  });
}
