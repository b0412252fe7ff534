/** Removes a stored application and its API key. */
import { askModal, notify } from "../../views/notices";
import { askApplication } from "../targets";
import { endDemo } from "./demo";
import type { Command } from "../services";

export const removeApplication: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, { title: "Remove an Application" });
  if (typeof answer === "string") return;
  const application = answer.value;
  if (application.isDemo) {
    await endDemo(services);
    return;
  }
  const { settings, key } = application;
  const isAgreed = await askModal({
    question: `Remove ${settings.application} on ${settings.host}:${settings.port}?`,
    lines: [
      "The application leaves the settings and its API key leaves the system's keyring. Nothing changes on the server.",
    ],
    yes: "Remove",
    no: "Keep It",
  });
  if (!isAgreed) return;
  await services.connections.disconnect(key);
  // The setting first: with the key gone before it, another window would ask for a key that nobody needs any more.
  await services.applications.remove(key);
  try {
    await services.apiKeys.delete(settings);
  } catch (error) {
    services.diagnostics.error("deleting an API key failed", error);
    await notify(
      "error",
      `${settings.application} is removed, but the system's keyring did not delete its API key. Try again with Manage Stored Keys and Consents.`,
    );
  }
};
