/** YAML of unknown origin: one plain value, or why not. Never throws, never expands aliases without end. */
import { parse } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: configuration is an open tree; cases narrow what they read
export type Tree = any;

export type YamlRead = { readonly value: Tree } | { readonly problem: string };

// A thousand hosts have nearly the same kubelet configuration: it is parsed once. What is read is never changed.
const recent = new Map<string, YamlRead>();
/**
 * Characters of all that is remembered: the configurations of some thousand hosts, each its own, are read by many
 * cases.
 */
const mostCharacters = 16_000_000;
let characters = 0;

export const readYaml = (text: string): YamlRead => {
  const known = recent.get(text);
  if (known) return known;
  if (characters + text.length > mostCharacters) {
    recent.clear();
    characters = 0;
  }
  characters += text.length;
  const read = parsed(text);
  recent.set(text, read);
  return read;
};

const parsed = (text: string): YamlRead => {
  try {
    return { value: parse(text, { maxAliasCount: 50, uniqueKeys: false, logLevel: 'silent', prettyErrors: false }) };
  } catch (error) {
    return { problem: (error as Error).message.split('\n')[0] ?? 'it is not YAML' };
  }
};

/** A step into an open tree that may lack any part: `at(pod, 'spec', 'containers', 0)`. */
export const at = (tree: Tree, ...path: readonly (string | number)[]): Tree =>
  path.reduce<Tree>((node, step) => (node !== null && typeof node === 'object' ? node[step] : undefined), tree);

/** The array there, or an empty one. */
export const listAt = (tree: Tree, ...path: readonly (string | number)[]): readonly Tree[] => {
  const found = at(tree, ...path);
  return Array.isArray(found) ? found : [];
};
