/** Whether this can be an id of the platform: safe in a path, where `..` would climb, and nothing else. */
export const isId = (text: string): boolean => /^(?!\.+$)[\w.+=~-]{1,128}$/.test(text);
