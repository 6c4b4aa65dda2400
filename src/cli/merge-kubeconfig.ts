import { type Document, isMap, isSeq, type YAMLSeq } from 'yaml';
import { documentOf } from '../pki/document.js';
import { mistaken } from '../workflow/mistaken.js';

const lists = ['clusters', 'users', 'contexts'] as const;

/** `theirs` with the entries of `ours` added (replaced where the name is the same); comments and all else stay. */
export function mergeKubeconfig(theirs: string, ours: string, path: string): string {
  if (theirs.trim() === '') return ours;
  const [into, from] = [documentOf(theirs), documentOf(ours)];
  if (!from) throw new Error('a kubeconfig that kw wrote is nested too deeply');
  if (!into || into.errors[0] || !isMap(into.contents))
    throw mistaken(
      'broken-kubeconfig',
      `${path} is not a valid kubeconfig: ${into ? whyBroken(into, theirs) : 'it is nested too deeply or is too long'}`,
      'mend it or move it away; nothing was written',
    );
  sameCluster(into, from, path);
  for (const list of lists) put(into, from, list);
  into.set('current-context', from.get('current-context'));
  return into.toString();
}

function whyBroken({ errors: [first] }: Document, text: string): string {
  if (!first) return 'it is not a map';
  return `${first.message} (line ${text.slice(0, first.pos[0]).split('\n').length})`;
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

/** Every kubeadm cluster is called `kubernetes`: an entry of that name with another CA is another cluster's. */
function sameCluster(into: Document, from: Document, path: string): void {
  const [theirs, ours] = [into, from].map(clusters);
  for (const [name, ca] of ours ?? []) {
    const kept = theirs?.get(name);
    if (kept === undefined || kept === ca) continue;
    throw mistaken(
      'other-cluster',
      `${path} has a cluster named ${name} already, with another CA: it is another cluster, or this one before it ` +
        'was built anew',
      `keep both: kw kubeconfig > FILE, and KUBECONFIG=FILE; or kubectl config delete-cluster ${name}, then again`,
    );
  }
}

/** Name to CA; entries without an embedded CA are not compared. */
const clusters = (doc: Document): ReadonlyMap<string, string> => {
  const { clusters: all = [] } = doc.toJS() as { readonly clusters?: unknown };
  return new Map(
    (Array.isArray(all) ? (all as readonly Entry[]) : []).flatMap(entry => {
      const ca = entry?.cluster?.['certificate-authority-data'];
      return typeof entry?.name === 'string' && typeof ca === 'string' ? [[entry.name, ca] as const] : [];
    }),
  );
};

type Entry = {
  readonly name?: unknown;
  readonly cluster?: { readonly 'certificate-authority-data'?: unknown } | null;
} | null;
