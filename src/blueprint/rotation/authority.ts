/** Who signs is one thing, whom all trust another: while a CA is exchanged they differ, and marks lie on hosts. */
import { authorityFiles, authorityKeys, type RotatingAuthority } from '../../model/rotated-authorities.js';
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { AuthorityName, HostContext, Input } from '../input.js';
import { file, object, want } from '../wanted.js';

type Rotated = Pick<Input, 'authorities' | 'rotating'>;

/** PEM of the one that signs. */
export const signerPem = ({ authorities, rotating }: Rotated, name: AuthorityName): string =>
  rotating?.[name]?.signer ?? authorities[name];

/** The vault's name of the key that signs. */
export const signingKey = ({ rotating }: Pick<Input, 'rotating'>, name: AuthorityName): string =>
  rotating?.[name]?.key ?? `pki/${name}.key`;

/** One certificate alone: whoever signs for others takes no bundle (kubernetes: pkg/controller/certificates/signer). */
export const signerFile = ({ rotating }: Pick<Input, 'rotating'>, name: AuthorityName): string => {
  const { signer, trust } = authorityFiles(name);
  return trustsTwo(rotating?.[name]) ? signer : trust;
};

/** What lies in that file comes first. */
export const signerBefore = ({ host, rotating }: HostContext, name: AuthorityName): readonly ResourceId[] =>
  trustsTwo(rotating?.[name]) ? [`${host.name}/file/${authorityFiles(name).signer}`] : [];

const trustsTwo = (one: RotatingAuthority | undefined): boolean =>
  one?.phase === 'trusting' || one?.phase === 'signing';

/** Nobody trusts a new CA before the pair lies where it outlasts the control machine. */
export const marksBefore = ({ host, rotating }: HostContext, name: AuthorityName): readonly ResourceId[] => {
  if (rotating?.[name]?.phase !== 'trusting' || !host.roles.includes('controlPlane')) return [];
  const { signer, next, nextKey } = authorityFiles(name);
  return [nextKey, next, signer].map(path => `${host.name}/file/${path}`);
};

/** On control planes alone. */
export const rotationMarks = (context: HostContext): readonly Resource[] =>
  authorityKeys.flatMap(name => marksOf(context, name));

/**
 * The key first, the mark that says that it will sign or signs last: killed anywhere between, the host says the phase
 * that it was in.
 */
const marksOf = (context: HostContext, name: AuthorityName): readonly Resource[] => {
  const { phase, signer = '', next = '', nextKey } = context.rotating?.[name] ?? {};
  const paths = authorityFiles(name);
  const chain = (...parts: readonly ((after: readonly ResourceId[]) => Resource)[]): readonly Resource[] => {
    const all: Resource[] = [];
    for (const part of parts) all.push(part(all.slice(-1).map(idOf)));
    return all;
  };
  const key = (path: string, secret: string) => (after: readonly ResourceId[]) =>
    file(context, path, [{ secret }], { stage, because, mode: 0o600, after });
  const keyId: ResourceId = `${context.host.name}/file/${paths.key}`;
  const certificate = (path: string, pem: string) => (after: readonly ResourceId[]) =>
    file(context, path, pem, { stage: phase === 'signing' ? 'addons' : stage, because, after });
  const gone = (path: string, before: readonly ResourceId[]) => (after: readonly ResourceId[]) =>
    want(
      'file',
      context.host.name,
      path,
      { content: [], sha256: '', mode: 0o600, absent: true },
      {
        stage: 'addons',
        because,
        after: [...before, ...after],
      },
    );
  switch (phase) {
    case 'trusting':
      return chain(key(paths.nextKey, nextKey ?? ''), certificate(paths.next, next), certificate(paths.signer, signer));
    case 'signing':
      return chain(
        after => certificate(paths.signer, signer)([...after, keyId]),
        gone(paths.next, [keyId]),
        gone(paths.nextKey, [keyId]),
      );
    case 'forgetting':
      return chain(gone(paths.signer, forgotten(context, name)));
    default:
      return [];
  }
};

/** Every file of trust on every host that is seen, who reads it once, and what the API publishes of it. */
const forgotten = (context: HostContext, name: AuthorityName): readonly ResourceId[] => [
  ...context.spec.hosts
    .filter(host => context.facts.has(host.name))
    .flatMap(({ name: host, roles }) => [
      ...(holds(roles, name) ? [`${host}/file/${authorityFiles(name).trust}` as const] : []),
      ...(roles.includes('controlPlane') ? [`${host}/service/kube-apiserver.service` as const] : []),
      ...(name === 'ca' && roles.includes('controlPlane')
        ? [`${host}/service/kube-controller-manager.service` as const]
        : []),
      ...(name === 'etcd/ca' && roles.includes('etcd') ? [`${host}/service/etcd.service` as const] : []),
    ]),
  ...(name === 'etcd/ca' ? [] : [publishedId]),
];

const holds = (roles: readonly string[], name: AuthorityName): boolean =>
  name === 'ca' || roles.includes('controlPlane') || (name === 'etcd/ca' && roles.includes('etcd'));

/** Before everything that trusts. */
const stage = 'host';
const because = 'a CA is being exchanged';

const publishedPath = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
const publishedId: ResourceId = `cluster/object/${publishedPath}`;

/**
 * What aggregated API servers trust is published by the API servers, which add theirs to what they find and never take
 * anything away (kubernetes: clusterauthenticationtrust).
 */
export const publishedTrust = ({ spec, facts, authorities, rotating }: Input): readonly Resource[] => {
  const forgets = (name: AuthorityName): boolean => rotating?.[name]?.phase === 'forgetting';
  const data = {
    ...(forgets('front-proxy-ca') ? { 'requestheader-client-ca-file': authorities['front-proxy-ca'] } : {}),
    ...(forgets('ca') ? { 'client-ca-file': authorities.ca } : {}),
  };
  return Object.keys(data).length === 0
    ? []
    : [
        object(
          publishedPath,
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
            data,
          },
          {
            stage: 'addons',
            because: 'aggregated API servers trust what is published there',
            // An API server that still has the old one would add it again.
            after: spec.hosts
              .filter(host => host.roles.includes('controlPlane') && facts.has(host.name))
              .map(host => `${host.name}/service/kube-apiserver.service`),
          },
        ),
      ];
};
