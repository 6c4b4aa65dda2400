import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf, type Refusal, type Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { quoted } from '../../../read/quote.js';
import { flagPutRight } from '../../../therapies/flag-put-right.js';
import { programs, type SwitchedOff, switchedOff } from './needed.js';

type Facts = { readonly flag: SwitchedOff };

const most = 3;

export default defineCase<Facts>({
  id: 'needed-part-switched-off',
  precedence: 222,
  title: 'A part of the control plane that every cluster needs is switched off',
  variants: {
    flag: {
      means: 'a controller, an admission plugin or an API that nobody else stands in for is switched off by a flag',
      says: ({ host, facts: { program, flag, own, parts, undone } }) =>
        `${program} on ${host} runs with --${flag}=${own}, which switches off ${parts.slice(0, most).join(', ')}` +
        `${parts.length > most ? ` and ${parts.length - most} more` : ''}: ${undone.slice(0, most).join('; ')}`,
      shows: ({ facts: { program, flag, own } }) => [quoted('processes', program, `--${flag}=${own}`)],
    },
  },
  symptoms: [
    { text: /"?(?:Warning: )?controller is disabled"? controller="?(?:deployment|replicaset|endpointslice)/i },
  ],
  explains: [
    'control-planes-differ',
    'webhook-deadlock/no-endpoints',
    'namespace-terminating-apiservice',
    'cluster-dns-missing',
  ],
  lab: true,
  spare: ['files'], // what runs is asked first
  sources: [
    'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/',
    'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/',
  ],
  badCures: [
    {
      cure: 'making the missing pods, endpoints or accounts by hand',
      why: 'the next pod, Service or namespace lacks them again, and what was made by hand is never brought up to date',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart, 'controlPlane').flatMap(host => {
        if (evidence.read(host.processes) === undefined) return [];
        return programs.flatMap(program => {
          const { inForce } = flagsOf(host, program);
          return (inForce ? switchedOff(program, inForce) : []).map(facts => ({
            variant: 'flag' as const,
            host: host.name,
            subject: { program, flag: facts.flag },
            facts,
          }));
        });
      }),
    );
  },

  therapy: (finding, chart) => cure(finding, chart),

  verify: ({ host, facts: { program, flag, own, parts } }) => [
    {
      host,
      command: sh`tr '\\0' '\\n' </proc/$(pidof -s ${program})/cmdline | grep -e ${`--${flag}`}`,
      answer: `--${flag}=${own}`,
      healthy: `a line without ${parts.join(', ')}, or none`,
    },
  ],
});

function cure({ host: name, facts }: FoundOf<Facts>, chart: Chart): Therapy | Refusal {
  const { program, flag, parts, right } = facts;
  const set = { [flag]: right === '' ? null : right };
  const want = flagPutRight(chart, name, program, set, 'what every cluster needs is switched on');
  return want.length > 0
    ? { title: `Switch ${parts.slice(0, most).join(', ')} of ${program} on ${name} on again`, risk: 'restart', want }
    : {
        refused: `where ${program} on ${name} gets its --${flag} from was not seen`,
        advice: [
          `take ${parts.join(', ')} out of --${flag} in its unit or manifest`,
          'restart one control plane after the other, each ready before the next',
        ],
      };
}
