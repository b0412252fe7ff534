/** Tells of messages from the page that the panel does not understand, each type once. */
import { typeName } from "./downlinkPanelState";

const maximumTypes = 20;

export class IgnoredMessages {
  private readonly types = new Set<string>();

  constructor(private readonly log: (text: string) => void) {}

  add(data: unknown): void {
    const type = typeName(data);
    if (this.types.has(type) || this.types.size >= maximumTypes) return;
    this.types.add(type);
    this.log(`The downlink panel ignored a message of type ${JSON.stringify(type)}.`);
  }
}
