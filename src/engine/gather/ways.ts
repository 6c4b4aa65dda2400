/**
 * Ways to an API server: through ssh to its host with a credential of the control machine or of that host, or straight
 * by a kubeconfig.
 */
import { connect as tcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Kubeconfig } from '../../pki/kubeconfig.js';
import { keyOfKubeconfig, readKubeconfig } from '../../pki/read-kubeconfig.js';
import { adminConf, superAdminConf } from '../../blueprint/render/paths.js';
import { openDocument } from '../../pki/document.js';
import type { Connection } from '../../transport/connection.js';
import type { ApiWay } from './api.js';
import { NoAnswer } from './why.js';
import { apiPortOf, type Subject } from './targets.js';
import { sh } from '../../shell/sh.js';

/** With credentials that the control machine makes. */
export const ownWay = (
  host: Pick<Subject, 'name' | 'apiPort'>,
  connection: () => Promise<Connection>,
  caPem: string,
  { credentials, glass }: Pick<ApiWay, 'credentials' | 'glass'>,
): ApiWay => ({
  ...(glass ? { glass } : {}),
  server: host.name,
  serverName: '127.0.0.1',
  caPem,
  credentials,
  trusted: true,
  connect: async () => (await connection()).forward('127.0.0.1', apiPortOf(host)),
});

/**
 * With the administrator's kubeconfig of a control plane: read over ssh for this one run, never kept, never shown.
 * Empty where the host has none, or one that cannot be used.
 */
export const adminWays = async (
  host: Pick<Subject, 'name' | 'address' | 'apiPort'>,
  connection: () => Promise<Connection>,
): Promise<readonly ApiWay[]> => {
  const line = await connection();
  const read = async (path: string) => {
    const { stdout, code } = await line.run(sh`[ -f ${path} ] && head -c 262144 ${path}`, { timeoutMs: 10_000 });
    return code === 0 ? credentialsIn(stdout) : undefined;
  };
  const held = (await read(adminConf)) ?? (await read(superAdminConf));
  return held
    ? [
        {
          ...held,
          server: host.name,
          serverName: host.address,
          trusted: true,
          glass: async () => (await read(superAdminConf))?.credentials,
          connect: () => line.forward(host.address, apiPortOf(host)),
        },
      ]
    : [];
};

/** Straight to the server that a kubeconfig names. Throws NoAnswer where it leads nowhere. */
export const kubeconfigWay = (text: string, file: string): ApiWay => {
  const { value, problems } = readKubeconfig(text, file);
  const held = credentialsIn(text);
  const server = serverOf(value?.server ?? '');
  if (!value || !held || !server) throw new NoAnswer(`${file} is of no use: ${problems[0]?.says ?? lackingIn(value)}`);
  const { address, port: to } = server;
  return { ...held, server: value.server, serverName: address, trusted: false, connect: () => dial(address, to) };
};

/** What a kubeconfig lacks for kw, and what else leads to its cluster. */
const lackingIn = (value: Kubeconfig | undefined): string => {
  const elsewhere = 'or go by ssh, which needs no kubeconfig: --hosts CONTROL-PLANE,WORKER,…';
  if (value?.exec !== undefined)
    return (
      `its user gets a credential from a program (${value.exec}), and no program that a kubeconfig names is run ` +
      'here. Give a kubeconfig with a certificate or a token: on a control plane /etc/kubernetes/admin.conf, ' +
      `or kubectl create token NAME; ${elsewhere}`
    );
  if (value && value.caPem === undefined)
    return `it holds no certificate of a CA by which the server could be known; ${elsewhere}`;
  return `it holds no client certificate with its key, and no token; ${elsewhere}`;
};

/** Of `https://name:port`; undefined: it is no such URL. */
export const serverOf = (url: string): { readonly address: string; readonly port: number } | undefined => {
  const [, name, given] = /^https:\/\/(\[[^\]]+\]|[^:/]+):?(\d+)?/.exec(url) ?? [];
  return name === undefined ? undefined : { address: name.replace(/^\[|\]$/g, ''), port: Number(given ?? 443) };
};

/** From the control machine itself. */
export const dial = (host: string, to: number): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const socket = tcp({ host, port: to, noDelay: true, timeout: 5000 });
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once('timeout', () => socket.destroy(new NoAnswer(`${host} port ${to} does not answer`)));
    socket.once('error', error =>
      reject(error instanceof NoAnswer ? error : new NoAnswer(`${host} port ${to}: ${error.message}`)),
    );
  });

const credentialsIn = (text: string): Pick<ApiWay, 'caPem' | 'credentials'> | undefined => {
  const { value } = readKubeconfig(text);
  if (!value?.caPem) return undefined;
  const keyPem = keyOfKubeconfig(text);
  if (value.certPem !== undefined && keyPem !== undefined)
    return { caPem: value.caPem, credentials: { certPem: value.certPem, keyPem } };
  const token = value.token.in === 'text' ? tokenIn(text, value.user) : undefined;
  return token === undefined ? undefined : { caPem: value.caPem, credentials: { token } };
};

const tokenIn = (text: string, user: string): string | undefined => {
  const document = openDocument(text, 'kubeconfig', []);
  const users = (
    document?.doc.toJS() as { users?: readonly { name?: string; user?: { token?: string } }[] } | undefined
  )?.users;
  return users?.find(one => one.name === user)?.user?.token;
};
