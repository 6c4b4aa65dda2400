/**
 * What the hosts of a fleet answered, in the very words of the scripts that ask them: `empty` hosts, or hosts that have
 * all that is wanted.
 */
import { mask } from '../../src/model/content.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../src/model/resource.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import type { Wants } from '../../src/resources/wants.js';
import type { mint } from './mint.js';

interface Place {
  readonly name: string;
  readonly address: string;
}
type Answer = { readonly raw: string };

export const emptyAnswers = (resources: readonly Resource[]): Map<ResourceId, Answer> =>
  new Map(resources.map(resource => [idOf(resource), { raw: empty[resource.kind] ?? unknown(resource) }]));

const empty: Readonly<Record<string, string>> = {
  file: 'absent\n',
  packages: 'dpkg\n',
  artifact: 'absent\nforeign\nmissing\n',
  sysctl: 'is 2\n',
  image: 'silent\n',
  ready: 'not\n',
  command: 'no user etcd\n',
  directory: 'absent\n',
  service:
    'ExecMainStartTimestamp=\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n\nnow \n',
  certificate: '#key-absent\n#absent\n',
  kubeconfig: '#absent\n',
  object: '{"status":0}',
  api: '{"status":0}',
};

/**
 * `now`: what is wanted of them today. Only where that is another text than `resources` do hosts send their text along.
 */
export const standingAnswers = async (
  resources: readonly Resource[],
  places: ReadonlyMap<string, Place>,
  minted: ReturnType<typeof mint>,
  now: readonly Resource[],
): Promise<Map<ResourceId, Answer>> => {
  const wanted = new Map(now.map(resource => [idOf(resource), resource]));
  const answers = new Map<ResourceId, Answer>();
  for (const resource of resources) {
    const place = places.get(resource.host) ?? { name: clusterHost, address: '' };
    const id = idOf(resource);
    answers.set(id, {
      raw: resource.kind === 'file' ? fileAnswer(resource, wanted.get(id)) : await standing(resource, place, minted),
    });
  }
  return answers;
};

const standing = async (resource: Resource, place: Place, minted: ReturnType<typeof mint>): Promise<string> => {
  if (resource.kind === 'certificate') {
    const { certPem, publicPem } = await minted(place, (resource.want as Wants['certificate']).request);
    return `#key 600 root\n${publicPem}#certificate\n${certPem}`;
  }
  if (resource.kind === 'kubeconfig') {
    const { request, server, cluster, user, caPem } = resource.want as Wants['kubeconfig'];
    const { certPem, publicPem } = await minted(place, request);
    const text = writeKubeconfig({ server, cluster, user, caPem, certPem, keyPem: 'x' }).replace(
      /(client-key-data:) .*/,
      '$1 REDACTED',
    );
    return `#mode 600 root\n${publicPem}#kubeconfig\n${text}`;
  }
  return (plain[resource.kind] ?? unknown)(resource);
};

const fileAnswer = ({ want }: Resource, now: Resource | undefined): string => {
  const { mode, sha256, content } = want as Wants['file'];
  const head = `file ${mode.toString(8)} root:root ${sha256}\n`;
  return (now?.want as Wants['file'] | undefined)?.sha256 === sha256
    ? head
    : `${head}text\n${Buffer.from(mask(content)).toString('base64')}\n`;
};

const plain: Readonly<Record<string, (resource: Resource) => string>> = {
  packages: ({ want }) => `dpkg\n${(want as Wants['packages']).names.map(name => `ii ${name}\n`).join('')}`,
  directory: ({ want }) =>
    `directory ${(want as Wants['directory']).mode.toString(8)} ${(want as Wants['directory']).owner ?? 'root:root'}\n`,
  artifact: () => 'linked\nours\nwhole\n',
  service: ({ want }) => {
    const { reads, oneshot } = want as Wants['service'];
    const marks = reads.map((path, at) => `${path}=${1000 + at}:4096:1795380000.123456789|`).join('');
    return (
      'ExecMainStartTimestamp=Sun 2026-11-22 21:35:52 ' +
      `UTC\nLoadState=loaded\nActiveState=active\nSubState=${oneshot ? 'exited' : 'running'}\nUnitFileState=enabled\n\nnow ` +
      `${marks}\nthen ${marks}\n`
    );
  },
  sysctl: ({ want }) => `is ${(want as Wants['sysctl']).value}\n`,
  image: () => 'present\n',
  ready: () => 'ready\n',
  command: () => '',
  object: ({ want }) => JSON.stringify({ status: 200, body: (want as Wants['object']).body }),
  api: ({ want }) => {
    const { condition } = want as Wants['api'];
    return JSON.stringify({ status: 200, body: condition ? { status: { conditions: [condition] } } : {} });
  },
};

const unknown = ({ kind }: Resource): never => {
  throw new Error(`the fleet has no answer for a ${kind}`);
};
