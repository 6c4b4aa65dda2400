import { type Document, isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { mistaken } from '../workflow/mistaken.js';

const lists = ['clusters', 'users', 'contexts'] as const;

/** `theirs` with the entries of `ours` added (replaced where the name is the same); comments and all else stay. */
export function mergeKubeconfig(theirs: string, ours: string, path: string): string {
  if (theirs.trim() === '') return ours;
  const [into, from] = [parseDocument(theirs), parseDocument(ours)];
  if (into.errors[0] || !isMap(into.contents))
    throw mistaken(
      'broken-kubeconfig',
      `${path} is not a valid kubeconfig: ${into.errors[0]?.message ?? 'it is not a map'}`,
      'mend it or move it away; nothing was written',
    );
  for (const list of lists) put(into, from, list);
  into.set('current-context', from.get('current-context'));
  return into.toString();
}

function put(into: Document, from: Document, list: string): void {
  const target = into.get(list);
  const seq = isSeq(target) ? target : (into.createNode([]) as YAMLSeq);
  if (seq !== target) into.set(list, seq);
  const entries = from.get(list);
  for (const entry of isSeq(entries) ? entries.items : []) {
    const name = isMap(entry) ? entry.get('name') : undefined;
    const at = seq.items.findIndex(item => isMap(item) && item.get('name') === name);
    if (at >= 0) seq.items[at] = entry;
    else seq.items.push(entry);
  }
}
