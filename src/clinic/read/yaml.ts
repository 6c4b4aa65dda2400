/** YAML of unknown origin: one plain value, or why not. Never throws, never expands aliases without end. */
import { parse } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: configuration is an open tree; cases narrow what they read
export type Tree = any;

export type YamlRead = { readonly value: Tree } | { readonly problem: string };

// A thousand hosts have nearly the same kubelet configuration: it is parsed once. What is read is never changed.
const recent = new Map<string, YamlRead>();

export const readYaml = (text: string): YamlRead => {
  const known = recent.get(text) ?? parsed(text);
  if (recent.size >= 512) recent.clear();
  recent.set(text, known);
  return known;
};

const parsed = (text: string): YamlRead => {
  try {
    return { value: parse(text, { maxAliasCount: 50, uniqueKeys: false, logLevel: 'silent', prettyErrors: false }) };
  } catch (error) {
    return { problem: (error as Error).message.split('\n')[0] ?? 'it is no YAML' };
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
