import { stringify } from 'yaml';
import type { Content, Part } from '../../model/content.js';
import { encryptionSecret, firstEncryptionKey } from '../../model/rotation.js';

const placeOf = (name: string): string => `@${name}@`;

/**
 * Secrets are written with secretbox, by the first of these keys; the others, and `identity` last, so that what was
 * written before can still be read.
 */
export function encryptionConfigText(names: readonly string[] = [firstEncryptionKey]): Content {
  const keys = names.map(name => ({ name, secret: placeOf(name) }));
  const text = stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: encryptedResources, providers: [{ secretbox: { keys } }, { identity: {} }] }],
  });
  let rest = text;
  const content: Part[] = [];
  for (const name of names) {
    const [before = '', after = ''] = rest.split(`"${placeOf(name)}"`);
    content.push(before, { secret: encryptionSecret(name) });
    rest = after;
  }
  return [...content, rest];
}

/** Of the core group: their objects are written with the first key. */
export const encryptedResources = ['secrets'] as const;

/**
 * Metadata of everything but the chatter of components; bodies never, since secrets are among them. Who reads a Secret
 * or takes a token is always recorded: a stolen node is known by what it read.
 */
export const auditPolicyText = (): string =>
  stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'None', nonResourceURLs: ['/healthz*', '/readyz*', '/livez*', '/version', '/metrics'] },
      { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }] },
      { level: 'None', verbs: ['get', 'list', 'watch'], userGroups: ['system:nodes'] },
      {
        level: 'None',
        users: ['system:kube-scheduler', 'system:kube-proxy', 'system:apiserver'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        level: 'None',
        resources: [
          { group: 'coordination.k8s.io', resources: ['leases'] },
          { group: '', resources: ['events'] },
        ],
      },
      { level: 'Metadata' },
    ],
  });
