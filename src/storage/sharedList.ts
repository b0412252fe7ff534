/** A list in a file that all windows share, with what earlier versions kept in VS Code's memory. */
import type { Memento } from "vscode";
import type { Shared } from "./sharedFile";

interface Parts<T> {
  readonly shared: Shared;
  /** Reads one item, or gives undefined for what is none. */
  readonly parse: (value: unknown) => T | undefined;
  readonly nameOf: (item: T) => string;
  /** Where earlier versions kept the names alone. */
  readonly former: { readonly state: Pick<Memento, "get" | "update">; readonly key: string };
  /** An item of which only the name is known. */
  readonly fromName: (name: string) => T;
}

export class SharedList<T> {
  constructor(private readonly parts: Parts<T>) {}

  /** Every item once; those of earlier versions come last. */
  all(): readonly T[] {
    const { shared, nameOf, fromName } = this.parts;
    const items = this.parseAll(shared.read());
    const names = new Set(items.map(nameOf));
    const former = this.formerNames().filter((name) => !names.has(name));
    return [...items, ...[...new Set(former)].map(fromName)];
  }

  has(name: string): boolean {
    return this.all().some((item) => this.parts.nameOf(item) === name);
  }

  /** Adds the item, or puts it in the place of the one with its name. */
  async add(item: T): Promise<void> {
    const name = this.parts.nameOf(item);
    await this.change((items) => [...items.filter((each) => !this.isNamed(each, name)), item]);
  }

  async remove(name: string): Promise<void> {
    await this.change((items) => items.filter((each) => !this.isNamed(each, name)));
    const former = this.formerNames();
    if (!former.includes(name)) return;
    const { state, key } = this.parts.former;
    await state.update(
      key,
      former.filter((each) => each !== name),
    );
  }

  private isNamed(item: T, name: string): boolean {
    return this.parts.nameOf(item) === name;
  }

  private async change(edit: (items: readonly T[]) => readonly T[]): Promise<void> {
    await this.parts.shared.exclusively(async (value, write) => {
      await write(edit(this.parseAll(value)));
    });
  }

  private parseAll(value: unknown): readonly T[] {
    if (!Array.isArray(value)) return [];
    return value.map(this.parts.parse).filter((item) => item !== undefined);
  }

  private formerNames(): readonly string[] {
    const value: unknown = this.parts.former.state.get(this.parts.former.key);
    return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  }
}
