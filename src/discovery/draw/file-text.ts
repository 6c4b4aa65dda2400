/** The drawn cluster file as text: each value below a comment that says where it was read. */
import { Document, isMap, isScalar, isSeq, type Pair, Scalar, visit, YAMLMap, YAMLSeq } from 'yaml';
import type { ClusterFile } from '../../spec/schema.js';
import { componentKeys } from '../../model/components.js';
import type { Held } from './drawing.js';

export interface FileParts {
  readonly file: ClusterFile;
  /** By the path of a key: `network.pods`. */
  readonly from: Readonly<Record<string, string>>;
  readonly held: readonly Held[];
}

const order: readonly (keyof ClusterFile)[] = [
  'apiVersion',
  'kind',
  'name',
  'kubernetes',
  'hosts',
  'ssh',
  'endpoint',
  'network',
  'runtime',
  'artifacts',
  'pki',
  'components',
  'addons',
  'adopted',
];

export const fileText = ({ file, from, held }: FileParts): string => {
  const sorted = Object.fromEntries(order.flatMap(key => (file[key] === undefined ? [] : [[key, file[key]]])));
  const document = new Document(sorted, { aliasDuplicateObjects: false });
  document.commentBefore = comment([
    ...(Object.keys(from).length > 0
      ? ['Drawn by kw adopt. While adopted: stands at its end, kw does not set the cluster up anew.']
      : []),
  ]);
  for (const [path, place] of Object.entries(from)) note(document, path.split('.'), [`read: ${place}`]);
  for (const one of held) note(document, nearest(document, ['components', one.component]), [heldComment(one)]);
  spaced(document);
  return document.toString({ lineWidth: 0 });
};

/** `held kube-apiserver "--foo=bar": why`; the word is a JSON string, so that it ends where it ends. */
export const heldComment = ({ component, word, why, hosts }: Held): string =>
  `held ${componentKeys[component]}${hosts ? ` on ${hosts.join(', ')}` : ''} ${plain(JSON.stringify(word))}: ${why}`;

/** What a host said must not end its comment, nor move a terminal: printable ASCII alone, the rest by its number. */
const plain = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

const comment = (lines: readonly string[]): string => lines.map(line => ` ${plain(line)}`).join('\n');

const nearest = (document: Document, path: readonly string[]): readonly string[] =>
  document.hasIn(path) ? path : document.hasIn(path.slice(0, 1)) ? path.slice(0, 1) : ['adopted'];

/** Above the key, or the entry of the list; nothing where the file has no such key. */
function note(document: Document, path: readonly string[], lines: readonly string[]): void {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const at = isMap(parent)
    ? parent.items.find(pair => isScalar(pair.key) && pair.key.value === last)?.key
    : isSeq(parent)
      ? parent.items[Number(last)]
      : undefined;
  if (!(at instanceof Scalar || at instanceof YAMLMap || at instanceof YAMLSeq)) return;
  const more = comment(lines);
  at.commentBefore = at.commentBefore ? `${at.commentBefore}\n${more}` : more;
}

function spaced(document: Document): void {
  if (isMap(document.contents))
    for (const { key } of document.contents.items.slice(1) as Pair[]) if (isScalar(key)) key.spaceBefore = true;
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && (key.value === 'roles' || key.value === 'taints') && isSeq(value)) value.flow = true;
    },
  });
}
