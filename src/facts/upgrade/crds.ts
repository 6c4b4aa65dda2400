/** The custom resources: in which versions their objects are stored, and who converts them. */
import { z } from 'zod';
import { list, metadata } from './list.js';

export interface CustomResource {
  readonly name: string;
  readonly served: readonly string[];
  readonly stored: readonly string[];
  /** The Service of its conversion webhook: `namespace/name`. */
  readonly converter?: string;
}

export const customResources = list<CustomResource>(
  'custom-resources',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  item => {
    const { metadata: one, spec, status } = shape.parse(item);
    const service = spec.conversion?.webhook?.clientConfig?.service;
    return {
      name: one.name,
      served: spec.versions.filter(version => version.served).map(version => version.name),
      stored: status?.storedVersions ?? [],
      ...(service && { converter: `${service.namespace}/${service.name}` }),
    };
  },
);

const shape = z.object({
  metadata,
  spec: z.object({
    versions: z.array(z.object({ name: z.string(), served: z.boolean() })),
    conversion: z
      .object({
        webhook: z
          .object({
            clientConfig: z
              .object({ service: z.object({ namespace: z.string(), name: z.string() }).nullish() })
              .nullish(),
          })
          .nullish(),
      })
      .nullish(),
  }),
  status: z.object({ storedVersions: z.array(z.string()).nullish() }).nullish(),
});
