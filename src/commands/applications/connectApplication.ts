/** Connect and disconnect. The result shows in the tree. */
import { askApplication } from "../targets";
import { consentToPlaintext } from "../consents";
import type { Command } from "../services";

export const connectApplication: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, {
    title: "Connect an Application",
    accepts: ({ connection }) => connection.phase !== "connected",
  });
  if (typeof answer === "string") return;
  const application = answer.value;
  if (application.isDemo || (await consentToPlaintext(services, application.settings))) {
    services.connections.connect(application.key);
  }
};

export const disconnectApplication: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, {
    title: "Disconnect an Application",
    accepts: ({ connection }) => connection.phase !== "stopped",
  });
  if (typeof answer === "string") return;
  const application = answer.value;
  await services.connections.disconnect(application.key);
};
