import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf, type Refusal, type Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { quoted, quotedOn } from '../../../read/quote.js';
import { flagPutRight } from '../../../therapies/flag-put-right.js';
import { type Differs, differences, programs } from './shared.js';

type Facts = { readonly flag: Differs };

/** Read from the API: under another prefix a server finds none of the cluster's objects, and makes its own anew. */
const ofObjects: readonly string[] = [
  'forbidden-for-user',
  'forbidden-for-component/binding',
  'forbidden-for-component/role',
  'forbidden-for-component/service-account',
  'apiserver-to-kubelet-forbidden/unbound',
  'master-endpoints-reset',
];

const shownAs = (flag: string, value: string): string => (value === '' ? `no --${flag}` : `--${flag}=${value}`);

export default defineCase<Facts>({
  id: 'control-planes-differ',
  precedence: 268,
  title: 'One control plane is set up differently from the others',
  variants: {
    flag: {
      means: 'one copy of a component has another value of a flag that all must share',
      says: ({ host, facts: { program, flag, own, usual, others } }) =>
        `${program} on ${host} runs with ${shownAs(flag, own)}, and on ${others.join(', ')} with ` +
        `${shownAs(flag, usual)}: what is asked of it gets another answer there`,
      shows: ({ facts: { program, flag, own, usual, like } }) => [
        quoted('processes', program, shownAs(flag, own)),
        quotedOn(like, 'processes', `${program} on ${like}`, shownAs(flag, usual)),
      ],
    },
  },
  symptoms: [],
  explains: [],
  lab: true,
  spare: ['files'], // what runs is asked first
  sources: [
    'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
    'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/',
  ],
  badCures: [
    {
      cure: 'asking again until the other server answers',
      why: 'whoever writes through the odd one writes where nobody else reads, or past a check of all others',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const hosts = hostsOf(chart, 'controlPlane').filter(host => evidence.read(host.processes) !== undefined);
    return evidence.verdict(
      programs
        .flatMap(program => differences(hosts, program))
        .map(({ host, facts }) => ({
          variant: 'flag' as const,
          host,
          subject: { program: facts.program, flag: facts.flag },
          facts,
          ...(facts.flag === 'etcd-prefix' && { explains: ofObjects }),
        })),
    );
  },

  therapy: (finding, chart) => cure(finding, chart),

  verify: ({ host, facts: { program, flag, own, usual } }) => [
    {
      host,
      command: sh`tr '\\0' '\\n' </proc/$(pidof -s ${program})/cmdline | grep -e ${`--${flag}`}`,
      answer: shownAs(flag, own),
      healthy: `${shownAs(flag, usual)}, as on the others`,
    },
  ],
});

function cure({ host: name, facts }: FoundOf<Facts>, chart: Chart): Therapy | Refusal {
  const { program, flag, usual, given } = facts;
  const set = { [flag]: given ? usual : null };
  const want = flagPutRight(chart, name, program, set, `all ${program} have the same --${flag}`);
  return want.length > 0
    ? { title: `Give ${program} on ${name} the --${flag} of the others`, risk: 'restart', want }
    : {
        refused: `where ${program} on ${name} gets its --${flag} from was not seen`,
        advice: [
          `${shownAs(flag, usual)} in its unit or manifest, as on the others`,
          'restart that copy alone, and wait until it is ready',
        ],
      };
}
