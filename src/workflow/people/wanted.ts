/** What a person asked for, judged before any host is called. */
import { isRoleName, nameProblem, type PersonSubject } from '../../blueprint/access/people.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import { Mistaken } from '../mistaken.js';

export interface WantedCredential {
  readonly user: string;
  readonly groups: readonly string[];
  /** A ClusterRole to bind; absent: what the user may do stays as it is. */
  readonly role?: string;
  /** Milliseconds. */
  readonly life: number;
  /** Of system:masters, past all of RBAC. */
  readonly breaksGlass: boolean;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** A certificate cannot be revoked: what is lost must end by itself. */
export const bounds = {
  person: { least: 5 * minute, most: 7 * day, words: '5m to 7d' },
  glass: { least: 5 * minute, most: day, words: '5m to 1d' },
} as const;

/** Throws Mistaken with all that is wrong. */
export function judged(wanted: WantedCredential): WantedCredential {
  const { least, most, words } = wanted.breaksGlass ? bounds.glass : bounds.person;
  const problems = [
    ...[wanted.user, ...wanted.groups].flatMap(name => nameProblem(name) ?? []),
    ...(wanted.role !== undefined && !isRoleName(wanted.role)
      ? [`'${wanted.role}' is not a valid name of a role`]
      : []),
    ...(wanted.life < least || wanted.life > most
      ? [`a certificate cannot be revoked, so its life is bounded: --for takes ${words} here`]
      : []),
    ...(wanted.breaksGlass && (wanted.role !== undefined || wanted.groups.length > 0)
      ? ['--break-glass goes past all roles: it takes neither --role nor --group']
      : []),
    ...(wanted.role !== undefined && wanted.groups.length > 1
      ? ['--role binds one --group; give the others their roles one by one']
      : []),
  ];
  if (problems.length > 0) throw new Mistaken(problems.map(problem));
  return wanted;
}

/** A role is bound for the group where one is given, else for the user. */
export const subjectOf = ({ user, groups: [group] }: WantedCredential): PersonSubject =>
  group === undefined ? { kind: 'User', name: user } : { kind: 'Group', name: group };

const problem = (says: string): Diagnostic => ({
  code: 'bad-credential',
  severity: 'error',
  says,
  help: 'for example: kw kubeconfig --user anna --for 8h --role view',
});
