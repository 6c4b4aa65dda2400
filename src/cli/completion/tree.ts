/** commander's tree as the flat list that completion scripts are made of. */
import type { Command } from 'commander';

/** What a Tab may put where a value stands. */
export type Values = readonly string[] | 'file' | 'host' | 'free';

export interface Word {
  readonly word: string;
  readonly says: string;
}

export interface Place {
  /** ` lab ssh`, with a leading blank; '' for the program itself. */
  readonly at: string;
  readonly commands: readonly Word[];
  readonly flags: readonly (Word & { readonly takes?: Values })[];
  readonly values: Values;
}

export const tree = (command: Command, at = ''): readonly Place[] => {
  const children = command.commands.filter(child => child.name() !== 'help');
  const here: Place = {
    at,
    commands: children.map(child => ({ word: child.name(), says: child.summary() })),
    flags: [...command.options.flatMap(flagsOf), { word: '--help', says: 'print this help' }],
    values: valuesOf(command.registeredArguments[0]?.name(), command.registeredArguments[0]?.argChoices),
  };
  return [here, ...children.flatMap(child => tree(child, `${at} ${child.name()}`))];
};

const flagsOf = (option: Command['options'][number]): Place['flags'] => {
  const value = /<([^>]+)>/.exec(option.flags)?.[1];
  return [option.short, option.long].flatMap(word =>
    word === undefined || word === null
      ? []
      : [
          {
            word,
            says: option.description,
            ...(value === undefined ? {} : { takes: valuesOf(value, option.argChoices) }),
          },
        ],
  );
};

const valuesOf = (name: string | undefined, choices: readonly string[] | undefined): Values => {
  if (choices) return choices;
  if (name === 'path') return 'file';
  return name === 'host' ? 'host' : 'free';
};
