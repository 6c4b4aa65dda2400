/** A YAML text with the place of every node in it. */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Diagnostic } from '../model/diagnostic.js';
import { yamlDocument } from '../model/yaml.js';

export type Path = readonly (string | number)[];

export interface Source {
  readonly value: unknown;
  readonly problems: readonly Diagnostic[];
  /** Where the value (or its key) at this path stands; the nearest thing around it when it is not there. */
  place(path: Path, at: 'key' | 'value'): NonNullable<Diagnostic['at']>;
}

export const readSource = (text: string, file: string): Source => {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(Math.max(0, offset));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const document = yamlDocument(text, { lineCounter: lines, resolveKnownTags: false });
    const problems = syntaxOf([...document.errors, ...document.warnings, ...duplicateKeys(document)], at);
    const value: unknown = problems.length ? undefined : document.toJS({ maxAliasCount: 50 });
    return { value, problems, place: (path, which) => at(offsetOf(document, path, which)) };
  } catch (error) {
    // It throws on too many aliases, unresolved ones, and what is nested too deeply.
    const says = `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const top = { file, line: 1, column: 1 };
    return {
      value: undefined,
      problems: [{ code: 'yaml-unreadable', severity: 'error', says, at: top }],
      place: () => top,
    };
  }
};

type Broken = Pick<YAMLError, 'code' | 'message' | 'pos'>;

/** A key that is a mapping or a list is a mistake of its own; as text it would hold all that is nested in it. */
const duplicateKeys = (document: Document): readonly Broken[] => {
  const found: Broken[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name) && key.range)
          found.push({ code: 'DUPLICATE_KEY', message: 'Map keys must be unique', pos: [key.range[0], key.range[1]] });
        seen.add(name);
      }
    },
  });
  return found;
};

/** A file with more mistakes than these is another kind of file, and nobody reads on. */
const mostSyntax = 50;
const longestMessage = 300;

const messages: Readonly<Record<string, { readonly code: string; readonly help: string }>> = {
  DUPLICATE_KEY: { code: 'duplicate-key', help: 'remove one of them; YAML would silently take the last' },
  MULTIPLE_DOCS: {
    code: 'several-documents',
    help: 'one file holds one cluster: put the other documents into files of their own',
  },
  TAG_RESOLVE_FAILED: { code: 'yaml-tag', help: 'tags (!name) have no meaning in a cluster file' },
  TAB_AS_INDENT: {
    code: 'yaml-syntax',
    help: 'YAML is indented with spaces: set your editor so, or run expand -t 2 over the file',
  },
  BAD_INDENT: { code: 'yaml-syntax', help: 'keys of one mapping stand in one column' },
};

/** Tabs are one mistake of one editor, however many lines they indent; what else fails may only follow from them. */
const syntaxOf = (
  errors: readonly Broken[],
  at: (offset: number) => NonNullable<Diagnostic['at']>,
): readonly Diagnostic[] => {
  const tabs = errors.filter(error => error.code === 'TAB_AS_INDENT');
  const [first] = tabs;
  if (!first) return errors.slice(0, mostSyntax).map(error => syntax(error, at(error.pos[0])));
  const lines = [...new Set(tabs.map(error => at(error.pos[0]).line))];
  const says =
    lines.length === 1
      ? 'the line is indented with a tab'
      : `${lines.length} lines are indented with tabs: ${lines.slice(0, 8).join(', ')}${lines.length > 8 ? ', …' : ''}`;
  return [{ ...syntax(first, at(first.pos[0])), says }];
};

const syntax = (error: Broken, at: Diagnostic['at']): Diagnostic => {
  const { code, help } = messages[error.code] ?? { code: 'yaml-syntax', help: undefined };
  return {
    code,
    severity: 'error',
    // It may quote a token as long as the file.
    says: (error.message.split('\n')[0] ?? error.code).slice(0, longestMessage),
    ...(at ? { at } : {}),
    ...(help ? { help } : {}),
  };
};

const offsetOf = (document: Document, path: Path, which: 'key' | 'value'): number => {
  let node: unknown = document.contents;
  let found = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [depth, step] of path.entries()) {
    const pair = isMap(node) ? pairsOf(node).get(String(step)) : undefined;
    if (which === 'key' && depth === path.length - 1 && isNode(pair?.key)) return pair.key.range?.[0] ?? found;
    node = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    if (!isNode(node)) return found;
    found = node.range?.[0] ?? found;
  }
  return found;
};

/** A file of thousands of mistakes asks for as many places: each mapping is searched once. */
const known = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
const pairsOf = (map: YAMLMap): ReadonlyMap<string, Pair> => {
  const before = known.get(map);
  if (before) return before;
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (key !== undefined && !pairs.has(key)) pairs.set(key, pair);
  }
  known.set(map, pairs);
  return pairs;
};
