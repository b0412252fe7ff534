/** Removes a stored application and its API key. */
import { askModal } from "../../views/notices";
import { askApplication } from "../targets";
import type { Command } from "../services";

export const removeApplication: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, { title: "Remove an Application" });
  if (typeof answer === "string") return;
  const application = answer.value;
  if (application.isDemo) {
    await services.demo.stop();
    return;
  }
  const { settings, key } = application;
  const isAgreed = await askModal({
    question: `Remove ${settings.application} on ${settings.host}?`,
    lines: [
      "The application leaves the settings and its API key leaves the system's keyring. Nothing changes on the server.",
    ],
    yes: "Remove",
    no: "Keep It",
  });
  if (!isAgreed) return;
  await services.connections.disconnect(key);
  // The key first: if the second step fails, trying again ends well and no key is left behind.
  await services.apiKeys.delete(settings);
  await services.applications.remove(key);
};
