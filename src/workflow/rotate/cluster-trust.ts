/** Whom others than hosts trust of the cluster's own CA: what pods are given, and what stands in objects of the API. */
import { list } from '../../kube/list.js';
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import type { RotationNeed } from '../../model/rotation.js';
import { type Named, nameOf, type Pod, podsSince } from '../pods-since.js';
import { eventually } from './eventually.js';
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
export const rootEdges = (at: Turning, one: Certificate, alone: boolean): Promise<readonly Edge[]> =>
  eventually(async () => (await rootsOf(await at.session.api())).map(root => edgeOf(root, one, alone)));

const rootsOf = async (api: Parameters<typeof list>[0]): Promise<readonly Root[]> =>
  (await list(api, configMaps)) as readonly Root[];

const edgeOf = (root: Root, one: Certificate, alone: boolean): Edge => {
  const pem = root.data?.['ca.crt'];
  const count = readCertificates(pem ?? '').certificates.length;
  return {
    name: nameOf(root),
    ok: has(pem, one) && (!alone || count === 1),
    says: `it holds ${count} ${count === 1 ? 'CA' : 'CAs'} of the cluster`,
  };
};

/** Kubelets bring it to pods that run already within a minute or so. */
const spreadSeconds = 120;

/** Pods that run since before they were given the new one, and objects that name the old one alone. */
export const distrusts = async (at: Turning, old: Certificate, next: Certificate): Promise<readonly RotationNeed[]> => {
  const api = await at.session.api();
  const given = new Map((await rootsOf(api)).map(root => [root.metadata?.namespace, givenAt(root, next)]));
  const pods = (await list(api, '/api/v1/pods')) as readonly Pod[];
  return [
    ...pods
      .filter(pod => hasOld(pod, given.get(pod.metadata?.namespace) ?? Infinity))
      .map(pod => ({
        subject: `Pod ${nameOf(pod)}`,
        says: 'it runs since before it was given the new CA, and may have read the old one alone: restart it',
      })),
    ...(await bundlesOf(api, old, next)),
  ];
};

/** Seconds since 1970; Infinity: it does not have it, or does not say since when. */
const givenAt = ({ metadata, data }: Root, next: Certificate): number => {
  const times = (metadata?.managedFields ?? []).map(({ time }) => Date.parse(time ?? '') / 1000);
  const last = Math.max(...times);
  return has(data?.['ca.crt'], next) && times.length > 0 && !Number.isNaN(last) ? last : Infinity;
};

/** One that was made since is given what is there; of one that ran before, a container that was started later is. */
const hasOld = (pod: Pod, since: number): boolean =>
  !(Date.parse(pod.status?.startTime ?? '') / 1000 > since) && podsSince([pod], since + spreadSeconds).length > 0;

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
