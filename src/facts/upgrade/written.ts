/** In which version of its API an object was last written, and by whom. */
import { z } from 'zod';
import type { RemovedApi } from '../../catalog/removed-apis.js';
import { type ListFact, list, metadata, type Named, named } from './list.js';

export interface Written extends Named {
  /** `batch/v1beta1` → who wrote so: managers of fields, or `last-applied` for kubectl's own note. */
  readonly by: readonly { readonly apiVersion: string; readonly manager: string }[];
}

/** Answers are wanted as PartialObjectMetadataList: what was written stands in the metadata. */
export const written = ({ kind, plural }: Pick<RemovedApi, 'kind' | 'plural'>, apiVersion: string): ListFact<Written> =>
  list(
    `written:${apiVersion}/${plural}`,
    apiVersion.includes('/') ? `/apis/${apiVersion}/${plural}` : `/api/${apiVersion}/${plural}`,
    item => {
      const { metadata: one } = shape.parse(item);
      return { ...named(kind, one), by: [...managers(one.managedFields ?? []), ...lastApplied(one.annotations ?? {})] };
    },
  );

const shape = z.object({
  metadata: metadata.extend({
    managedFields: z.array(z.object({ apiVersion: z.string().optional(), manager: z.string().optional() })).nullish(),
  }),
});

type Field = { readonly apiVersion?: string | undefined; readonly manager?: string | undefined };

const managers = (fields: readonly Field[]): Written['by'] => {
  const all = fields.map(({ apiVersion = '', manager = 'somebody' }) => ({ apiVersion, manager }));
  return all.filter(
    (one, index) =>
      one.apiVersion !== '' &&
      all.findIndex(each => each.apiVersion === one.apiVersion && each.manager === one.manager) === index,
  );
};

const note = 'kubectl.kubernetes.io/last-applied-configuration';

const lastApplied = (annotations: Readonly<Record<string, string>>): Written['by'] => {
  const apiVersion = /"apiVersion"\s*:\s*"([A-Za-z0-9./-]{1,128})"/.exec(annotations[note] ?? '')?.[1];
  return apiVersion === undefined ? [] : [{ apiVersion, manager: 'kubectl apply' }];
};
