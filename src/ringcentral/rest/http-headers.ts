/** Header names are case-insensitive; the SDK writes and reads them in several spellings. */
export class HttpHeaders extends Map<string, string> {
  override get(name: string): string | undefined {
    return super.get(name.toLowerCase());
  }
  override set(name: string, value: string): this {
    return super.set(name.toLowerCase(), value);
  }
}
