/** Reads a mapping's texts once each: the file, the presets it starts from, its policy. */

import { combine, type Difference } from './combine.ts';
import type { MappingFiles } from './files.ts';
import { type Located, locate, merge, readYaml } from './located.ts';
import { didYouMean, problem } from './problems.ts';
import type { MappingText, Position, Problem } from './types.ts';

/** Where a file names another one, for the sentence about one that is not there. */
export interface Reference {
  at: Position;
  path: string;
  folder: 'policies' | 'presets';
  name: string;
}

/** A preset of a preset of a preset is as far as it goes. */
const presetDepthMax = 5;

/** Remembers the texts as sources, and collects what is wrong with them. */
export class SourceReader {
  readonly sources: MappingText[] = [];
  readonly problems: Problem[] = [];
  /** What works but should be known: presets side by side that differ. */
  readonly warnings: Problem[] = [];
  private readonly files: MappingFiles;
  private readonly trees = new Map<string, Located | null>();
  /** Each preset file with all it starts from, both as shown. */
  private readonly heirs = new Map<string, Set<string>>();

  constructor(files: MappingFiles) {
    this.files = files;
  }

  /** A mapping over its presets, the file's own values winning. */
  readMerged(path: string): Located | null {
    const root = this.read(path, null);
    return root === null ? null : this.withPresets(root, root, [path]);
  }

  /** The tree of a file; null, with a problem, where there is none. */
  read(path: string, reference: Reference | null): Located | null {
    const known = this.trees.get(path);
    if (known !== undefined) {
      return known;
    }
    const text = this.files.read(path);
    const shown = this.files.shown(path);
    if (text === null) {
      this.problems.push(this.missing(shown, reference));
      return null;
    }
    this.sources.push({ path, text });
    const { root, problems } = readYaml(shown, text);
    this.problems.push(...problems);
    const isMap = root !== null && root.type === 'map';
    if (root !== null && !isMap) {
      this.problems.push(problem(root.at, '', 'expected a map of keys and values.'));
    }
    this.trees.set(path, isMap ? root : null);
    return isMap ? root : null;
  }

  /** `own` over the presets it names: those beside each other combine, a later one wins. */
  private withPresets(own: Located, file: Located, chain: string[]): Located {
    const presets = presetsNamed(own).flatMap((named) => {
      const tree = this.preset(named, own, file, chain);
      return tree === null ? [] : [{ named, tree }];
    });
    let base: Located | null = null;
    for (const [index, { named, tree }] of presets.entries()) {
      // What a later one starts from is in it already, as that one wants it.
      if (presets.slice(index + 1).some((later) => this.startsFrom(later.tree, tree))) {
        continue;
      }
      base =
        base === null
          ? tree
          : combine(base, tree, (difference) => this.tell(difference, named, file));
    }
    return base === null ? own : merge(base, own);
  }

  private startsFrom(later: Located, earlier: Located): boolean {
    return this.heirs.get(later.at.file)?.has(earlier.at.file) === true;
  }

  private preset(named: Named, own: Located, file: Located, chain: string[]): Located | null {
    const path = `presets/${named.value}.yaml`;
    if (chain.includes(path) || chain.length > presetDepthMax) {
      this.problems.push(problem(named.at, 'extends', 'presets extend each other in a circle.'));
      return null;
    }
    const reference = { at: named.at, path: 'extends', name: named.value } as const;
    const root = this.read(path, { ...reference, folder: 'presets' });
    if (root === null) {
      return null;
    }
    const preset = this.withPresets(root, file, [...chain, path]);
    const inherited = this.heirs.get(root.at.file) ?? [];
    const heir = this.heirs.get(own.at.file) ?? new Set();
    this.heirs.set(own.at.file, new Set([...heir, root.at.file, ...inherited]));
    return preset;
  }

  /** Silent where the file itself has the last word, or where one preset builds on the other. */
  private tell({ path, earlier, later }: Difference, named: Named, file: Located): void {
    if (this.startsFrom(later, earlier) || locate(file, path).found !== null) {
      return;
    }
    const { file: other, line, column } = earlier.at;
    const message =
      `${shown(later)} of preset "${named.value}" takes the place of ${shown(earlier)} ` +
      `(${other}:${line}:${column}): the later preset wins. ` +
      'State the key in the mapping to choose.';
    this.warnings.push(problem(named.at, path.join('.'), message));
  }

  private missing(path: string, reference: Reference | null): Problem {
    if (reference === null) {
      return problem({ file: path, line: 1, column: 1 }, '', 'the file cannot be read.');
    }
    const names = this.files.names(reference.folder);
    const hint = didYouMean(reference.name, names) || ` There: ${names.join(', ') || 'none'}.`;
    return problem(reference.at, reference.path, `there is no file ${path}.${hint}`);
  }
}

interface Named {
  at: Position;
  value: string;
}

/** `extends` as a list of names, each once; what is no name is the schema's matter. */
function presetsNamed(root: Located): Named[] {
  const found = locate(root, ['extends']).found;
  const items = found === null ? [] : found.type === 'list' ? found.items : [found];
  const names = new Map<string, Named>();
  for (const item of items) {
    if (item.type === 'scalar' && typeof item.value === 'string' && !names.has(item.value)) {
      names.set(item.value, { at: item.at, value: item.value });
    }
  }
  return [...names.values()];
}

function shown(value: Located): string {
  switch (value.type) {
    case 'scalar':
      return value.value === null ? '"null"' : `"${value.source}"`;
    case 'list':
      return 'the list';
    case 'map': {
      const named = ['object', 'field', 'constant']
        .map((name) => value.entries.get(name))
        .find((inner) => inner?.type === 'scalar');
      return named === undefined ? 'the value' : shown(named);
    }
  }
}
