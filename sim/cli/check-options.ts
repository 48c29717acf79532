/** The settings of judges as options of `skerry check`: a new judge needs no change in the command. */
import { settingText } from '../../reports/index.ts';
import { type Judge, type JudgeSetting, judges, parseDuration } from '../entry/main.ts';
import { near, quoted, sentence, shellWord } from './arguments.ts';
import type { Given, OptionSpec } from './command.ts';
import { Mistake } from './mistake.ts';

/** `writeOrder` as an option: `write-order`. */
export const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** All settings of all judges. */
export function settingOptions(): Record<string, OptionSpec> {
  const options: Record<string, OptionSpec> = {};
  for (const { settings } of judges.values()) {
    for (const [name, setting] of Object.entries(settings)) {
      const option = dashed(name);
      const about = `${settingText(setting)} (${takersOf(name)})`;
      options[option] ??= setting.type === 'flag' ? { about } : { about, ...operandOf(setting) };
    }
  }
  return options;
}

function operandOf(setting: JudgeSetting): Pick<OptionSpec, 'value' | 'example'> {
  switch (setting.type) {
    case 'duration':
      return { value: 'TIME', example: '500ms' };
    case 'choice':
      return { value: 'NAME', example: setting.of[0] ?? '' };
    case 'json':
      return { value: 'JSON', example: '0' };
    default:
      return { value: 'N', example: '3' };
  }
}

/** Which judges have a setting; a kind by its name if all of it has. */
function takersOf(setting: string): string {
  const takers = [...judges.values()].filter(({ settings }) => Object.hasOwn(settings, setting));
  return takers.length <= 4 ? takers.map(({ name }) => name).join(', ') : 'models and consistency';
}

/** The settings of the judge that were given; those of others are refused. */
export function settingsOf(given: Given, judge: Judge): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const known = new Set([...judges.values()].flatMap((one) => Object.keys(one.settings)));
  for (const name of known) {
    const option = dashed(name);
    const isGiven = given.flag(option) || given.list(option).length > 0;
    if (!isGiven) continue;
    const setting = Object.hasOwn(judge.settings, name) ? judge.settings[name] : undefined;
    if (setting === undefined) {
      const own = Object.keys(judge.settings).map((one) => `--${dashed(one)}`);
      const hint = own.length === 0 ? 'It has no options.' : `Its options: ${own.join(', ')}`;
      throw new Mistake(`--${option} is not an option of ${judge.name}, but of ${takersOf(name)}`, hint);
    }
    settings[name] =
      setting.type === 'flag' ? true : settingValue(option, setting, given.text(option) as string);
  }
  return settings;
}

function settingValue(option: string, setting: JudgeSetting, text: string): unknown {
  switch (setting.type) {
    case 'duration': {
      const read = parseDuration(text);
      if (!read.ok) throw new Mistake(`--${option}: ${read.message}`, read.hint && sentence(read.hint));
      return read.value / 1000;
    }
    case 'choice':
      if (setting.of.includes(text)) return text;
      throw new Mistake(
        `--${option} ${quoted(text)} is none of ${setting.of.join(', ')}`,
        near(text, setting.of),
      );
    case 'json':
      try {
        return JSON.parse(text);
      } catch {
        throw new Mistake(`--${option} ${quoted(text)} is not JSON`, `A text has quotes: --${option} '"a"'`);
      }
    default:
      if (/^-?\d+$/.test(text)) return Number(text);
      throw new Mistake(`--${option} ${quoted(text)} is not a whole number`);
  }
}

/** The options that make it the same question; a core has been read from its format already. */
export function sameSettings(given: Given, isCore = false): string[] {
  const words: string[] = [];
  const options = settingOptions();
  const names = ['model', ...Object.keys(options)];
  const flags = isCore ? [] : ['independent', 'no-independent'];
  for (const name of isCore ? names : [...names, 'format']) {
    if (options[name] !== undefined && options[name].value === undefined && given.flag(name))
      words.push(`--${name}`);
    else for (const value of given.list(name)) words.push(`--${name} ${shellWord(value)}`);
  }
  for (const name of flags) if (given.flag(name)) words.push(`--${name}`);
  return words;
}
