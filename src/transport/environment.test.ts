import { expect, test } from 'vitest';
import { fromSurroundings } from './environment.js';

test('surroundings become options; what is not set is not there', () => {
  const place = { home: '/home/me', kwHome: '/home/me/.kubewizard', clusterDirectory: '/c/.kubewizard/x' };
  const knownHosts = {
    files: ['/c/.kubewizard/x/known_hosts', '/home/me/.kubewizard/known_hosts', '/home/me/.ssh/known_hosts'],
    remember: '/home/me/.kubewizard/known_hosts',
  };
  const keys = ['/home/me/.ssh/id_rsa', '/home/me/.ssh/id_ecdsa', '/home/me/.ssh/id_ed25519'];
  expect(fromSurroundings({ ...place, env: {} })).toEqual({ keys, knownHosts, config: { home: '/home/me', env: {} } });
  const env = { SSH_AUTH_SOCK: '/s' };
  expect(fromSurroundings({ ...place, env })).toEqual({
    keys,
    knownHosts,
    agent: '/s',
    config: { home: '/home/me', env },
  });
});
