/** In which folder of the workspace the file of each binding is. */
import { visible } from "../../stack/visible";
import { builtInFormatter, readBindings, type Binding } from "./bindings";

/** A folder of the window with the list of its own settings. */
export interface FolderBindings {
  readonly name: string;
  readonly value: unknown;
}

export interface PlacedBinding {
  readonly binding: Binding;
  /** Index of the folder, and the path inside it; undefined for the built-in formatter. */
  readonly place: { readonly folder: number; readonly path: string } | undefined;
}

/**
 * In a window with one folder all files are inside it. With several, each folder's own list comes first; in the list of
 * the whole window a path begins with the name of a folder.
 * @param shared the list of the whole window
 */
export function placeBindings(
  folders: readonly FolderBindings[],
  shared: unknown,
): { readonly placed: readonly PlacedBinding[]; readonly problems: readonly string[] } {
  const placed: PlacedBinding[] = [];
  const problems: string[] = [];
  const take = (
    value: unknown,
    placeOf: (path: string) => PlacedBinding["place"],
    problem: string,
  ) => {
    const read = readBindings(value);
    problems.push(...read.problems);
    for (const binding of read.bindings) {
      const place = binding.file === builtInFormatter ? undefined : placeOf(binding.file);
      if (place || binding.file === builtInFormatter) placed.push({ binding, place });
      else problems.push(`${visible(binding.file, 100)}: ${problem}`);
    }
  };
  const [only] = folders;
  if (folders.length <= 1) {
    const inside = (path: string) => (only ? { folder: 0, path } : undefined);
    take(only?.value ?? shared, inside, "there is no folder that it could be in");
    return { placed, problems };
  }
  folders.forEach(({ value }, folder) => take(value, (path) => ({ folder, path }), ""));
  take(
    shared,
    (path) => {
      const folder = folders.findIndex(({ name }) => path.startsWith(`${name}/`));
      const name = folders[folder]?.name ?? "";
      return folder < 0 ? undefined : { folder, path: path.slice(name.length + 1) };
    },
    "begin with the name of a folder of this window",
  );
  return { placed, problems };
}
