/** What a simulated host says of itself: the words of src/facts/host.ts and built.ts, out of the files that it has. */
import { createHash } from 'node:crypto';
import {
  adminConf,
  haproxyConfig,
  keepalivedConfig,
  kubeletConf,
  leftHosts,
  proxyConf,
} from '../../src/blueprint/render/paths.js';
import { fields } from '../../src/facts/host/fields.js';
import { readBuilt } from '../../src/facts/host/built.js';
import { readAuthorities } from '../../src/facts/host/rotated-authorities.js';
import { readKeys } from '../../src/facts/host/rotated-keys.js';
import { authorityFiles, authorityKeys } from '../../src/model/rotated-authorities.js';
import type { HostFacts, Lived } from '../../src/model/host-facts.js';
import type { HostKeys } from '../../src/model/rotation.js';
import { emptyHost } from '../golden/input.js';
import { contentOf, type Machine, runs, textOf } from './machine.js';

const units = '/etc/systemd/system';

const words = (one: Machine): string => {
  const given = ['config', 'given'].map(name => textOf(one, `/etc/kubernetes/network/${name}`)).join('');
  const etcd = textOf(one, `${units}/etcd.service`);
  const control = one.files.has(`${units}/kube-apiserver.service`);
  const line = (name: string, value: string | undefined) => (value === undefined ? [] : [`${name}=${value}`]);
  return [
    ...(one.files.size > 0 || one.made.size > 0 ? ['built=yes'] : []),
    ...[...given.matchAll(/^(PROVIDER|NAME|PODS|SERVICES|POD_CIDR)='(.*)'$/gm)].map(
      ([, key, value]) => `built${key}=${value}`,
    ),
    ...(given === ''
      ? []
      : line('builtDOMAIN', /^clusterDomain: *([^ ]*)$/m.exec(textOf(one, '/var/lib/kubelet/config.yaml'))?.[1])),
    ...(one.etcd !== undefined ? line('builtCLUSTER', /--initial-cluster-token=([^ "\\\n]*)/.exec(etcd)?.[1]) : []),
    ...(one.etcd !== undefined ? line('builtMEMBER', /--name=([^ "\\\n]*)/.exec(etcd)?.[1]) : []),
    ...(one.files.has(`${units}/kubelet.service`) ? ['runs-kubelet=yes'] : []),
    ...['haproxy', 'keepalived'].flatMap(part =>
      one.files.has(`${units}/kw-${part}.service`) ? [`balances-${part}=yes`] : [],
    ),
    ...[...textOf(one, haproxyConfig).matchAll(/^ {2}bind ([*0-9.]*:[0-9]*)$/gm)].map(([, at]) => `binds=${at}`),
    ...[
      ...textOf(one, keepalivedConfig).matchAll(
        /^vrrp_instance ([a-z0-9_]*) \{$|^ {2}virtual_router_id ([0-9]*)$|^ {4}([0-9.]*)\/32 dev /gm,
      ),
    ].map(([, name, id, at]) => (name ? `carry=name ${name}` : id ? `carry=id ${id}` : `carry=at ${at}`)),
    ...behindOn(one),
    ...[adminConf, kubeletConf, proxyConf].flatMap(path =>
      line('asks', /^https:\/\/(.*)$/.exec(contentOf(one, path))?.[1]),
    ),
    ...(control
      ? [
          'runs-apiserver=yes',
          `builtCA=${textOf(one, '/etc/kubernetes/pki/ca.crt').replaceAll('\n', '')}`,
          ...textOf(one, '/etc/kubernetes/network/peers')
            .split('\n')
            .map(peer => `peer=${peer}`),
          ...[...one.files].flatMap(([path, { text }]) =>
            path.startsWith(`${leftHosts}/`) ? [`left=${path.slice(leftHosts.length + 1)} ${text}`] : [],
          ),
        ]
      : []),
  ].join('\n');
};

/** As the script finds it by what was written down at their last start. */
const behindOn = (one: Machine): readonly string[] =>
  (
    [
      ['haproxy', haproxyConfig],
      ['keepalived', keepalivedConfig],
    ] as const
  ).flatMap(([part, path]) =>
    runs(one, `kw-${part}.service`) && one.units.get(`kw-${part}.service`)?.started.get(path) !== one.stamps.get(path)
      ? [`behind-${part}=yes`]
      : [],
  );

export const factsOf = (one: Machine, name: string): HostFacts => {
  const text = words(one);
  const seen = fields(text);
  const built = readBuilt(text, seen);
  const lived: readonly Lived[] = [
    ...(one.made.has('command/etcd-member') ? (['member'] as const) : []),
    ...(one.units.has('kubelet.service') ? (['node'] as const) : []),
  ];
  const conflist = textOf(one, '/etc/cni/net.d/10-kubewizard.conflist');
  const exists = one.etcd !== undefined;
  const members = /--initial-cluster=([^ "\\\n]*)/.exec(textOf(one, `${units}/etcd.service`))?.[1] ?? '';
  return emptyHost(name, {
    podCidr: /"subnet": "([^"]+)"/.exec(conflist)?.[1] ?? seen.get('builtPOD_CIDR') ?? '',
    etcdDataExists: exists,
    etcdMembers: exists ? (one.recorded ?? members) : '',
    ...(exists && members !== '' ? { etcdInitial: members } : {}),
    ...(one.files.has('/usr/local/lib/kubewizard/etcd-member') ? { etcdOurs: true as const } : {}),
    ...(lived.length > 0 ? { lived } : {}),
    ...(built ? { built } : {}),
    ...only(keysOn(one)),
    ...marksOn(one),
  });
};

const only = (keys: HostKeys | undefined): Pick<HostFacts, 'keys'> => (keys ? { keys } : {});

/** As the script of src/facts/host/rotated-keys.ts prints it. */
const keysOn = (one: Machine): HostKeys | undefined => {
  const [list, key] = ['pub', 'key'].map(name => one.files.get(`/etc/kubernetes/pki/sa.${name}`)?.text);
  const waiting = [...one.files.keys()].flatMap(path => /\/sa-([0-9a-f]{12}\.key)$/.exec(path)?.[1] ?? []);
  const encrypts = [...textOf(one, '/etc/kubernetes/encryption.yaml').matchAll(/^ *- name: (key\d+)$/gm)];
  const text = [
    ...(list === undefined ? [] : [`accountKeys=${Buffer.from(list).toString('base64')}`]),
    ...(list === undefined || key === undefined ? [] : [`signer=${createHash('sha256').update(key).digest('hex')}  -`]),
    ...waiting.map(name => `waiting=${name}`),
    ...encrypts.map(([, name]) => `encrypts=${name}`),
  ].join('\n');
  return readKeys(text, fields(text));
};

/** As the script of src/facts/host/rotated-authorities.ts prints it. */
const marksOn = (one: Machine): Pick<HostFacts, 'authorities'> => {
  const base64 = (path: string) => {
    const text = one.files.get(path)?.text ?? '';
    return text.includes('BEGIN CERT') ? Buffer.from(text).toString('base64') : '';
  };
  const lines = authorityKeys.flatMap(name => {
    const { trust, signer, next, key } = authorityFiles(name);
    const all = { trust, signer, next };
    return one.files.has(key)
      ? Object.entries(all).map(([what, path]) => [`${what}-${name}`, base64(path)] as const)
      : [];
  });
  const authorities = readAuthorities(new Map(lines.filter(([, text]) => text !== '')));
  return authorities ? { authorities } : {};
};
