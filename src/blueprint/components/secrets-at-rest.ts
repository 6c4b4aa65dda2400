import { stringify } from 'yaml';
import type { Content } from '../../model/content.js';

const keyPlace = '@key@';

/** Secrets are written with secretbox; `identity` last, so that what was written before can still be read. */
export function encryptionConfigText(): Content {
  const text = stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ secretbox: { keys: [{ name: 'key1', secret: keyPlace }] } }, { identity: {} }],
      },
    ],
  });
  const [before = '', after = ''] = text.split(`"${keyPlace}"`);
  return [before, { secret: 'encryption/key' }, after];
}

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
