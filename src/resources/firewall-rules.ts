import { prints } from '../facts/script.js';
import { changed } from '../model/resource.js';
import { broughtBack, displaced, kept, laid } from './firewall-rules/scripts.js';
import { defineKind } from './kind.js';
import { shown } from './kind/shown.js';
import type { FirewallRulesWant } from './wants.js';

/**
 * Rules that let something through before any other rule is asked. Each set has a mark of its own: laying one leaves
 * the others alone.
 */
export const firewallRules = defineKind<'firewallRules', FirewallRulesWant, readonly string[]>({
  kind: 'firewallRules',
  read: (mark, want) => prints(`firewall-rules:${mark}`, displaced(mark, want)),
  diff: (want, have) => (have.length === 0 ? [] : [changed('rules', shown(have), want.rules.map(told).join('\n'))]),
  plan: (mark, want) => ({
    actions: [{ do: 'run', script: laid(mark, want), says: `let through what ${mark} names` }],
    risk: 'none',
  }),
  rollback: (mark, want) => ({ by: 'scripts', keep: kept(mark, want), back: broughtBack(mark, want) }),
  ideal: () => [],
});

const told = (words: readonly string[]): string => [...words, '-j', 'ACCEPT'].join(' ');
