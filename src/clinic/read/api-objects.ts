/** Lists of API objects, read by a case: a list that was not seen is noted. */
import type { ApiObject, Chart } from '../chart/chart.js';
import type { Shown } from '../examine/verdict.js';
import type { EvidenceReader } from './evidence-reader.js';
import { shown } from './shown.js';

/** Undefined: the list was not seen, and that is noted. */
export const objectsSeen = (evidence: EvidenceReader, chart: Chart, list: string): readonly ApiObject[] | undefined => {
  const found = chart.api.objects[list];
  if (found) return evidence.read(found);
  evidence.note('cluster', list, 'it was not asked for');
  return undefined;
};

export const shownObject = (chart: Chart, list: string, name: string, text: string): Shown => {
  const found = chart.api.objects[list];
  return found
    ? shown(found, `${list} ${name}`, text)
    : { host: 'cluster', source: `${list} ${name}`, at: chart.now, text };
};

/** `kube-system/kube-dns`; without a namespace the name alone. */
export const fullName = (one: ApiObject): string =>
  one.metadata.namespace === undefined ? one.metadata.name : `${one.metadata.namespace}/${one.metadata.name}`;

export const inNamespace = (one: ApiObject, namespace: string | undefined, name: string | undefined): boolean =>
  one.metadata.name === name && one.metadata.namespace === namespace;
