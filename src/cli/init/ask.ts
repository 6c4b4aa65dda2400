/**
 * The few questions of `kw init` on a terminal. Each answer is checked when it is given; a wrong one stays to be
 * mended.
 */
import { intro, isCancel, text } from '@clack/prompts';
import { withRole, type ClusterSpec } from '../../model/cluster.js';
import type { Answers } from '../../spec/publish/render.js';
import type { Asking } from '../asking.js';
import { problemOf, problemOfName } from './check.js';
import { endpointOf, type InitOptions } from './flags.js';
import { type Names, resolveHosts } from './resolve.js';

export class Cancelled extends Error {}

interface Question {
  readonly message: string;
  readonly placeholder: string;
  /** What a flag said, or the usual: stands there to be edited. */
  readonly first?: string;
  /** Why it will not do; undefined: it will. */
  readonly check: (answer: string) => Promise<string | undefined> | string | undefined;
}

const ask = async ({ message, placeholder, first = '', check }: Question, asking: Asking): Promise<string> => {
  const validate = (answer: string | undefined) => check((answer ?? '').trim());
  const answer = await text({ message, placeholder, initialValue: first, validate, ...asking });
  if (isCancel(answer)) throw new Cancelled('cancelled');
  return (answer ?? '').trim();
};

/** What a flag has answered well is not asked. */
const unless = async (given: string | undefined, question: Question, asking: Asking): Promise<string> =>
  given !== undefined && (await question.check(given)) === undefined
    ? given
    : ask({ ...question, ...(given === undefined ? {} : { first: given }) }, asking);

const wordsOf = (answer: string): readonly string[] => answer.split(/\s+/).filter(Boolean);

/** Name, hosts, user. */
export const askForHosts = async (options: InitOptions, names: Names, asking: Asking): Promise<Answers> => {
  intro('A new cluster. Everything can be changed in the file afterwards.', asking);
  const name =
    (await unless(options.name, { message: 'What is it called?', placeholder: 'demo', check: nameOr }, asking)) ||
    'demo';
  const hosts = await unless(
    options.host?.join(' '),
    {
      message: 'Which hosts? Addresses, names that ssh or DNS knows, or name=address, with blanks between them.',
      placeholder: 'cp1 10.0.0.12 kw-[3-5]=10.0.0.[13-15]',
      check: answer => hostsProblem(name, answer, names),
    },
    asking,
  );
  const { entries } = await resolveHosts(wordsOf(hosts), names);
  const user = await unless(
    options.sshUser,
    {
      message: 'As which user does ssh log in? (empty: as ~/.ssh/config says, else root)',
      placeholder: 'root, or one with sudo',
      check: answer => (answer === '' ? undefined : problemOf({ name, hosts: entries, ssh: { user: answer } })),
    },
    asking,
  );
  return { name, hosts: entries, ...(user === '' ? {} : { ssh: { user } }) };
};

const nameOr = (answer: string): string | undefined => (answer === '' ? undefined : problemOfName(answer));

const hostsProblem = async (name: string, answer: string, names: Names): Promise<string | undefined> => {
  const words = wordsOf(answer);
  if (words.length === 0) return 'A cluster needs one host at least';
  const { entries, problems } = await resolveHosts(words, names);
  return problems.length > 0 ? problems.join('\n') : problemOf({ name, hosts: entries });
};

/** Only several control planes need an address that moves among them. */
export const askForEndpoint = async (
  given: string | undefined,
  answers: Answers,
  spec: ClusterSpec,
  asking: Asking,
): Promise<Answers> => {
  const check = (answer: string) =>
    answer === '' ? undefined : problemOf({ ...answers, endpoint: endpointOf(answer) });
  if (given === undefined && withRole(spec, 'controlPlane').length < 2) return answers;
  const endpoint = await unless(
    given,
    {
      message: "A free address in the hosts' network for the API? (empty: every host balances for itself)",
      placeholder: '10.0.0.100',
      check,
    },
    asking,
  );
  return endpoint === '' ? answers : { ...answers, endpoint: endpointOf(endpoint) };
};
