/** etcd can be told by its flags, by its environment, or by a file: the same words, one form. */
import type { Container } from './manifests.js';
import { at, readYaml } from './yaml.js';

interface Told {
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  /** The text of a file; undefined: it was not seen. */
  readonly text: (path: string) => string | undefined;
}

/** As flags. Beside a file etcd reads neither flags nor its environment; a flag wins over the environment. */
export const etcdWords = ({ argv, environment, text }: Told): readonly string[] => {
  const path = fileIn(argv) ?? environment.get('ETCD_CONFIG_FILE');
  if (path !== undefined) {
    const file = text(path);
    return file === undefined ? argv : [...argv, ...inFile(file)];
  }
  const told = [...environment].flatMap(([name, value]) => {
    const flag = /^ETCD_([A-Z][A-Z0-9_]*)$/.exec(name)?.[1]?.toLowerCase().replaceAll('_', '-');
    return flag === undefined ? [] : [`--${flag}=${value}`];
  });
  return [...told, ...argv];
};

/** Whether it is told by a file or its environment: a flag beside them is not read, or ends it at its start. */
export const isToldElsewhere = ({ argv, environment }: Omit<Told, 'text'>): boolean =>
  fileIn(argv) !== undefined || [...environment.keys()].some(name => /^ETCD_[A-Z]/.test(name));

/** A container with all that it is told as flags; as it is, where a file that it names was not seen. */
export const withAllFlags = (container: Container, text: Told['text']): Container => {
  const argv = [...container.command, ...container.args];
  const environment = new Map(Object.entries(container.env));
  if (!isToldElsewhere({ argv, environment })) return container;
  const words = etcdWords({ argv: argv.slice(1), environment, text });
  const file = fileIn(argv) ?? environment.get('ETCD_CONFIG_FILE');
  if (file !== undefined && text(file) === undefined) return container;
  return {
    ...container,
    command: argv.slice(0, 1),
    args: words.filter((word, at) => !configFile.test(word) && !/^--?config-file$/.test(words[at - 1] ?? '')),
    env: {},
  };
};

const configFile = /^--?config-file(?:=|$)/;

const fileIn = (argv: readonly string[]): string | undefined => {
  const index = argv.findIndex(word => configFile.test(word));
  const word = argv[index];
  return word === undefined ? undefined : word.includes('=') ? word.slice(word.indexOf('=') + 1) : argv[index + 1];
};

const inFile = (text: string): readonly string[] => {
  const parsed = readYaml(text);
  const tree: unknown = 'value' in parsed ? parsed.value : undefined;
  return [
    ...wordsIn(tree, ''),
    ...wordsIn(at(tree, 'client-transport-security'), ''),
    ...wordsIn(at(tree, 'peer-transport-security'), 'peer-'),
  ];
};

const wordsIn = (tree: unknown, before: string): readonly string[] =>
  Object.entries(tree !== null && typeof tree === 'object' ? tree : {}).flatMap(([key, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value) ? [`--${before}${key}=${value}`] : [],
  );
