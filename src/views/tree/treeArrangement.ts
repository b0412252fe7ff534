/** How a person arranged the tree: order, filter, rows opened and closed. Kept over a reload, for this workspace. */
import type { Memento } from "vscode";
import { Emitter, type Disposable } from "../../util/emitter";
import type { SortOrder } from "./treeNodes";

/** What VS Code remembers for the extension in this workspace. */
export type Memory = Pick<Memento, "get" | "update">;

const forgetful: Memory = { get: () => undefined, update: () => Promise.resolve() };

const names = { sortOrder: "tree.sortOrder", filter: "tree.filter", turned: "tree.turned" };
const longestFilter = 200;
/** Rows that are remembered; the ones turned longest ago make room. */
const maximumTurned = 500;

export class TreeArrangement implements Disposable {
  private readonly changeEmitter = new Emitter<void>();
  /** Order or filter are others now. */
  readonly onDidChange = this.changeEmitter.event;
  private currentOrder: SortOrder;
  private currentFilter: string;
  /** Ids of rows that are not as they begin: end devices opened, applications and checks closed. */
  private readonly turned: Set<string>;

  constructor(private readonly memory: Memory = forgetful) {
    this.currentOrder = memory.get<unknown>(names.sortOrder) === "lastHeard" ? "lastHeard" : "name";
    const filter = memory.get<unknown>(names.filter);
    this.currentFilter = typeof filter === "string" ? filter.slice(0, longestFilter) : "";
    const turned = memory.get<unknown>(names.turned);
    const ids = Array.isArray(turned) ? (turned as readonly unknown[]) : [];
    this.turned = new Set(ids.filter((id) => typeof id === "string").slice(-maximumTurned));
  }

  get sortOrder(): SortOrder {
    return this.currentOrder;
  }

  set sortOrder(order: SortOrder) {
    this.currentOrder = order;
    this.remember(names.sortOrder, order);
    this.changeEmitter.fire();
  }

  /** As it was typed. */
  get filter(): string {
    return this.currentFilter;
  }

  set filter(text: string) {
    this.currentFilter = text.trim().slice(0, longestFilter);
    this.remember(names.filter, this.currentFilter);
    this.changeEmitter.fire();
  }

  /** As a person left the row, otherwise as it begins. */
  isOpen(id: string, beginsOpen: boolean): boolean {
    return this.turned.has(id) ? !beginsOpen : beginsOpen;
  }

  /** A person opened or closed a row. */
  turn(id: string, isOpen: boolean, beginsOpen: boolean): void {
    const isKnown = this.turned.delete(id);
    if (isOpen !== beginsOpen) this.turned.add(id);
    else if (!isKnown) return;
    const [oldest] = this.turned;
    if (this.turned.size > maximumTurned && oldest !== undefined) this.turned.delete(oldest);
    this.remember(names.turned, [...this.turned]);
  }

  dispose(): void {
    this.changeEmitter.dispose();
  }

  private remember(name: string, value: unknown): void {
    void this.memory.update(name, value);
  }
}
