/** Takes over what another window does to an API key: a new one is used, a deleted one ends the connection. */
import type { SecretStorage } from "vscode";
import type { Connections } from "../connections/connections";
import type { Application } from "../model/application";
import type { Model } from "../model/model";
import { secretName, type ApiKeys } from "../storage/apiKeys";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

/** Milliseconds to each look after the first: the event can come before the key is readable (reliability A14). */
const pauses = [200, 600, 1_200];

interface Parts {
  readonly secrets: Pick<SecretStorage, "onDidChange">;
  readonly apiKeys: Pick<ApiKeys, "lookAgain">;
  readonly model: Pick<Model, "applications">;
  readonly connections: Pick<Connections, "restart" | "stopWithoutKey">;
  readonly clock: Pick<Clock, "after">;
  readonly log: (line: string) => void;
}

/** Follows the keyring until it is disposed of. */
export function watchKeyring(parts: Parts): Disposable {
  const watches = new Map<string, KeyWatch>();
  const subscription = parts.secrets.onDidChange(({ key: name }) => {
    watches.get(name)?.dispose();
    watches.delete(name);
    if (applicationOf(parts, name)) watches.set(name, new KeyWatch(parts, name));
  });
  return {
    dispose: () => {
      subscription.dispose();
      for (const watch of watches.values()) watch.dispose();
      watches.clear();
    },
  };
}

/** The connection that uses a secret now; one that was removed or stopped meanwhile needs no key. */
function applicationOf({ model }: Parts, name: string): Application | undefined {
  return model.applications.find(
    ({ isDemo, settings, connection }) =>
      !isDemo && connection.phase !== "stopped" && secretName(settings) === name,
  );
}

/**
 * Looks after one event until the change is readable, four times in two seconds. The event only means "look again": it
 * comes twice, late, early, or for nothing. That a key is gone is believed only at the end.
 */
class KeyWatch implements Disposable {
  private looks = 0;
  private timer: Disposable | undefined;
  private isOver = false;

  constructor(
    private readonly parts: Parts,
    private readonly name: string,
  ) {
    this.look();
  }

  dispose(): void {
    this.isOver = true;
    this.timer?.dispose();
  }

  private look(): void {
    const { apiKeys, connections, log } = this.parts;
    const application = applicationOf(this.parts, this.name);
    if (!application) return;
    const { key, settings } = application;
    const pause = pauses[this.looks++];
    const lookLater = (milliseconds: number) => {
      this.timer = this.parts.clock.after(milliseconds, () => this.look());
    };
    apiKeys.lookAgain(settings).then(
      (change) => {
        if (this.isOver) return;
        if (change === "changed") connections.restart(key, { keyChanged: true });
        else if (pause !== undefined) lookLater(pause);
        else if (change === "deleted" && applicationOf(this.parts, this.name))
          connections.stopWithoutKey(key);
      },
      () => log("the system's keyring did not tell what changed"),
    );
  }
}
