/** What commands may use. Views appear only to be shown or focused: their content follows the model. */
import type { Connections } from "../connections/connections";
import type { DemoApplication } from "../demo/demoApplication";
import type { FrameRunner } from "../formatters/workbench/frameRunner";
import type { Workbench } from "../formatters/workbench/workbench";
import type { Model } from "../model/model";
import type { ApiKeys } from "../storage/apiKeys";
import type { ApplicationStore } from "../storage/applicationStore";
import type { FormatterSettings } from "../storage/formatterSettings";
import type { EventArrangement } from "../storage/eventArrangement";
import type { PlaintextConsents } from "../storage/plaintextConsents";
import type { ContextKeys } from "../views/contextKeys";
import type { DiagnosticsLog } from "../views/diagnosticsLog";
import type { DownlinkPanels } from "../views/downlink/downlinkPanel";
import type { ByteMapDocuments } from "../views/formatters/byteMapDocuments";
import type { DebugFormatter } from "../views/formatters/debugFormatter";
import type { FormatterDocuments } from "../views/formatters/formatterDocuments";
import type { EventChannel } from "../views/log/eventChannel";
import type { MessageDocuments } from "../views/log/messageDocuments";
import type { ApplicationsTree } from "../views/tree/applicationsTree";
import type { TreeArrangement } from "../views/tree/treeArrangement";

/** The tools around payload formatters. */
export interface FormatterTools {
  readonly frameRunner: FrameRunner;
  readonly byteMaps: ByteMapDocuments;
  readonly debugFormatter: DebugFormatter;
}

export interface CommandServices extends FormatterTools {
  readonly model: Model;
  readonly connections: Connections;
  readonly applications: ApplicationStore;
  readonly apiKeys: ApiKeys;
  readonly consents: PlaintextConsents;
  readonly demo: DemoApplication;
  readonly tree: ApplicationsTree;
  readonly arrangement: TreeArrangement;
  readonly eventChannel: EventChannel;
  readonly documents: MessageDocuments;
  readonly workbench: Workbench;
  readonly formatterSettings: FormatterSettings;
  readonly formatterDocuments: FormatterDocuments;
  readonly downlinkPanels: DownlinkPanels;
  readonly contextKeys: ContextKeys;
  readonly diagnostics: DiagnosticsLog;
  readonly eventArrangement: EventArrangement;
}

/**
 * A command's own code. `argument` is whatever the caller gave, `selected` all rows of a selection of several; neither is
 * ever trusted.
 */
export type Command = (
  services: CommandServices,
) => (argument: unknown, selected?: unknown) => Promise<void> | void;
