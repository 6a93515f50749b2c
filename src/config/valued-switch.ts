/** What a command knows of one of its flags. */
interface Flag {
  long?: string | undefined;
  isBoolean(): boolean;
}

const switchValue = /^(0|1|true|false|on|off|yes|no)$/i;

/**
 * The first flag among the words of a command line that is only on or off, and was given a value all the same, as its variable
 * takes one; undefined where there is none.
 */
export function valuedSwitch(words: readonly string[], flags: readonly Flag[]): string | undefined {
  const isSwitch = (name: string | undefined) => flags.some((flag) => flag.long === name && flag.isBoolean());
  const index = words.findIndex((word, at) => {
    const [name, ...value] = word.split('=');
    return isSwitch(name) && (value.length > 0 || switchValue.test(words[at + 1] ?? ''));
  });
  return words[index]?.split('=')[0];
}
