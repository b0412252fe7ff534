/** The first questions of a send: which application, which end device. Answers that are known are not asked for. */
import type { Application } from "../model/application";
import { titleFor } from "./downlinks/downlinkSteps";
import type { FlowStep } from "./quickInput";
import type { CommandServices } from "./services";
import { askApplication, askDevice } from "./targets";

interface TargetDraft {
  readonly application?: Application;
  readonly deviceId?: string;
}

export function isConnected({ connection }: Application): boolean {
  return connection.phase === "connected";
}

export function targetSteps<Draft extends TargetDraft>(
  services: CommandServices,
  title: string,
  accepts: (application: Application) => boolean = isConnected,
): readonly FlowStep<Draft>[] {
  const deviceOf = async (draft: Draft, application: Application, canGoBack: boolean) => {
    services.connections.learnRights(application.key);
    const answer = await askDevice(application, { title: titleFor(title, application), canGoBack });
    return typeof answer === "string" ? answer : { ...draft, application, deviceId: answer.value };
  };
  return [
    async (draft, canGoBack) => {
      if (draft.application) {
        services.connections.learnRights(draft.application.key);
        return "skip";
      }
      const [only, other] = services.model.applications.filter(accepts);
      // One application is no choice; it is still named in the title of every step.
      if (only && !other) return deviceOf(draft, only, canGoBack);
      const answer = await askApplication(services, undefined, { title, canGoBack, accepts });
      return typeof answer === "string" ? answer : { ...draft, application: answer.value };
    },
    async (draft, canGoBack) =>
      draft.application && draft.deviceId === undefined
        ? deviceOf(draft, draft.application, canGoBack)
        : "skip",
  ];
}
