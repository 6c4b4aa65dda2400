/** Whom others than hosts trust of the cluster's own CA: what is given to pods, and what stands in objects of the API. */
import { list } from '../../kube/list.js';
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import type { RotationNeed } from '../../model/rotation.js';
import { type Named, nameOf, type Pod, podsSince } from '../pods-since.js';
import type { Edge, Turning } from './rotatable.js';

const published = 'kube-root-ca.crt';
const configMaps = `/api/v1/configmaps?fieldSelector=metadata.name%3D${published}`;

type Root = Named & {
  readonly metadata?: { readonly managedFields?: readonly { readonly time?: string }[] };
  readonly data?: Readonly<Record<string, string>>;
};

const has = (pem: string | undefined, one: Certificate): boolean =>
  readCertificates(pem ?? '').certificates.some(({ fingerprint }) => fingerprint === one.fingerprint);

/** One edge for each namespace: what its pods are given. @param alone Nobody else is in it. */
export const rootEdges = async (at: Turning, one: Certificate, alone: boolean): Promise<readonly Edge[]> => {
  const all = (await list(await at.session.api(), configMaps)) as readonly Root[];
  return all.map(root => {
    const pem = root.data?.['ca.crt'];
    const count = readCertificates(pem ?? '').certificates.length;
    return {
      name: nameOf(root),
      ok: has(pem, one) && (!alone || count === 1),
      says: `it holds ${count} ${count === 1 ? 'CA' : 'CAs'} of the cluster`,
    };
  });
};

/** Kubelets bring it to pods that run within a minute or so. */
const spreadSeconds = 120;

/** Pods that run since before they were given the new one, and objects that name the old one alone. */
export const distrusts = async (at: Turning, old: Certificate, next: Certificate): Promise<readonly RotationNeed[]> => {
  const api = await at.session.api();
  const roots = (await list(api, configMaps)) as readonly Root[];
  const times = roots.flatMap(({ metadata }) =>
    (metadata?.managedFields ?? []).map(({ time }) => Date.parse(time ?? '')),
  );
  // Who does not say since when its pods have it is not known to have given it to any.
  const since = times.some(Number.isNaN) || times.length === 0 ? Infinity : Math.max(...times) / 1000 + spreadSeconds;
  const pods = podsSince((await list(api, '/api/v1/pods')) as readonly Pod[], since);
  return [
    ...pods.map(name => ({
      subject: `Pod ${name}`,
      says: 'it runs since before it was given the new CA, and may have read the old one alone: restart it',
    })),
    ...(await bundlesOf(api, old, next)),
  ];
};

const bundled = {
  ValidatingWebhookConfiguration: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  MutatingWebhookConfiguration: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  APIService: '/apis/apiregistration.k8s.io/v1/apiservices',
};

const bundlesOf = async (
  api: Parameters<typeof list>[0],
  old: Certificate,
  next: Certificate,
): Promise<readonly RotationNeed[]> => {
  const all = await Promise.all(
    Object.entries(bundled).map(async ([kind, path]) =>
      ((await list(api, path)) as readonly Named[])
        .filter(one => caBundlesIn(one).some(pem => has(pem, old) && !has(pem, next)))
        .map(({ metadata }) => ({
          subject: `${kind} ${metadata?.name ?? ''}`,
          says: 'its caBundle is the old CA alone: give it both',
        })),
    ),
  );
  return all.flat();
};

const caBundlesIn = (one: unknown): readonly string[] =>
  typeof one !== 'object' || one === null
    ? []
    : Object.entries(one).flatMap(([key, value]) =>
        key === 'caBundle' && typeof value === 'string'
          ? [Buffer.from(value, 'base64').toString()]
          : caBundlesIn(value),
      );
