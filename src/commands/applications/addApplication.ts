/** Adds an application from whatever the user can paste, asking only for what is missing. */
import {
  applicationKey,
  maximumApplications,
  tlsPort,
  type ApplicationSettings,
} from "../../stack/applicationSettings";
import { parsePastedConnection, type PastedConnection } from "../../stack/pastedConnection";
import {
  askApplicationUid,
  askGuessedHost,
  askHost,
  askSecurity,
  lacksTenant,
} from "./connectionSteps";
import { pickCaFile, readCaFile } from "./caFile";
import { notify } from "../../views/notices";
import { runCheck } from "./checkApplication";
import { consentToPlaintext } from "../consents";
import { askChoice, askText, runFlow, type Feedback, type FlowStep } from "../quickInput";
import { askApiKey } from "./setApiKey";
import type { Command, CommandServices } from "../services";

interface Draft {
  readonly host?: string;
  /** The host was not clearly named: no key is bound to it before the user confirmed it. */
  readonly isHostGuess?: boolean;
  readonly application?: string;
  readonly port?: number;
  readonly security?: "tls" | "plaintext";
  readonly caFile?: string;
  readonly apiKey?: string;
  readonly connectOnStartup?: boolean;
}

const title = "Add an Application";

export const addApplication: Command = (services) => async () => {
  if (services.applications.read().length >= maximumApplications) {
    await notify("error", `At most ${maximumApplications} applications fit in.`);
    return;
  }
  const draft = await runFlow<Draft>({}, steps);
  if (!draft) return;
  const settings = settingsOf(draft);
  const { apiKey } = draft;
  if (!settings || apiKey === undefined) return;
  if (!(await consentToPlaintext(services, settings))) return;
  await save(services, settings, apiKey);
};

const steps: readonly FlowStep<Draft>[] = [
  askPaste,
  hostStep,
  applicationStep,
  securityStep,
  caFileStep,
  keyStep,
  startupStep,
];

async function askPaste(draft: Draft): ReturnType<FlowStep<Draft>> {
  const answer = await askText({
    title,
    canGoBack: false,
    prompt:
      "Paste what you have: the text of the Console's MQTT page, host:port, a URL, a mosquitto_sub command, or app@tenant. Empty asks step by step.",
    placeholder: "soil-lab@ttn, eu1.cloud.thethings.network:8883, mosquitto_sub -h …",
    value: "",
    check: pasteFeedback,
  });
  return typeof answer === "string" ? answer : { ...draft, ...parsePastedConnection(answer.value) };
}

/** Says what was understood, so that nobody has to guess. */
function pasteFeedback(text: string): Feedback {
  if (text === "") return undefined;
  const found = parsePastedConnection(text);
  if (found.problem !== undefined) return { error: found.problem };
  const parts = foundParts(found);
  if (parts.length === 0)
    return { error: "Nothing of a connection found in this. Empty it to be asked step by step." };
  return { hint: `Found ${parts.join(", ")}` };
}

function foundParts(found: PastedConnection): string[] {
  const { application, host, isHostGuess, port, apiKey, caFile } = found;
  const parts: string[] = [];
  if (application !== undefined) parts.push(`application ${application}`);
  if (host !== undefined)
    parts.push(`host ${host}${isHostGuess ? " (not sure: you will be asked)" : ""}`);
  if (port !== undefined) parts.push(`port ${port}`);
  if (caFile !== undefined) parts.push("a CA file");
  if (apiKey !== undefined) parts.push("an API key");
  return parts;
}

async function hostStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const { host, isHostGuess = false, apiKey } = draft;
  if (host !== undefined && !isHostGuess) return "skip";
  const frame = { title, canGoBack };
  const answer =
    host === undefined
      ? await askHost(frame, "")
      : await askGuessedHost(frame, host, apiKey !== undefined);
  if (typeof answer === "string") return answer;
  return { ...draft, host: answer.value, isHostGuess: false };
}

