/** Probes of the control plane's static pods against the flags of their components. */
import type { HostChart } from '../../../chart/host-chart.js';
import type { Eyes } from '../../../read/eyes.js';
import { readFlags } from '../../../read/flags.js';
import { staticPods } from '../../../read/manifests.js';
import { shown } from '../../../read/shown.js';
import { at } from '../../../read/yaml.js';
import type { Finding } from '../../../examine/verdict.js';
import { type Door, doorsOf, reaches } from './listens.js';

export const staticPodProbes = (host: HostChart, eyes: Eyes): readonly Finding[] => {
  eyes.see(host.files);
  return staticPods(host).flatMap(pod =>
    pod.containers.flatMap(container => {
      const argv = [...container.command, ...container.args];
      const program = argv[0]?.split('/').at(-1) ?? '';
      const doors = doorsOf(program, readFlags(argv.slice(1)));
      return !doors || !pod.hostNetwork
        ? []
        : Object.entries(container.probes).flatMap(([name, probe]): readonly Finding[] => {
            const asked = at(probe, 'httpGet');
            const wrong = asked ? missed(asked, doors, host.address) : undefined;
            return wrong
              ? [
                  {
                    variant: wrong.variant,
                    host: host.name,
                    subject: `${pod.path} ${name}`,
                    says: `the ${name} in ${pod.path} on ${host.name} asks ${urlOf(asked, host.address)}, but ${program} ${wrong.says}`,
                    shows: [
                      shown(
                        host.files,
                        pod.path,
                        `${name}: ${JSON.stringify(asked)}; flags: ${argv.filter(word => /^--(secure-port|bind-address|port|address|listen-(metrics|client)-urls)=/.test(word)).join(' ')}`,
                      ),
                    ],
                  },
                ]
              : [];
          });
    }),
  );
};

interface Asked {
  readonly host?: string;
  readonly port?: number | string;
  readonly scheme?: string;
  readonly path?: string;
}

const urlOf = (asked: Asked, own: string): string =>
  `${(asked.scheme ?? 'HTTP').toLowerCase()}://${asked.host ?? own}:${asked.port}${asked.path ?? '/'}`;

/** The first thing in which no door fits; of what fits the least is said. */
export function missed(
  asked: Asked,
  doors: readonly Door[],
  own: string,
): { readonly variant: string; readonly says: string } | undefined {
  const host = asked.host ?? own;
  const steps: readonly (readonly [string, (door: Door) => boolean, (door: Door) => string])[] = [
    ['port', door => door.port === Number(asked.port), door => `answers health checks on port ${door.port}`],
    ['host', door => reaches(host, door.address), door => `is bound to ${door.address} there`],
    [
      'scheme',
      door => door.scheme === (asked.scheme ?? 'HTTP').toUpperCase(),
      door => `speaks ${door.scheme} on port ${door.port}`,
    ],
    ['path', door => door.paths.some(path => path.test(asked.path ?? '/')), () => 'has no such path'],
  ];
  let left = doors;
  for (const [variant, fits, says] of steps) {
    const next = left.filter(fits);
    if (next.length === 0)
      return {
        variant,
        says:
          left.map(says).join(' and ') ||
          'listens nowhere without a client certificate (--listen-metrics-urls is missing)',
      };
    left = next;
  }
  return undefined;
}

/** The door that the component has, for the therapy. */
export const doorFor = (program: string, argv: readonly string[]): Door | undefined =>
  doorsOf(program, readFlags(argv.slice(1)))?.[0];
