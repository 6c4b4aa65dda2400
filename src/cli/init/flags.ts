/** What the flags of `kw init` say, as answers. Whether it makes sense is for the cluster file's own checks to say. */
import type { Answers } from '../../spec/publish/render.js';
import type { AccessOptions } from '../access-options.js';
import { mistaken } from '../../workflow/mistaken.js';

export interface InitOptions extends AccessOptions {
  readonly file: string;
  readonly name?: string;
  readonly host?: readonly string[];
  readonly kubernetes?: string;
  readonly endpoint?: string;
  readonly sshUser?: string;
  readonly sshKey?: string;
  readonly source?: string;
  readonly look: boolean;
}

type Entry = Answers['hosts'][number];
type Role = NonNullable<Exclude<Entry, string>['roles']>[number];

export const fromFlags = (options: InitOptions): Answers => {
  if (options.name === undefined || !options.host?.length)
    throw mistaken(
      'init-asks',
      'there is no terminal to ask on',
      'say it with flags: kw init --name demo --host kw-1=10.0.0.11 --host kw-2=10.0.0.12 --host kw-3=10.0.0.13',
    );
  const ssh = {
    ...(options.sshUser === undefined ? {} : { user: options.sshUser }),
    ...(options.sshKey === undefined ? {} : { key: options.sshKey }),
  };
  const { name, host } = options;
  return {
    name,
    hosts: host.map(hostEntry),
    ...(Object.keys(ssh).length > 0 ? { ssh } : {}),
    ...(options.endpoint === undefined ? {} : { endpoint: endpointOf(options.endpoint) }),
    ...restOf(options),
  };
};

/** What is never asked about. */
export const restOf = (options: InitOptions): Partial<Answers> => ({
  ...(options.kubernetes === undefined ? {} : { kubernetes: options.kubernetes.replace(/^v/, '') }),
  ...(options.source === undefined ? {} : { artifacts: { source: options.source as 'auto' } }),
});

/** `10.0.0.1`, `name=10.0.0.1`, `name=10.0.0.1,etcd,controlPlane`. */
export const hostEntry = (text: string): Entry => {
  const [place = '', ...roles] = text.split(',').map(part => part.trim());
  const [name, address] = place.includes('=') ? place.split('=', 2) : [undefined, place];
  if (name === undefined && roles.length === 0) return place;
  return { ...(name ? { name } : {}), address: address ?? '', ...(roles.length > 0 ? { roles: roles as Role[] } : {}) };
};

export const endpointOf = (text: string): NonNullable<Answers['endpoint']> => {
  const [, address = text, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  return { address, ...(port === undefined ? {} : { port: Number(port) }) };
};
