/** What the script of a rehearsal prints (blueprint/rehearsal/script.ts): read, or not believed. */
import { Unreadable } from '../model/fact.js';
import type { Rehearsed, RehearsalTurn } from '../model/rehearsal.js';

const name = /^[a-z0-9.-]{1,253}$/;
const version = /^[a-z0-9.-]{1,253}(?:\/[a-z0-9]{1,63})?$/;
const check = /^[A-Za-z0-9/._-]{1,253}$/;

/** Throws Unreadable where it broke off or makes no sense. */
export function readRehearsal(output: string): Rehearsed {
  const lines = output.trim().split('\n');
  if (lines.at(-1) !== 'end') throw new Unreadable('rehearsal', output, 'it broke off');
  const rows = lines.slice(0, -1).map(line => line.split(' '));
  const of = (turn: string): RehearsalTurn => turnOf(rows.filter(([first]) => first === turn).map(row => row.slice(1)));
  const strange = rows.find(([first]) => first !== 'now' && first !== 'next');
  if (strange) throw senseless(strange);
  return { now: of('now'), next: of('next') };
}

function turnOf(rows: readonly (readonly string[])[]): RehearsalTurn {
  const kinds = new Map<string, number | { readonly why: string }>();
  const failing: string[] = [];
  const versions: string[] = [];
  let readyAfter: number | undefined;
  let log: string | undefined;
  for (const row of rows) {
    const [what, value = '', more = '', ...rest] = row;
    if (rest.length > 0) throw senseless(row);
    if (what === 'ready' && isCount(value)) readyAfter = Number(value);
    else if (what === 'log') log = plain(value);
    else if (what === 'failing' && check.test(value)) failing.push(value);
    else if (what === 'version' && version.test(value)) versions.push(value);
    else if (what === 'kind' && name.test(value) && isCount(more)) kinds.set(value, Number(more));
    else if (what === 'fails' && name.test(value)) kinds.set(value, { why: plain(more) });
    else throw senseless(row);
  }
  return {
    ...(readyAfter === undefined ? {} : { readyAfter }),
    ...(log === undefined ? {} : { log }),
    failing,
    versions,
    kinds,
  };
}

const isCount = (text: string): boolean => /^\d{1,12}$/.test(text);
const plain = (packed: string): string => Buffer.from(packed, 'base64').toString().trim();
const senseless = (row: readonly string[]): Unreadable =>
  new Unreadable('rehearsal', row.join(' '), `a line of it makes no sense: ${row.join(' ').slice(0, 80)}`);
