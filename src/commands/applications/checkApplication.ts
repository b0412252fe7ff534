/** The connection check: its steps show below the application as they are found. */
import * as vscode from "vscode";
import { showTreeProgress } from "../../views/notices";
import { consentToPlaintext } from "../consents";
import type { Command, CommandServices } from "../services";
import { applicationFrom, askApplication } from "../targets";

export const checkApplication: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, { title: "Check a Connection" });
  if (typeof answer === "string") return;
  const { key, settings, isDemo } = answer.value;
  if (!isDemo && !(await consentToPlaintext(services, settings))) return;
  await vscode.commands.executeCommand("thethingsstack.applications.focus");
  await runCheck(services, key);
};

export async function runCheck(services: CommandServices, key: string): Promise<void> {
  await showTreeProgress(() => services.connections.check(key));
}

export const dismissCheck: Command = (services) => (argument) => {
  const application = applicationFrom(services, argument);
  if (application) services.connections.dismissCheck(application.key);
};
