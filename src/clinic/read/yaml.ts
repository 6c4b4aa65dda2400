/** YAML of unknown origin: one plain value, or why not. Never throws, never expands aliases without end. */
import { yamlDocument } from '../../model/yaml.js';

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

/** Only of a text that is YAML from end to end: of a part of it nobody is accused. */
const parsed = (text: string): YamlRead => {
  try {
    const document = yamlDocument(text);
    const [error] = document.errors.filter(({ code }) => code !== 'MULTIPLE_DOCS');
    return error ? { problem: firstLine(error) } : { value: document.toJS({ maxAliasCount: 50 }) };
  } catch (error) {
    return { problem: firstLine(error as Error) };
  }
};

const firstLine = ({ message }: Error): string => message.split('\n')[0] ?? 'it is not YAML';

/** A step into an open tree that may lack any part: `at(pod, 'spec', 'containers', 0)`. */
export const at = (tree: Tree, ...path: readonly (string | number)[]): Tree =>
  path.reduce<Tree>((node, step) => (node !== null && typeof node === 'object' ? node[step] : undefined), tree);

/** The array there, or an empty one. */
export const listAt = (tree: Tree, ...path: readonly (string | number)[]): readonly Tree[] => {
  const found = at(tree, ...path);
  return Array.isArray(found) ? found : [];
};
