/** Configurations as people have them, each with what it must lead to. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshAccess } from '../../src/model/cluster.js';
import type { ConnectOptions } from '../../src/transport/connection.js';
import type { Sshd } from './sshd.js';

const me = userInfo();

export interface Place {
  readonly sshd: Sshd;
  readonly gate: Sshd;
  /** Folder for files of the configuration. */
  readonly folder: string;
  readonly agent: string;
}

export interface Case {
  readonly name: string;
  readonly config: (place: Place) => string;
  /** The word that the cluster file has. */
  readonly host?: string;
  readonly ssh?: (place: Place) => Partial<SshAccess>;
  readonly options?: (place: Place) => Partial<ConnectOptions>;
  /** Which client it takes; absent: our own. */
  readonly client?: 'openssh';
  readonly jumps?: number;
  /** Without ssh on this machine: read by ourselves just so, or refused. */
  readonly alone?: 'refused';
  /** The host is not reached; the class of the failure. */
  readonly fails?: string;
}

export const to = ({ sshd }: Place, more = ''): string =>
  `HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.directory}/id\n  ` +
  `UserKnownHostsFile ${sshd.directory}/known_hosts\n  User ${me.username}\n  ${more}\n`;

export const cases: readonly Case[] = [
  { name: 'an alias with port, user, key and known hosts', config: place => `Host box\n  ${to(place)}` },
  { name: 'a pattern', config: place => `Host b?x web-*\n  ${to(place)}` },
  { name: 'a negated pattern', config: place => `Host * !box\n  Port 1\nHost *\n  ${to(place)}` },
  { name: 'the first value wins', config: place => `Host box\n  ${to(place)}Host *\n  Port 1\n  User nobody\n` },
  {
    name: 'key=value, tabs, comments and quotes',
    config: place => `# c\nHost=box\n\tPort = ${place.sshd.port}\n  # c\n  ${to(place)}`,
  },
  {
    name: 'a host behind its name: HostName %h',
    host: '127.0.0.1',
    config: place => `Host 127.0.0.1\n  ${to(place).replace('HostName 127.0.0.1', 'HostName %h')}`,
  },
  { name: 'Match host', config: place => `Match host box,other\n  ${to(place)}` },
  {
    name: 'Match originalhost and user, negated and not',
    config: place => `Match originalhost b* !user nobody\n  ${to(place)}`,
  },
  {
    name: 'Match user sees the user that will log in',
    config: place => `Host box\n  User ${me.username}\nMatch user ${me.username}\n  ${to(place)}`,
  },
  { name: 'Match all', config: place => `Match all\n  ${to(place)}` },
  { name: 'Match exec', alone: 'refused', config: place => `Match exec "test %n = box"\n  ${to(place)}` },
  {
    name: 'Match exec that does not fit',
    alone: 'refused',
    config: place => `Match exec false\n  Port 1\nHost box\n  ${to(place)}`,
  },
  {
    name: 'Include, relative and with a pattern, within a Host',
    config: place => {
      mkdirSync(join(place.folder, 'conf.d'), { recursive: true });
      writeFileSync(join(place.folder, 'conf.d', '10-box'), `${to(place)}`);
      return `Host other\n  Port 1\nHost box\n  Include ${place.folder}/conf.d/*\nHost *\n  Port 1\n`;
    },
  },
  {
    name: 'IdentityFile with tokens',
    config: place => {
      const key = join(place.folder, `key-box-${place.sshd.port}-${me.username}`);
      writeFileSync(key, readFileSync(join(place.sshd.directory, 'id')), { mode: 0o600 });
      return `Host box\n  IdentityFile ${place.folder}/key-%n-%p-%r\n  ${to(place).replace(/IdentityFile .*\n/, '')}`;
    },
  },
  {
    name: 'several keys, the last of them is the right one, IdentitiesOnly',
    config: place => `Host box\n  IdentityFile ${place.folder}/wrong\n  ${to(place, 'IdentitiesOnly yes')}`,
  },
  {
    name: 'IdentityAgent, and no file',
    config: place =>
      `Host box\n  IdentityAgent ${place.agent}\n  ${to(place).replace(/IdentityFile .*\n/, `IdentityFile ${place.folder}/none\n`)}`,
  },
  {
    name: 'IdentityAgent none, though there is one',
    options: place => ({ agent: place.agent }),
    config: place =>
      `Host box\n  IdentityAgent none\n  ${to(place).replace(/IdentityFile .*\n/, `IdentityFile ${place.folder}/none\n`)}`,
    fails: 'auth',
  },
  {
    name: 'IdentitiesOnly with a public key that the agent has the private one of',
    client: 'openssh',
    options: place => ({ agent: place.agent }),
    config: place => {
      writeFileSync(join(place.folder, 'only.pub'), readFileSync(join(place.sshd.directory, 'id.pub')));
      return `Host box\n  IdentityAgent ${place.agent}\n  IdentitiesOnly yes\n  ${to(place).replace(/IdentityFile .*\n/, `IdentityFile ${place.folder}/only\n`)}`;
    },
  },
  {
    name: 'hashed known_hosts',
    config: place => {
      const file = join(place.folder, 'hashed');
      writeFileSync(file, readFileSync(join(place.sshd.directory, 'known_hosts')));
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      return `Host box\n  UserKnownHostsFile ${file}\n  ${to(place)}`;
    },
  },
  {
    name: 'HostKeyAlias',
    config: place => {
      writeFileSync(join(place.folder, 'aliased'), `the-box ${place.sshd.hostKey('ed25519')}\n`);
      return `Host box\n  HostKeyAlias the-box\n  UserKnownHostsFile ${place.folder}/aliased\n  ${to(place)}`;
    },
  },
  {
    name: 'two files of known hosts, one of them missing',
    config: place =>
      `Host box\n  UserKnownHostsFile ${place.folder}/none ${place.sshd.directory}/known_hosts\n  ${to(place)}`,
  },
  {
    name: 'a revoked key',
    fails: 'refused',
    config: place => {
      writeFileSync(
        join(place.folder, 'revoked'),
        `@revoked * ${place.sshd.hostKey('ed25519')}\n${readFileSync(join(place.sshd.directory, 'known_hosts'), 'utf8')}`,
      );
      return `Host box\n  UserKnownHostsFile ${place.folder}/revoked\n  ${to(place)}`;
    },
  },
  {
    name: 'StrictHostKeyChecking no is not obeyed',
    fails: 'refused',
    config: place => `Host box\n  StrictHostKeyChecking no\n  UserKnownHostsFile ${place.folder}/none\n  ${to(place)}`,
  },
  {
    name: 'an IPv6 literal',
    host: '::1',
    config: place =>
      `Host ::1\n  ${to(place).replace('HostName 127.0.0.1\n', `HostKeyAlias [127.0.0.1]:${place.sshd.port}\n`)}`,
  },
  {
    name: 'ProxyJump by an alias with settings of its own',
    jumps: 1,
    config: place => `Host gate\n  ${to({ ...place, sshd: place.gate })}Host box\n  ProxyJump gate\n  ${to(place)}`,
  },
  {
    name: 'ProxyJump over two hosts',
    jumps: 2,
    config: place =>
      `Host gate\n  ${to({ ...place, sshd: place.gate })}Host mid\n  ${to(place)}Host box\n  ProxyJump gate,mid\n  ${to(place)}`,
  },
  {
    name: 'a jump host that is itself behind one',
    jumps: 2,
    config: place =>
      `Host gate\n  ${to({ ...place, sshd: place.gate })}Host mid\n  ProxyJump gate\n  ${to(place)}Host box\n  ProxyJump mid\n  ${to(place)}`,
  },
  {
    name: 'ProxyJump none for one of many',
    config: place => `Host box\n  ProxyJump none\n  ${to(place)}Host *\n  ProxyJump nowhere\n`,
  },
  {
    name: 'ProxyCommand',
    client: 'openssh',
    alone: 'refused',
    config: place => `Host box\n  ProxyCommand ssh -F ${place.folder}/gate-config -W %h:%p gate\n  ${to(place)}`,
  },
  {
    name: 'a certificate of the user',
    client: 'openssh',
    alone: 'refused',
    config: place =>
      `Host box\n  CertificateFile ${place.folder}/certified-cert.pub\n  IdentityFile ${place.folder}/certified\n  IdentitiesOnly yes\n  ${to(place).replace(/IdentityFile .*\n/, '')}`,
  },
  {
    name: 'a certificate beside the key',
    client: 'openssh',
    config: place =>
      `Host box\n  IdentityFile ${place.folder}/certified\n  IdentitiesOnly yes\n  ${to(place).replace(/IdentityFile .*\n/, '')}`,
  },
  {
    name: '@cert-authority: the host has a certificate',
    client: 'openssh',
    config: place => {
      const authority = readFileSync(join(place.folder, 'host-ca.pub'), 'utf8');
      writeFileSync(join(place.folder, 'authorities'), `@cert-authority [127.0.0.1]:* ${authority}`);
      return `Host box\n  UserKnownHostsFile ${place.folder}/authorities\n  ${to(place)}`;
    },
  },
  {
    name: 'ciphers of one’s own',
    client: 'openssh',
    alone: 'refused',
    config: place => `Host box\n  Ciphers aes256-ctr\n  ${to(place)}`,
  },
  {
    name: 'what is for terminals is left alone, the agent is not forwarded',
    config: place =>
      `Host box\n  ForwardAgent yes\n  RequestTTY force\n  RemoteCommand false\n  LocalForward 1 a:1\n  ControlMaster auto\n  ControlPath ${place.folder}/cm\n  SendEnv LANG\n  ${to(place)}`,
  },
  {
    name: 'the cluster file goes before it',
    ssh: ({ sshd }) => ({ port: sshd.port, key: join(sshd.directory, 'id'), user: me.username }),
    config: place => `Host box\n  Port 1\n  User nobody\n  IdentityFile /none\n  ${to(place)}`,
  },
  {
    name: 'a mistake in it',
    fails: 'refused',
    alone: 'refused',
    config: place => `Host box\n  NoSuchKey yes\n  ${to(place)}`,
  },
];