async function applicationStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const { application = "", host = "" } = draft;
  if (application !== "" && !lacksTenant(application, host)) return "skip";
  const answer = await askApplicationUid({ title, canGoBack }, application, host);
  return typeof answer === "string" ? answer : { ...draft, application: answer.value };
}

async function securityStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const { host = "", port, security } = draft;
  const isPlain = security === "plaintext";
  if (security === "tls" || port === tlsPort || (port === undefined && !isPlain)) return "skip";
  const answer = await askSecurity({ title, canGoBack }, { host, port });
  return typeof answer === "string" ? answer : { ...draft, ...answer.value };
}

/** The file of a pasted command may be one of another machine. */
async function caFileStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const { caFile, ...without } = draft;
  if (caFile === undefined) return "skip";
  const isUsable = await readCaFile(caFile).then(
    () => true,
    () => false,
  );
  if (isUsable) return "skip";
  const answer = await askChoice<"without" | "choose">({
    title,
    canGoBack,
    placeholder: `The CA file ${caFile} cannot be used here`,
    choices: [
      {
        label: "Go On Without a CA File",
        detail:
          "Publicly trusted certificates are accepted: right for The Things Network and Cloud.",
        value: "without",
      },
      {
        label: "Choose a File…",
        detail: "A PEM file with the certificates of a private authority.",
        value: "choose",
      },
    ],
  });
  if (typeof answer === "string") return answer;
  if (answer.value === "without") return without;
  const file = await pickCaFile();
  return file === undefined ? caFileStep(draft, canGoBack) : { ...draft, caFile: file };
}

async function keyStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  if (draft.apiKey !== undefined) return "skip";
  const { application = "", host = "" } = draft;
  const answer = await askApiKey({ application, host }, { title, canGoBack });
  return typeof answer === "string" ? answer : { ...draft, apiKey: answer.value };
}

async function startupStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const answer = await askChoice({
    title,
    canGoBack,
    placeholder: `Connect ${draft.application ?? ""} now`,
    choices: [
      {
        label: "Connect now",
        detail: "After a restart it waits in the tree until you connect.",
        value: false,
      },
      { label: "Connect now and whenever VS Code starts", value: true },
    ],
  });
  return typeof answer === "string" ? answer : { ...draft, connectOnStartup: answer.value };
}

function settingsOf(draft: Draft): ApplicationSettings | undefined {
  const { application, host, isHostGuess, port, security, caFile, connectOnStartup } = draft;
  if (application === undefined || host === undefined || isHostGuess === true) return undefined;
  return {
    application,
    host,
    port: port ?? tlsPort,
    security: security ?? "tls",
    ...(caFile === undefined ? {} : { caFile }),
    ...(connectOnStartup === true ? { connectOnStartup } : {}),
  };
}

/** The key first and read back, then the setting, so that nothing half-saved remains. */
async function save(
  services: CommandServices,
  settings: ApplicationSettings,
  apiKey: string,
): Promise<void> {
  const key = applicationKey(settings);
  try {
    await services.apiKeys.store(settings, apiKey);
  } catch (error) {
    services.diagnostics.error("storing an API key failed", error);
    await notify(
      "error",
      "The system's keyring did not take the API key, so the application was not added.",
    );
    return;
  }
  try {
    if (services.applications.find(key)) await services.applications.replace(key, settings);
    else await services.applications.add(settings);
  } catch (error) {
    await services.apiKeys.delete(settings);
    throw error;
  }
  services.connections.restart(key, { keyChanged: true });
  services.connections.connect(key);
  if (!(await connects(services, key))) await runCheck(services, key);
}

/** Waits for the end of the first attempt; true when it led to a connection. */
async function connects({ model }: CommandServices, key: string): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isConnected: boolean) => {
      subscription.dispose();
      resolve(isConnected);
    };
    const look = () => {
      const phase = model.application(key)?.connection.phase;
      if (phase !== "connecting") end(phase === "connected" || phase === undefined);
    };
    const subscription = model.onDidChange(look);
    look();
  });
}
