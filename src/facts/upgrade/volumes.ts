/** PersistentVolumes and StorageClasses: who stores, and whether the data can follow a pod. */
import { z } from 'zod';
import { list, metadata } from './list.js';

export interface VolumeSeen {
  readonly name: string;
  /** `csi`, `hostPath`, `local`, `rbd` … */
  readonly type: string;
  /** `namespace/name` of the claim that holds it. */
  readonly claim?: string;
}

const notTypes: ReadonlySet<string> = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

export const volumes = list<VolumeSeen>('persistent-volumes', '/api/v1/persistentvolumes', item => {
  const { metadata: one, spec } = volumeShape.parse(item);
  const type = Object.keys(spec).find(key => !notTypes.has(key)) ?? '';
  const claim = spec.claimRef;
  return {
    name: one.name,
    type,
    ...(claim && { claim: `${claim.namespace ?? ''}/${claim.name ?? ''}` }),
  };
});

const volumeShape = z.object({
  metadata,
  spec: z.looseObject({
    claimRef: z.object({ namespace: z.string().optional(), name: z.string().optional() }).nullish(),
  }),
});

export interface StorageClassSeen {
  readonly name: string;
  readonly provisioner: string;
}

export const storageClasses = list<StorageClassSeen>(
  'storage-classes',
  '/apis/storage.k8s.io/v1/storageclasses',
  item => {
    const { metadata: one, provisioner } = z.object({ metadata, provisioner: z.string() }).parse(item);
    return { name: one.name, provisioner };
  },
);
