import { expect, test } from 'vitest';
import { fromSurroundings } from './environment.js';

test('surroundings become options; what is not set is not there', () => {
  const place = { home: '/home/me', clusterDirectory: '/c/.kubewizard/x' };
  const knownHosts = {
    files: ['/c/.kubewizard/x/known_hosts', '/home/me/.ssh/known_hosts'],
    remember: '/c/.kubewizard/x/known_hosts',
  };
  const keys = ['/home/me/.ssh/id_rsa', '/home/me/.ssh/id_ecdsa', '/home/me/.ssh/id_ed25519'];
  expect(fromSurroundings({ ...place, env: {} })).toEqual({ keys, knownHosts });
  expect(fromSurroundings({ ...place, env: { SSH_AUTH_SOCK: '/s', KW_SSH: 'openssh' } })).toEqual({
    keys,
    knownHosts,
    agent: '/s',
    transport: 'openssh',
  });
});
