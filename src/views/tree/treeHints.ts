/** What an application without end devices says, and what to do about it. */
import type { Application } from "../../model/application";

export interface Hint {
  readonly text: string;
  readonly icon: string;
  readonly command: { readonly id: string; readonly title: string } | undefined;
}

export function treeHints(application: Application): readonly Hint[] {
  const state = application.connection;
  switch (state.phase) {
    case "stopped":
      return application.endDevices.size > 0
        ? []
        : [hint("Connect", "plug", "application.connect")];
    case "connecting":
      return application.endDevices.size > 0 ? [] : [hint("Connecting…", "loading~spin")];
    case "connected":
      return application.endDevices.size > 0 ? [] : silent;
    case "waiting":
      return [
        hint(state.failure.advice, "info"),
        ...(state.failure.fix === "setApiKey" ? [setApiKey] : []),
        hint("Try now", "refresh", "application.connect"),
      ];
    case "failed":
      return [
        hint(state.failure.advice, "info"),
        state.failure.fix === "setApiKey" ? setApiKey : hint("Edit…", "edit", "application.edit"),
        hint("Check connection", "checklist", "application.check"),
        hint("Try again", "refresh", "application.connect"),
      ];
  }
}

function hint(text: string, icon: string, command?: string): Hint {
  return {
    text,
    icon,
    command: command === undefined ? undefined : { id: `thethingsstack.${command}`, title: text },
  };
}

const setApiKey = hint("Set API key…", "key", "application.setApiKey");

const silent: readonly Hint[] = [
  hint("Listening. LoRaWAN devices often speak every 10 to 60 minutes.", "watch"),
  hint("MQTT has no history: an end device appears with its next message.", "info"),
];
