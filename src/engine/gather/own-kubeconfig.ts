/**
 * A person's kubeconfig, with the files that it names taken in, as client-go takes them: relative to its own folder.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMap, isSeq, type YAMLMap } from 'yaml';
import { documentOf } from '../../pki/document.js';

export interface OwnKubeconfig {
  /** As the person named it. */
  readonly path: string;
  /** Holds keys and tokens: it stays in memory, and out of every chart. */
  readonly text: string;
  /** Files that it names and that could not be read. */
  readonly problems: readonly string[];
}

const inline: readonly (readonly [file: string, data: string, encoding: 'base64' | 'utf8'])[] = [
  ['certificate-authority', 'certificate-authority-data', 'base64'],
  ['client-certificate', 'client-certificate-data', 'base64'],
  ['client-key', 'client-key-data', 'base64'],
  ['tokenFile', 'token', 'utf8'],
];

/** Text that is not YAML comes back as it is: whoever reads it says what is wrong. */
export const ownKubeconfig = async (path: string, text: string): Promise<OwnKubeconfig> => {
  const doc = documentOf(text);
  if (!doc || doc.errors.length > 0 || !isMap(doc.contents)) return { path, text, problems: [] };
  const context = named(doc.contents, 'contexts', doc.contents.get('current-context'), 'context');
  const entries = [
    named(doc.contents, 'clusters', context?.get('cluster'), 'cluster'),
    named(doc.contents, 'users', context?.get('user'), 'user'),
  ];
  const problems: string[] = [];
  let changed = false;
  for (const entry of entries)
    for (const [file, data, encoding] of inline) {
      const name = entry?.get(file);
      // What is there as data wins; a token wins over its file.
      if (!entry || typeof name !== 'string' || entry.has(data)) continue;
      try {
        entry.set(data, (await readFile(resolve(dirname(path), name))).toString(encoding).trim());
        entry.delete(file);
        changed = true;
      } catch (error) {
        problems.push(`${file} names ${name}, which cannot be read: ${(error as Error).message}`);
      }
    }
  return { path, text: changed ? doc.toString({ lineWidth: 0 }) : text, problems };
};

const named = (root: YAMLMap, list: string, name: unknown, inner: string): YAMLMap | undefined => {
  const all = root.get(list);
  const found = isSeq(all) ? all.items.find(one => isMap(one) && one.get('name') === name) : undefined;
  const body = isMap(found) ? found.get(inner) : undefined;
  return isMap(body) ? body : undefined;
};
